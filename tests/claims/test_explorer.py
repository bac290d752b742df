"""Sentences of the page on which a reader chooses a specification."""

from headline import Headline

OUT = {"flags", "steps", "both"}


def supported(page, mobility, rows=None):
    """The specifications of LM in Model 1, in levels, that support the claim."""
    found = page.found.of("model1", "LM", mobility, "reg") if rows is None else rows
    return found[(found["coef"] > 0) & (found["p"].round(9) < page.claim.level)]


HEADLINES = [
    Headline("This page holds",
             lambda page, _: page.regressions > len(page.found.estimates) / 4, over=("",)),
    # The page counts every case of the book: the flow supports in one of them at most.
    Headline("specifications support the printed claim",
             lambda page, _: len(supported(page, "flow")) == len(page.supports) < 10, over=("",)),
    Headline("choices turn the verdict from *supported* to *opposed*",
             lambda page, _: set(page.main.query("mobility == 'stock' and outcome == 'reg'")
                                 ["verdict"]) >= {"supported", "opposed"}, over=("",)),
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
