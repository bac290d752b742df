from headline import ONCE, Headline


def by_the_flow(page):
    """The specifications of LM in Model 1, in levels, that support the claim."""
    slopes = page.found.of("model1", "LM", "flow", "reg")
    return slopes[(slopes["coef"] > 0) & (slopes["p"].round(9) < page.claim.level)]


HEADLINES = [
    Headline("This page holds",
             lambda p, _: p.regressions > len(p.found.estimates) / 4, ONCE),
    # The page counts every case of the book: the flow supports in one of them at most.
    Headline("specifications support the printed claim",
             lambda p, _: len(by_the_flow(p)) == len(p.supports) < 10, ONCE),
    Headline("choices turn the verdict from *supported* to *opposed*",
             lambda p, _: set(p.main.query("mobility == 'stock' and outcome == 'reg'")
                                 ["verdict"]) >= {"supported", "opposed"}, ONCE),
]  # fmt: skip


def test_as_printed_no_estimand_gives_a_verdict_and_the_flow_supports_with_own_paths_alone(page):
    printed = page.main[page.main["which"] == "printed"]
    assert set(printed["verdict"]) == {"cannot tell"}
    assert len(page.supports) and set(page.supports["effects"]) <= {"start", "trend"}
    assert set(page.supports["sample"]) <= {"flags", "steps", "both"}
