from headline import ONCE, Headline


def changed(page):
    return page.done.pivot(index="varied", columns="reading", values="verdicts")


HEADLINES = [
    Headline("questions, the answer that we took", lambda p, _: len(p.choices) > 40, ONCE),
    Headline("We then change one answer at a time",
             lambda p, _: len(p.wide) == len(p.done) / 2, ONCE),
    Headline("verdicts change under the flow and",
             lambda p, reading: changed(p).loc["IA of services", reading] > 5, ("flow", "stock")),
    Headline("No other answer changes more verdicts",
             lambda p, _: not (changed(p) > p.services).all(axis=1).any(), ONCE),
    Headline("output in current prices changes",
             lambda p, reading: 0 < p.current[reading] < p.services[reading], ("flow", "stock")),
]  # fmt: skip


def test_every_answer_that_is_tried_belongs_to_a_question(page):
    named = {name for names in page.choices["varied"] for name in names.split("|")} - {""}
    assert named == set(page.wide.index)


def test_one_less_leaves_slopes_of_mobility_and_turns_industry(page):
    row = page.other.index.get_level_values("row")
    assert set(row[page.other]) == {"IA", "LM_IA"}
    lm = page.both_flows["coef"].xs("LM", level="row")
    assert (lm["flow"] - lm["less one"]).abs().max() < 1e-9
    turned = page.turned_sign[page.turned_sign].xs("paper", level="case")
    assert set(turned.index.get_level_values("row")) == {"IA"}
    (of_the_table,) = page.done.query("varied == '1 + k subtracted' and reading == 'flow'")["signs"]
    assert of_the_table == len(turned)
