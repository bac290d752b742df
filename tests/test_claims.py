"""The paper's sentences: the file is sound, and verdicts follow the cells and flip with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import audit, claims
from lib.panel import DataError


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    return audit.load()


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    return claims.load()


@pytest.fixture(scope="module")
def judged(made, printed) -> pd.DataFrame:
    return claims.judge(made, printed).set_index("id")


def changed(printed: pd.DataFrame, **cells: dict[str, object]) -> pd.DataFrame:
    """The printed cells with some of them changed: ``model1_lm={"coef": -0.5}``."""
    new = printed.copy()
    for key, values in cells.items():
        column, row = next(
            (column, key.removeprefix(f"{column.replace('-', '_')}_"))
            for column in new["column"].unique()
            if key.startswith(f"{column.replace('-', '_')}_")
        )
        here = (new["column"] == column) & (new["row"] == row)
        assert here.sum() == 1, key
        for name, value in values.items():
            new.loc[here, name] = value
    return new


def verdict(made: pd.DataFrame, printed: pd.DataFrame, claim: str) -> str:
    return claims.judge(made[made["id"] == claim], printed)["verdict"].item()


# --- the file -----------------------------------------------------------------------------------


def test_every_relation_and_kind_is_used(made) -> None:
    assert {r.partition("=")[0] for r in made["relation"]} == set(claims.RELATIONS)
    assert set(made["kind"]) == set(claims.KINDS)


def test_every_printed_coefficient_is_in_a_claim_or_named_as_left_out(made, printed) -> None:
    keys = {key for cells in made["cells"] for key in cells.split(";")}
    every = audit.coefficients(printed)
    found = set(every["table"].astype(str) + "/" + every["column"] + "/" + every["row"])
    assert found <= keys
    left = claims.unmentioned(made, printed)
    assert set(left["row"]) == {"lm_ia"} and len(left) == 6
    of_section_4 = made[made["place"].str.startswith("Section 4")]["cells"].str.split(";").explode()
    assert found - set(of_section_4) == {
        "1/model2/lm_ia", "2/2008-2016/lm_ia", "2/2017-2023/lm_ia", "3/upper/lm_ia",
        "3/middle/lm_ia", "3/lower/lm_ia",
    }  # fmt: skip
    assert claims.unmentioned(made, printed, "").empty


def test_every_section_that_speaks_of_figures_is_there(made) -> None:
    sections = made["place"].str.extract(r"Section (\d\.\d)")[0].value_counts()
    assert set(sections.index) == {"2.3", "4.1", "4.2", "4.3", "4.4"}
    controls = made["place"].str.extract(r"control (\d)")[0].dropna()
    assert set(controls) == set("12345")


def test_vocabulary_counts_every_claim_once(made) -> None:
    words = claims.vocabulary(made).set_index("relation")
    assert words["claims"].sum() == len(made)
    assert words.loc["about", "claims"] == 6 and words.loc["extends", "claims"] == 1
    assert words.loc["increases", "meaning"] == "the second is the greater"


HEAD = "id,place,claim,kind,cells,relation\n"
GOOD = "a,here,LM is positive,sign,1/model1/lm,positive\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,place,claim,kind,cells\na,b,c,sign,1/model1/lm\n", "row 1: found id, place"),
        (HEAD + GOOD + GOOD, "row 3, column id: found 'a' again; expected once"),
        (HEAD + GOOD.replace("here", ""), "row 2, column place: found ''; expected a value"),
        (HEAD + GOOD.replace(",sign", ",mood"), "row 2, column kind: found 'mood'; expected one"),
        (HEAD + GOOD.replace("positive\n", "big\n"), "column relation: found 'big'; expected one"),
        (HEAD + GOOD.replace("positive\n", "positive=1\n"), "'positive=1'; expected no argument"),
        (HEAD + GOOD.replace("positive\n", "level\n"), "'level'; expected an argument as 0"),
        (HEAD + GOOD.replace("positive\n", "level=0.07\n"), "'level=0.07'; expected an argument"),
        (HEAD + GOOD.replace("positive\n", "starts=16\n"), "'starts=16'; expected an argument"),
        (HEAD + GOOD.replace("positive\n", "increases\n"), "'1/model1/lm'; expected pairs"),
        (HEAD + GOOD.replace("/lm", ""), "'1/model1'; expected table/column/row"),
        (HEAD + GOOD.replace("positive\n", "starts=2016\n"), "expected table/column$"),
    ],
)
def test_a_bad_file_is_refused_and_the_message_says_where(tmp_path, text, message) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        claims.load(path)


def test_a_good_file_is_read(tmp_path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    assert claims.load(path).to_dict("records")[0]["claim"] == "LM is positive"


# --- verdicts -----------------------------------------------------------------------------------

BY_READING = {
    "holds in part": ["model1_ia_level", "rissl_level", "effects_chosen"],
    "does not hold": [
        "model2_extends", "turning_lm", "turning_ia", "period_lm_weight", "period_ia_direction",
        "period_ia_level", "period_ia_start", "reaches_ia",
    ],
    "cannot be checked": [
        "hausman_purpose", "model1_lm_gap", "gr_gap", "iv_relevant", "iv_exogenous", "iv_controls",
        "iv_same", "period_ia_gap", "middle_lm_gap", "lower_ia_gap",
    ],
}  # fmt: skip


def test_verdicts_by_reading_the_paper_beside_its_tables(judged) -> None:
    for name, ids in BY_READING.items():
        assert list(judged.index[judged["verdict"] == name]) == ids, name
    rest = set(judged.index) - {claim for ids in BY_READING.values() for claim in ids}
    assert (judged.loc[sorted(rest), "verdict"] == "holds").all()
    counted = claims.counts(judged)
    assert list(counted.index) == list(claims.VERDICTS)
    assert list(counted) == [26, 3, 8, 10]


NEGATIVE = {"coef": -0.1, "t": -2.0}
FLIPS = [
    ("product_expected", {"lower_lm_ia": {"coef": -0.277}}, "holds in part"),
    ("model1_terms", {"model1_ia": {"coef": np.nan, "t": np.nan, "text": "-"}}, "does not hold"),
    ("model1_lm_sign", {"model1_lm": NEGATIVE}, "does not hold"),
    ("model1_lm_level", {"model1_lm": {"stars": "*"}}, "holds in part"),
    ("model1_lm_level", {"model1_lm": {"stars": "*", "t": 1.7}}, "does not hold"),
    ("model1_lm_level", {"model1_lm": {"stars": "***", "t": 3.1}}, "does not hold"),
    ("model1_ia_level", {"model1_ia": {"t": 1.645}}, "holds"),
    ("model2_controls", {"model2_te": {"coef": np.nan, "t": np.nan}}, "does not hold"),
    ("te_sign", {"model2_te": {"coef": 2.679}}, "does not hold"),
    ("rissl_level", {"model2_rissl": {"stars": "***"}}, "holds"),
    ("gr_level", {"model2_gr": {"t": 2.5}}, "holds in part"),
    ("turning_lm", {"2017_2023_lm": {"coef": -0.9, "t": -5.0}}, "holds"),
    ("turning_lm", {"2017_2023_lm": {"t": 1.9}}, "holds"),
    ("turning_ia", {"2008_2016_ia": {"coef": 3.0, "t": 6.0}}, "holds"),
    ("period_lm_levels", {"2017_2023_lm": {"stars": "*", "t": 1.7}}, "holds in part"),
    ("period_lm_weight", {"2017_2023_lm": {"coef": 0.9}}, "holds"),
    ("period_ia_direction", {"2017_2023_ia": {"coef": -0.359}}, "holds"),
    ("period_ia_level", {"2017_2023_ia": {"stars": "**", "t": 2.2}}, "holds"),
    ("upper_ia_level", {"upper_ia": {"stars": "*"}}, "holds in part"),
    ("upper_ia_level", {"upper_ia": {"stars": "*", "t": 1.8}}, "does not hold"),
    ("upper_lm_level", {"upper_lm": {"stars": "", "t": 0.8}}, "does not hold"),
    ("middle_lm_level", {"middle_lm": {"stars": ""}}, "holds in part"),
    ("lower_level", {"lower_ia": {"t": 2.4, "stars": "**"}}, "does not hold"),
    ("reaches_ia", {"lower_ia": {"coef": 5.0, "t": 20.0}}, "holds"),
    ("effects_chosen", {
        "2017_2023_hausman_p": {"text": "0.049"}, "middle_hausman_p": {"text": "0.001"},
        "lower_hausman_p": {"text": "0.049"},
    }, "holds"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "cells", "expected"), FLIPS)
def test_a_verdict_follows_its_cells(made, printed, judged, claim, cells, expected) -> None:
    assert judged.loc[claim, "verdict"] != expected
    assert verdict(made, changed(printed, **cells), claim) == expected


def test_nesting_holds_once_model_2_keeps_both_regressors(made, printed) -> None:
    kept = {"coef": 0.4, "t": 2.0, "text": ""}
    one = changed(printed, model2_lm=kept)
    assert verdict(made, one, "model2_extends") == "does not hold"
    both = changed(one, model2_ia=kept)
    assert verdict(made, both, "model2_extends") == "holds"


def test_other_cells_do_not_move_a_verdict(made, printed, judged) -> None:
    now = claims.judge(made, changed(printed, upper_lm={"stars": "", "t": 0.5})).set_index("id")
    assert list(now.index[now["verdict"] != judged["verdict"]]) == ["upper_lm_level"]


def test_equality_of_columns_needs_more_on_one_side(made, printed) -> None:
    claim = made[made["id"] == "model2_extends"].assign(cells="1/model1;1/model1")
    assert claims.judge(claim, printed)["verdict"].item() == "does not hold"


def test_a_level_is_given_the_benefit_of_rounding_and_of_the_kinder_rule(made, printed) -> None:
    """1.960 may be 1.9595, which is 10 % by N(0,1), and is so by t(317) anyway; 1.645 is enough."""
    assert verdict(made, printed, "period_lm_levels") == "holds"
    for t, expected in ((1.6450, "holds"), (1.6445, "holds"), (1.6443, "holds in part")):
        cells = changed(printed, model1_ia={"t": t})
        assert verdict(made, cells, "model1_ia_level") == expected, t


def test_periods_get_any_correlation_and_reaches_none(made, printed) -> None:
    """0.843 (1.960) against 0.348 (1.900): |z| is 1.06 if independent, 2.00 at rho = 1."""
    cells = changed(printed, **{"2017_2023_lm": {"t": 1.9}})
    judged = claims.judge(made[made["id"] == "turning_lm"], cells).iloc[0]
    assert "z = −1.06" in judged["reason"] and judged["verdict"] == "holds"
    one, other = {"coef": 0.843, "t": 1.960}, {"coef": 0.348, "t": 1.9}
    same = changed(printed, upper_ia=one, middle_ia=one, lower_ia=other)
    assert verdict(made, same, "reaches_ia") == "does not hold"


# --- what cannot be checked -----------------------------------------------------------------------


def test_two_stage_claims_name_the_cell_that_is_missing(judged) -> None:
    assert judged.loc["iv_relevant", "reason"] == "the paper prints no 2sls/first_stage/lm"
    assert (judged.filter(like="iv_", axis=0)["verdict"] == "cannot be checked").all()


def test_an_effect_on_a_level_is_no_effect_on_a_gap(judged) -> None:
    assert judged.loc["model1_lm_gap", "reason"] == (
        "LM (Model 1) is about the level, not about the gap"
    )
    assert "choice of estimator" in judged.loc["hausman_purpose", "reason"]


def test_a_claim_about_the_level_can_be_checked(printed) -> None:
    claim = pd.DataFrame(
        [["a", "p", "c", "meaning", "1/model1/lm", "about=level"]], columns=claims._COLUMNS
    )
    assert claims.judge(claim, printed)["verdict"].item() == "holds"


def test_a_reason_shows_the_cells(judged) -> None:
    assert judged.loc["period_ia_direction", "reason"] == "1.198, then 0.359*"
    assert judged.loc["rissl_level", "reason"] == (
        "RISSL (Model 2): −0.620**, significant at 5 %; its t of −3.472 earns ***"
    )
    assert judged.loc["period_lm_levels", "reason"].startswith(
        "LM (2008–2016): 0.843*, significant at 10 %; its t of 1.960 earns * or **"
    )
    assert judged.loc["model2_extends", "reason"] == (
        "Model 2 has LM × IA, ODI, TE, GR, RLR, RISSL; Model 1 has LM, IA"
    )


# --- faults that no test noticed ------------------------------------------------------------------


def test_of_two_negative_coefficients_the_one_nearer_to_zero_is_the_greater(made, printed) -> None:
    """-0.2 exceeds -0.5, although its size is the smaller."""
    both = {"2008_2016_lm": {"coef": -0.5}, "2017_2023_lm": {"coef": -0.2}}
    assert verdict(made, changed(printed, **both), "period_lm_weight") == "holds"
    back = {"2008_2016_lm": {"coef": -0.2}, "2017_2023_lm": {"coef": -0.5}}
    assert verdict(made, changed(printed, **back), "period_lm_weight") == "does not hold"


def test_a_coefficient_of_zero_has_no_sign_in_common(made, printed) -> None:
    assert verdict(made, printed, "product_expected") == "holds"
    without = changed(printed, model1_ia={"coef": 0.0})
    assert verdict(made, without, "product_expected") == "holds in part"
