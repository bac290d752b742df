"""Chapter 9 against identities, planted breaks and brute force."""

from math import factorial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from lib import bootstrap, panel, published, specifications
from lib.bootstrap import Restriction
from lib.estimation import two_way_fe
from lib.specifications import EARLY, FLOW, STOCK
from studies.breaks import reaches, search, slopes

TERMS = list(search.TERMS)


def invented(cities=30, years=12, seed=1, step=0.0, line=0.0, after=2014):
    """A panel in three groups whose slope of IA steps after a year, or changes steadily."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2008, 2008 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["province"] = "p" + (frame["number"] % 9).astype(str)
    frame["spell"] = 0
    frame["reach"] = (frame["number"] % 3).map({0: "lower", 1: "middle", 2: "upper"})
    lm, ia = rng.normal(size=(2, len(frame)))
    frame = frame.assign(LM=lm, IA=ia + 0.1 * frame["number"], LM_IA=lm * ia)
    slope = 1 + step * (frame["year"] > after) + line * (frame["year"] - 2014)
    noise = rng.normal(size=len(frame)) * 0.5
    return frame.assign(REG=0.5 * lm + slope * frame["IA"] + 0.2 * frame["year"] % 7 + noise)


def official(reading):
    return specifications.centred(specifications.rows(panel.load(), reading, terms=search.TERMS))


@pytest.fixture(scope="module")
def rows():
    return official(STOCK)


# Search


def test_two_effects_are_two_regressions(rows):
    parts = (rows[rows["year"] <= 2016], rows[rows["year"] > 2016])
    one, two = (two_way_fe(part, "REG", TERMS).coef for part in parts)
    found = search.broken(rows, 2016, "two").fit.coef[[f"{term}_late" for term in TERMS]]
    assert_allclose(found, two - one, rtol=1e-7)


@pytest.mark.parametrize("effects", ["start", "trend"])
def test_own_paths_are_those_of_the_estimator(rows, effects):
    late = [f"{term}_late" for term in TERMS]
    theirs = two_way_fe(search.halves(rows, 2016), "REG", TERMS + late, effects=effects)
    found = search.broken(rows, 2016, effects)
    assert_allclose(found.fit.coef[late], theirs.coef[late], rtol=1e-6)
    assert_allclose(found.rss, theirs.rss, rtol=1e-8)


@pytest.mark.parametrize("effects", ["one", "two"])
def test_the_search_is_bootstrapped_as_it_was_made(effects):
    """Every pattern of signs of six provinces, each sample regressed anew."""
    frame = invented(cities=12, years=8, step=0.3)
    frame["province"] = "p" + (frame["number"] % 6).astype(str)
    found = search.search(frame, effects)
    errors = two_way_fe(frame, "REG", TERMS).residuals  # no break, one effect a city
    names, largest = sorted(frame["province"].unique()), []
    for row in bootstrap.weights(64, 6):
        turned = frame["province"].map(dict(zip(names, row, strict=True))) * errors
        drawn = frame.assign(REG=frame["REG"] - errors + turned)
        years = search.candidates(frame)
        largest.append(max(search.broken(drawn, each, effects).statistic for each in years))
    largest = np.array(largest)
    reached = (largest >= found.path["statistic"].max() * (1 - 1e-9)).mean()
    assert_allclose(found.wild, reached)
    assert (largest > found.bound * (1 + 1e-9)).mean() <= 0.05
    assert (largest > found.bound * (1 - 1e-9)).mean() > 0.05
    assert found.beyond == list(found.path.index[found.path["statistic"] > found.bound])


def test_the_search_keeps_its_size_and_finds_a_step():
    none = [search.search(invented(20, 7, seed=s)).wild for s in range(20)]
    assert np.mean(np.array(none) < 0.1) < 0.3
    found = search.search(invented(step=1))
    assert found.wild == 1 / 256 and 2014 in found.beyond


@pytest.mark.parametrize(("margin", "years"), [(3, range(2010, 2017)), (1, range(2008, 2019))])
def test_candidates_leave_a_margin_on_either_side(margin, years):
    assert search.candidates(invented(), margin) == list(years)


def test_search_refuses_what_it_cannot_search():
    frame = invented(cities=6, years=5)
    for call in (
        lambda: search.candidates(frame, 3),
        lambda: search.candidates(frame, 0),
        lambda: search.halves(frame, 2012),
        lambda: search.search(frame, "three", years=[2010]),
        lambda: search.search(frame, "two", years=[2008]),
    ):
        with pytest.raises(panel.DataError, match="found"):
            call()


# Slopes


def test_slopes_by_year_recover_a_line_whatever_the_reference():
    frame = invented(line=0.1)
    ia = slopes.by_year(frame, reference=2014)
    assert_allclose(np.polyfit(ia.index, ia["change"], 1)[0], 0.1, atol=0.02)
    assert (ia.loc[2014] == 0).all() and list(ia.index) == list(range(2008, 2020))
    other = slopes.by_year(frame, reference=2010)["change"]
    assert_allclose(ia["change"] - ia.loc[2010, "change"], other, atol=1e-9)


def test_the_change_per_year_is_that_of_a_regression_with_lines():
    frame = invented(line=0.1)
    for term in slopes.FREED:
        frame[f"{term}_line"] = frame[term] * (frame["year"] - 2016)
    terms = [*TERMS, "LM_line", "IA_line"]
    fit, found = two_way_fe(frame, "REG", terms), slopes.per_year(frame)
    assert_allclose(found["change"], fit.coef[["LM_line", "IA_line"]])
    assert_allclose(found["t"], fit.jackknife.loc[["LM_line", "IA_line"], "t"])
    parts = [frame[frame["province"] != each] for each in sorted(frame["province"].unique())]
    without = [two_way_fe(each, "REG", terms).coef["IA_line"] for each in parts]
    gap = np.array(without) - found.loc["IA", "change"]
    assert_allclose(
        found.loc["IA", "province_t"], found.loc["IA", "change"] / np.sqrt(8 / 9 * gap @ gap)
    )


# Reaches


@pytest.mark.parametrize("reading", [FLOW, STOCK])
def test_deals_are_all_there_are_and_their_statistics_those_of_one_regression(reading):
    rows = official(reading)
    found = reaches.dealt(rows)
    provinces = sorted(rows["province"].unique())
    assert len(found) == factorial(11) / (factorial(4) * factorial(3) * factorial(4)) == 11_550
    assert len(found[provinces].drop_duplicates()) == 11_550 and found["true"].sum() == 1
    counts = found[provinces].apply(lambda deal: tuple(np.bincount(deal)), axis=1)
    assert set(counts) == {(4, 3, 4)}  # lower, middle, upper
    true = found[found["true"]].iloc[0]
    for one in (true, found.iloc[0], found.iloc[4_321], found.iloc[11_549]):
        whole = rows.assign(deal=rows["province"].map(one[provinces]).astype(int))
        inside = {f"{t}_{g}": whole[t] * (whole["deal"] == g) for t in TERMS for g in (1, 2)}
        whole = whole.assign(**inside)
        brute = Restriction.of(whole, "REG", list(inside), TERMS, time=("deal", "year"))
        assert_allclose(one["statistic"], brute.statistic, rtol=1e-7)
    at_least = (found["statistic"] > true["statistic"] * (1 - 1e-8)).sum()
    assert reaches.as_large(found) == at_least / 11_550


def test_printed_equality_is_cochrans_q():
    cells = pd.DataFrame({"row": "LM", "coef": [1.0, 2.0, 4.0], "t": [2.0, 4.0, 4.0]})
    # Weights 4, 4, 1: mean 16/9, Q = 4 (7/9)^2 + 4 (2/9)^2 + (20/9)^2.
    found = reaches.printed_equality(cells)["LM"]
    assert_allclose(found, stats.chi2.sf(612 / 81, 2))
    assert list(reaches.printed_equality(published.coefficients(3)).index) == list(EARLY.terms)
