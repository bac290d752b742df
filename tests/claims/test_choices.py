def test_every_answer_that_is_tried_belongs_to_a_question(page):
    named = {name for names in page.choices["varied"] for name in names.split("|")} - {""}
    assert named == set(page.wide.index)


def test_one_less_leaves_slopes_of_mobility_as_they_are_and_turns_those_of_industry(page):
    lm = page.both_flows["coef"].xs("LM", level="row")
    assert (lm["flow"] - lm["less one"]).abs().max() < 1e-9
    assert set(page.other[page.other].index.get_level_values("row")) == {"IA", "LM_IA"}
    turned = page.turned_sign[page.turned_sign].xs("paper", level="case")
    assert set(turned.index.get_level_values("row")) == {"IA"}
    (of_the_table,) = page.done.query("varied == '1 + k subtracted' and reading == 'flow'")["signs"]
    assert of_the_table == len(turned)
