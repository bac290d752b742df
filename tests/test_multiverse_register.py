"""What the multiverse admits: counted by hand, and against the paper's tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import multiverse_register as register
from lib import panel, published
from lib.panel import DataError

# Options by hand: 2 of REG, 4 of LM, 4 of effects; IA has 5, but employment is no companion of
# controls that hold TE, so 5 + 4 + 4 pairs of IA and controls.
PER_SAMPLE_AND_FORM = 2 * 4 * 4 * (5 + 4 + 4)
# Forms: five in Table 1, two (product as printed, centred) elsewhere.  Samples: eight in all; the
# reaches are without those that leave their cities as they are.
SPECIFICATIONS = {
    "whole": PER_SAMPLE_AND_FORM * 5 * 8,
    "2008-2016": PER_SAMPLE_AND_FORM * 2 * 8,
    "2017-2023": PER_SAMPLE_AND_FORM * 2 * 8,
    "change": PER_SAMPLE_AND_FORM * 2 * 8,
    "upper": PER_SAMPLE_AND_FORM * 2 * 6,
    "middle": PER_SAMPLE_AND_FORM * 2 * 5,
    "lower": PER_SAMPLE_AND_FORM * 2 * 7,
}


def test_specifications_are_as_many_as_by_hand():
    found = register.counts()
    assert found["specifications"].drop("all").to_dict() == SPECIFICATIONS
    assert found.loc["all", "specifications"] == sum(SPECIFICATIONS.values())
    assert len(register.universe()) == sum(SPECIFICATIONS.values())


def test_regressions_are_those_that_differ():
    found = register.counts()["regressions"]
    # Table 1: LM and IA; with the product; the product alone; alone and centred.
    assert found["whole"] == PER_SAMPLE_AND_FORM * 4 * 8
    assert found["upper"] == PER_SAMPLE_AND_FORM * 6
    assert found["change"] == 0


def test_coefficients_and_tests_are_as_many_as_by_hand():
    found = register.counts()
    forms = 2 + 3 + 2 + 1 + 1  # coefficients of LM, IA and the product, form by form
    with_controls = 2 * 4 * 4 * 8 * (4 + 4)
    in_table1 = PER_SAMPLE_AND_FORM * 8 * forms + with_controls * 3 * 5
    assert found.loc["whole", "coefficients"] == in_table1
    assert found.loc["whole", "tests"] == 3 * in_table1
    # Periods: LM, IA, product; LM and IA again with the product centred; two kinds of errors.
    assert found.loc["2008-2016", "coefficients"] == PER_SAMPLE_AND_FORM * 8 * 5
    assert found.loc["2008-2016", "tests"] == 2 * PER_SAMPLE_AND_FORM * 8 * 5
    assert found.loc["change", "coefficients"] == PER_SAMPLE_AND_FORM * 8 * 4


def test_every_option_is_used_and_no_specification_stands_twice():
    frame = register.universe()
    assert not frame.duplicated().any()
    for choice in register.CHOICES[:-1]:
        assert set(frame[choice]) == set(register.options(choice)), choice


@pytest.mark.parametrize(
    "combination",
    [
        {"agglomeration": "employment", "controls": "five"},
        {"agglomeration": "employment", "controls": "seven"},
        {"scope": "upper", "sample": "delta41"},
        {"scope": "lower", "sample": "delta41"},
        {"scope": "middle", "sample": "no_municipalities"},
        {"scope": "2017-2023", "product": "none"},
        {"scope": "change", "product": "alone"},
    ],
    ids=str,
)
def test_excluded_combinations_are_not_there(combination):
    every, admitted = register.universe(admit_all=True), register.universe()
    for frame, there in ((every, True), (admitted, False)):
        chosen = [frame[name].eq(value) for name, value in combination.items()]
        assert np.logical_and.reduce(chosen).any() == there


def test_a_sample_that_leaves_out_no_city_of_a_reach_is_no_choice_there():
    """The rule behind the exclusions of samples, from the roster itself."""
    cities = panel.load_cities()
    everyone = cities["city_code"].notna()
    provinces = cities["province_en"]
    kept = {
        "listed94": provinces.ne("Anhui"),
        "no_municipalities": ~provinces.isin(["Shanghai", "Chongqing"]),
        "belt110": everyone,
    }
    admitted = register.universe()[["scope", "sample"]].drop_duplicates()
    for reach in ("upper", "middle", "lower"):
        here = cities["reach"].eq(reach)
        for sample, rows in kept.items():
            changes = sample == "belt110" or (here & rows).sum() < here.sum()
            present = (admitted["scope"].eq(reach) & admitted["sample"].eq(sample)).any()
            assert present == changes, (reach, sample)


def test_claims_are_the_printed_coefficients_and_two_changes():
    claims = register.claims()
    cells = pd.concat([published.coefficients(table) for table in (1, 2, 3)])
    assert [c.printed for c in claims[: len(cells)]] == cells["coef"].tolist()
    assert [c.stars for c in claims[: len(cells)]] == cells["stars"].tolist()
    change = {c.term: c for c in claims if c.scope == "change"}
    assert set(change) == {"lm", "ia"} and len(claims) == len(cells) + 2
    assert change["lm"].printed == pytest.approx(0.348 - 0.843)
    # Two independent estimates: the variances, (b / t)^2, add up.
    expected = (0.359 - 1.198) / ((0.359 / 1.655) ** 2 + (1.198 / 1.232) ** 2) ** 0.5
    assert change["ia"].t == pytest.approx(expected)
    assert change["lm"].sign == -1 and change["lm"].starred
    unstarred = [c.label for c in claims if not c.starred]
    assert unstarred == ["2008–2016: IA", "2008–2016: LM × IA", "Upper reach: IA",
                         "Upper reach: LM × IA", "Middle reach: IA"]  # fmt: skip


def test_partial_correlation_of_a_printed_cell():
    lm = register.claims()[0]
    df = 41 * 16 - 41 - 16 + 1 - 2
    assert lm.r == pytest.approx(2.131 / (2.131**2 + df) ** 0.5)


def test_register_says_of_every_option_what_and_why_and_where():
    frame = register.register()
    for column in ("label", "what", "why", "place"):
        assert frame[column].str.len().gt(0).all(), column
    assert not frame.duplicated(["choice", "label"]).any()
    assert register.exclusions()["why"].str.endswith(".").all()


def test_a_table_that_is_handed_out_can_be_changed_without_harm():
    mine = register.register()
    mine["option"] = "spoilt"
    assert "twoway" in register.options("effects")


def _written(path, frame):
    frame.to_csv(path, index=False)
    return path


def test_a_register_with_an_option_twice_is_refused(tmp_path):
    frame = register.register()
    path = _written(tmp_path / "m.csv", pd.concat([frame, frame.iloc[[0]]]))
    with pytest.raises(DataError, match="outcome=reg: found twice"):
        register.register(path)


def test_a_register_without_a_choice_is_refused(tmp_path):
    frame = register.register().query("choice != 'sample'")
    with pytest.raises(DataError, match="sample"):
        register.register(_written(tmp_path / "m.csv", frame))


def test_a_rule_about_an_unknown_option_is_refused(tmp_path):
    frame = register.exclusions().iloc[[0]].assign(options="exports")
    with pytest.raises(DataError, match="agglomeration=exports is not in the register"):
        register.exclusions(_written(tmp_path / "e.csv", frame))


def test_an_option_cannot_be_both_admitted_and_never_admitted(tmp_path):
    frame = register.exclusions()
    rule = frame[frame["against"].eq("")].iloc[[0]].assign(options="lm_flow")
    with pytest.raises(DataError, match="lm_flow is in the register"):
        register.exclusions(_written(tmp_path / "e.csv", rule))


def test_an_unknown_choice_is_refused():
    with pytest.raises(DataError, match="'colour'; expected one of outcome"):
        register.options("colour")
