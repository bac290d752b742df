def test_each_question_has_a_place_an_answer_and_a_reason_and_each_other_answer_its_slope(page):
    assert page.choices["id"].is_unique and page.choices.ne("").all(axis=None)
    assert page.tried["coef"].notna().all() and page.tried["nobs"].loc["as taken"].gt(1300).all()
