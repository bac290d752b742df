"""The cases against dummies written out, for the changes that no other test knows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from lib import cases, indicators, verdicts
from lib.specifications import LATE, MODEL1, STOCK, UPPER


def written_out(frame: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Slopes of REG on LM and IA with a dummy for each unit and year."""
    frame = frame.dropna(subset=["REG", "LM", "IA"])
    units = units.loc[frame.index]
    keep = units.map(units.value_counts()) > 1
    frame, units = frame[keep], units[keep]
    dummies = pd.get_dummies(frame["year"], drop_first=True, dtype=float)
    x = frame[["LM", "IA"]].join(pd.get_dummies(units, dtype=float)).join(dummies)
    return sm.OLS(frame["REG"], x).fit().params[["LM", "IA"]]


def plain(data: pd.DataFrame, income: str = "reg") -> pd.DataFrame:
    ia = indicators.ia(data, scaled=True)
    return data.assign(REG=data[income], LM=data["lm_stock"], IA=ia)


@pytest.fixture(scope="module")
def slopes(data):
    return cases.slopes(data, [STOCK], [MODEL1])["coef"].unstack("row").loc["stock", "Model 1"]


def test_each_case_is_the_regression_with_dummies(data, slopes):
    flags = data["flags"]
    moved = flags.str.contains("boundary:resident_pop")
    event = moved | flags.str.contains("census_step:")
    spell = data["city"] + event.groupby(data["city"]).cumsum().astype(str)
    calm = data[~event & ~moved.groupby(data["city"]).transform("any")]
    half, whole = data.copy(), data.copy()
    wide = data.pivot(index="city", columns="year", values="share_secondary")
    step = (wide[2019] - wide[2018]) - (wide[2019] - wide[2018]).median()
    gone = data["city"].map(step) * (data["year"] >= 2019)
    half["share_secondary"] -= 0.5 * gone
    whole["share_secondary"] -= gone
    expected = {
        "paper": written_out(plain(data), data["city"]),
        "clean": written_out(plain(data).loc[calm.index], data["city"]),
        "spells": written_out(plain(data), spell),
        "half": written_out(plain(half), data["city"]),
        "step": written_out(plain(whole), data["city"]),
        "current": written_out(plain(data, "reg_current"), data["city"]),
    }
    for key, each in expected.items():
        np.testing.assert_allclose(slopes.loc[key, ["LM", "IA"]].astype(float), each, rtol=1e-7)


def test_a_move_has_the_error_of_the_difference_city_by_city(data):
    found = cases.slopes(data, [STOCK], [MODEL1], [cases.PAPER, cases.CURRENT])
    gaps = []
    for city in [None, *data["city"].unique()]:
        rest = data[data["city"] != city]
        ia = indicators.ia(data, scaled=True).loc[rest.index]
        both = [
            written_out(plain(rest, income).assign(IA=ia), rest["city"])["LM"]
            for income in ("reg", "reg_current")
        ]
        gaps.append(both[1] - both[0])
        if len(gaps) > 12:
            break
    # The first twelve cities are enough to tell a wrong city from a right one.
    row = found.loc[("stock", "Model 1", "LM", "current")]
    assert row["moved"] == pytest.approx(gaps[0], rel=1e-7)
    first, second = (
        cases.fit(data, STOCK, MODEL1, case).jackknife("city").without["LM"]
        for case in (cases.PAPER, cases.CURRENT)
    )
    order = list(data["city"].unique()[:12])
    np.testing.assert_allclose((second - first)[order], gaps[1:13], rtol=1e-6)
    spread = (109 / 110 * ((second - first - row["moved"]) ** 2).sum()) ** 0.5
    p = 2 * stats.t.sf(abs(row["moved"]) / spread, 109)
    assert row["moved_p"] == pytest.approx(p) and row["province_moved_p"] != pytest.approx(p)
    paper = found.loc[("stock", "Model 1", "LM", "paper")]
    rows = data.dropna(subset=["reg", "lm_stock"])
    assert paper[["nobs", "cities", "provinces"]].tolist() == [len(rows), 110, 11]
    assert paper["moved"] == 0 and np.isnan(paper["moved_p"])


def test_few_provinces_give_no_error_by_province(data):
    found = cases.slopes(data, [STOCK], [UPPER, LATE], [cases.PAPER])
    reach = found.xs("Upper reach", level="heading")
    assert reach["provinces"].max() < cases.ENOUGH and "province_p" in found
    assert reach["province_p"].isna().all() and reach["p"].notna().all()
    assert found.xs("2017–2023", level="heading")["province_p"].notna().all()


def test_the_average_city_has_the_slope_at_the_means(data):
    plain_, mean = (
        cases.slopes(data, [STOCK], [LATE], [cases.PAPER], average=at)["coef"].droplevel(
            ["reading", "heading", "case"]
        )
        for at in (False, True)
    )
    used = cases.rows(data, STOCK, LATE)
    assert mean["LM"] == pytest.approx(plain_["LM"] + plain_["LM_IA"] * used["IA"].mean())
    assert mean["LM_IA"] == pytest.approx(plain_["LM_IA"])


def test_a_case_turns_a_verdict_by_the_error_that_decides():
    """Model 1 prints 0.501** for LM, the upper reach 0.747* for LM and 0.442 for IA."""
    cells = {
        ("stock", "Model 1", "LM", "paper"): (1.0, 0.01, 0.04),
        ("stock", "Model 1", "LM", "clean"): (1.0, 0.01, 0.06),
        ("stock", "Model 1", "LM", "step"): (-1.0, 0.20, 0.01),
        ("stock", "Model 1", "LM", "current"): (2.0, 0.90, 0.02),
        ("stock", "Upper reach", "LM", "paper"): (1.0, 0.20, np.nan),
        ("stock", "Upper reach", "LM", "clean"): (1.0, 0.09, np.nan),
        ("stock", "Upper reach", "IA", "paper"): (1.0, 0.01, np.nan),
        ("stock", "Upper reach", "GR", "paper"): (1.0, 0.01, np.nan),
    }
    slopes = pd.DataFrame(cells, ["coef", "p", "province_p"]).T
    slopes.index.names = ["reading", "heading", "row", "case"]
    found = cases.verdicts(slopes)
    assert found[["by", "verdict"]].to_numpy().tolist() == [
        ["province", "supported"], ["province", "cannot tell"], ["province", "opposed"],
        ["province", "supported"], ["city only", "cannot tell"], ["city only", "supported"],
        ["city only", "no claim"],
    ]  # fmt: skip
    assert found["turns"].tolist() == [("clean", "step")] * 4 + [("clean",)] * 2 + [()]
    assert found["column"].unique().tolist() == ["model1", "upper"]
    alone = slopes.drop(columns="province_p").xs("Upper reach", level="heading", drop_level=False)
    assert cases.verdicts(alone)["verdict"].tolist() == ["cannot tell", "supported", "no claim"]


def test_verdicts_of_the_papers_case_are_those_of_the_ledger(data, ledger):
    key = ["reading", "column", "row"]
    ours = cases.verdicts(cases.slopes(data, cases=[cases.PAPER])).reset_index()
    ours = ours.set_index(key)
    theirs = verdicts.decided(ledger).set_index(key).loc[ours.index]
    assert len(ours) == 46 and (ours[["by", "verdict"]] == theirs[["by", "verdict"]]).all(axis=None)
    np.testing.assert_allclose(ours["p"], theirs["p"], rtol=1e-6)
