"""Sentences of the page on which a reader chooses a specification."""


def test_choices_turn_the_verdict_under_the_stock_and_under_the_flow(page):
    said = page.main.groupby(["mobility", "outcome"])["verdict"].agg(list)
    assert said["stock", "reg"] == ["supported", "supported", "opposed"]
    assert said["flow", "reg"] == ["opposed", "supported", "opposed"]


def test_the_flow_supports_the_claim_with_paths_from_2008_and_without_recounts_alone(page):
    assert page.claim.label == "Model 1: LM" and len(page.supports)
    assert set(page.supports["effects"]) == {"start"}
    assert set(page.supports["sample"]) <= {"flags", "steps", "both"}
