def test_every_answer_that_is_tried_belongs_to_a_question(page):
    named = {name for names in page.choices["varied"] for name in names.split("|")} - {""}
    assert named == set(page.wide.index)
