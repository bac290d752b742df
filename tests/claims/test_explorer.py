"""Sentences of the page on which a reader chooses a specification."""

from headline import ONCE, Headline

OUT = {"flags", "steps", "both"}


def supported(page, mobility, rows=None):
    """The specifications of LM in Model 1, in levels, that support the claim."""
    found = page.found.of("model1", "LM", mobility, "reg") if rows is None else rows
    return found[(found["coef"] > 0) & (found["p"].round(9) < page.claim.level)]


HEADLINES = [
    Headline("This page holds",
             lambda p, _: p.regressions > len(p.found.estimates) / 4, ONCE),
    # The page counts every case of the book: the flow supports in one of them at most.
    Headline("specifications support the printed claim",
             lambda p, _: len(supported(p, "flow")) == len(p.supports) < 10, ONCE),
    Headline("choices turn the verdict from *supported* to *opposed*",
             lambda p, _: set(p.main.query("mobility == 'stock' and outcome == 'reg'")
                                 ["verdict"]) >= {"supported", "opposed"}, ONCE),
]  # fmt: skip


def test_as_printed_no_estimand_of_model_1_gives_a_verdict(page):
    printed = page.main[page.main["which"] == "printed"]
    assert set(printed["verdict"]) == {"cannot tell"} and page.claim.label == "Model 1: LM"


def test_the_flow_supports_the_claim_with_own_paths_and_without_recounts_alone(page):
    assert len(page.supports) and set(page.supports["effects"]) <= {"start", "trend"}
    assert set(page.supports["sample"]) <= OUT


def test_single_changes_that_support_the_claim_on_the_stock(solved):
    single = solved.single
    samples = single.loc[single["sample"] != "belt110", "sample"]
    assert len(samples) == 7 and len(single) == 9
    assert {"city"} <= set(single["k"]) and "spell" in set(single["unit"])
    assert (single["prices"] == "constant").all() and (single["step"] == "in").all()
