SAID = """
LM    flow  lower     opposed
LM    stock 2008-2016 supported
LM    stock middle    supported
LM    stock 2017-2023 opposed, cannot tell
LM    stock model1    cannot tell, supported
IA    flow  2017-2023 cannot tell
IA    flow  lower     opposed, cannot tell
IA    flow  model1    cannot tell, supported
IA    stock 2017-2023 supported
IA    stock lower     cannot tell
IA    stock model1    cannot tell, opposed, supported
RISSL flow  model2    cannot tell, supported
RISSL stock model2    cannot tell, supported
"""


def test_the_verdict_of_the_paper_s_case_and_those_of_other_cases_are_as_said(page):
    for line in SAID.strip().splitlines():
        *place, words = line.split(maxsplit=3)
        by_case = page.judged["verdict"].xs(tuple(place), level=["row", "reading", "column"])
        assert ", ".join(dict.fromkeys([by_case["paper"], *sorted(by_case)])) == words, line
    of_both = "(row == 'LM' and reading == 'flow' and column not in ['lower', 'middle', 'upper'])"
    never = page.judged.query(f"row in ['ODI', 'GR'] or {of_both}")
    assert set(never["verdict"]) == {"cannot tell"}
    current = page.judged.loc["current"].xs("flow", level="reading")["verdict"]
    assert current["RISSL", "model2"] == current["IA", "model1"] == "supported"


def test_openness_is_negative_where_it_is_printed_positive_and_growth_but_in_guizhou(page):
    openness = page.judged.xs("ODI", level="row")
    assert (openness["coef"] < 0).all() and (openness["printed"] > 0).all()
    assert page.rates.query("year == 2023 and k > 0")["province"].tolist() == ["Guizhou"]
