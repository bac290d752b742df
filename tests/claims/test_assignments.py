"""Sentences of the samples that the page of assignments marks."""


def test_the_first_sample_is_supported_by_city_and_not_by_province(solved):
    assert solved.said == ("supported", "cannot tell")
    assert solved.city["low"] > 0 > solved.province["low"]


def test_the_second_sample_has_no_printed_change_and_two_signs_with_both_errors(solved):
    assert abs(solved.z) < 1.96 and abs(solved.best) < 1.96
    for interval in (solved.found, solved.wide):
        assert interval["2008-2016"]["low"] > 0 > interval["2017-2023"]["high"]


def test_one_mark_of_the_invented_table_has_a_star_too_many(page):
    assert page.odd[["row", "column"]].values.tolist() == [["road", "after"]]
    assert (page.odd["stars"].str.len() - page.odd["mark"].str.len()).tolist() == [1]


def test_what_the_template_says_of_the_invented_sentences(page):
    verdict = page.verdict
    assert (verdict["both"], verdict["road"]) == ("holds", "holds in part")
    assert verdict["turn"] == "does not hold"
