"""Chapter 9 against identities, planted breaks and brute force."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import bootstrap, panel, specifications
from lib.estimation import two_way_fe
from lib.specifications import STOCK
from studies.breaks import search, slopes

TERMS = list(search.TERMS)


def invented(cities=30, years=12, seed=1, step=0.0, line=0.0, provinces=9):
    """A panel whose slope of IA steps after 2014, or changes steadily."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2008, 2008 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["province"] = "p" + (frame["number"] % provinces).astype(str)
    lm, ia = rng.normal(size=(2, len(frame)))
    frame = frame.assign(LM=lm, IA=ia + 0.1 * frame["number"], LM_IA=lm * ia, spell=0)
    slope = 1 + step * (frame["year"] > 2014) + line * (frame["year"] - 2014)
    noise = rng.normal(size=len(frame)) * 0.5
    return frame.assign(REG=0.5 * lm + slope * frame["IA"] + 0.2 * frame["year"] % 7 + noise)


def official(reading):
    return specifications.centred(specifications.rows(panel.load(), reading, terms=search.TERMS))


@pytest.fixture(scope="module")
def rows():
    return official(STOCK)


def test_two_effects_are_two_regressions(rows):
    parts = (rows[rows["year"] <= 2016], rows[rows["year"] > 2016])
    before, after = (two_way_fe(part, "REG", TERMS).coef for part in parts)
    late = search.broken(rows, 2016, "two").fit.coef[[f"{term}_late" for term in TERMS]]
    assert_allclose(late, after - before, rtol=1e-7)


@pytest.mark.parametrize("effects", ["start", "trend"])
def test_own_paths_are_those_of_the_estimator(rows, effects):
    late = [f"{term}_late" for term in TERMS]
    theirs = two_way_fe(search.halves(rows, 2016), "REG", TERMS + late, effects=effects)
    ours = search.broken(rows, 2016, effects)
    assert_allclose(ours.fit.coef[late], theirs.coef[late], rtol=1e-6)
    assert_allclose(ours.rss, theirs.rss, rtol=1e-8)


@pytest.mark.parametrize("effects", ["one", "two"])
def test_the_search_is_bootstrapped_with_every_pattern_of_signs(effects):
    """Of six provinces, each sample regressed anew."""
    frame = invented(cities=12, years=8, step=0.3, provinces=6)
    ours = search.search(frame, effects)
    errors = two_way_fe(frame, "REG", TERMS).residuals  # no break, one effect a city
    names, largest = sorted(frame["province"].unique()), []
    for row in bootstrap.weights(64, 6):
        turned = frame["province"].map(dict(zip(names, row, strict=True))) * errors
        drawn = frame.assign(REG=frame["REG"] - errors + turned)
        years = search.candidates(frame)
        largest.append(max(search.broken(drawn, year, effects).statistic for year in years))
    largest, statistic = np.array(largest), ours.path["statistic"]
    assert_allclose(ours.wild, (largest >= statistic.max() * (1 - 1e-9)).mean())
    assert (largest > ours.bound * (1 + 1e-9)).mean() <= 0.05
    assert (largest > ours.bound * (1 - 1e-9)).mean() > 0.05
    assert ours.beyond == list(statistic.index[statistic > ours.bound])


def test_the_search_finds_a_step_and_refuses_too_few_years():
    step = search.search(invented(step=1))
    assert step.wild == 1 / 256 and 2014 in step.beyond
    assert list(step.path.index) == list(range(2010, 2017))
    few = invented(cities=6, years=5)
    for refused in (search.candidates, lambda rows: search.halves(rows, 2012)):
        with pytest.raises(panel.DataError, match="found"):
            refused(few)


def test_slopes_by_year_recover_a_line():
    ia = slopes.by_year(invented(line=0.1))
    assert_allclose(np.polyfit(ia.index, ia["change"], 1)[0], 0.1, atol=0.02)
    assert (ia.loc[2016] == 0).all() and list(ia.index) == list(range(2008, 2020))


def test_the_change_per_year_is_that_of_a_regression_with_lines():
    frame = invented(line=0.1, provinces=10)
    since = frame["year"] - 2016
    frame = frame.assign(LM_line=frame["LM"] * since, IA_line=frame["IA"] * since)
    terms, lines = [*TERMS, "LM_line", "IA_line"], ["LM_line", "IA_line"]
    fit, ours = two_way_fe(frame, "REG", terms), slopes.per_year(frame)
    assert_allclose(ours["change"], fit.coef[lines])
    assert_allclose(ours["t"], fit.jackknife.loc[lines, "t"])
    assert_allclose(ours["province_t"], fit.province.loc[lines, "t"])
