"""Chapter 8 against libraries, identities, planted breaks and published quantiles."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from scipy import stats

from lib import panel, published, specifications
from lib.estimation import two_way_fe
from lib.resampling import bootstrap, kernel
from lib.specifications import EARLY, STOCK
from studies.breaks import climb, dates, figures, reaches, search

TERMS = list(search.TERMS)


def invented(cities=30, years=12, seed=1, step=0.0, line=0.0, after=2014):
    """A panel in three groups whose slope of IA steps after a year, or climbs."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2008, 2008 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["period"] = frame["year"].astype(str)
    frame["reach"] = (frame["number"] % 3).map({0: "lower", 1: "middle", 2: "upper"})
    lm, ia = rng.normal(size=(2, len(frame)))
    frame = frame.assign(LM=lm, IA=ia + 0.1 * frame["number"], LM_IA=lm * ia)
    slope = 1 + step * (frame["year"] > after) + line * (frame["year"] - 2014)
    noise = rng.normal(size=len(frame)) * 0.5
    return frame.assign(REG=0.5 * lm + slope * frame["IA"] + 0.2 * frame["year"] % 7 + noise)


@pytest.fixture(scope="module")
def rows():
    return search.sample(panel.load(), STOCK)


# Search


def test_sample_measures_slopes_from_the_average_city(rows):
    raw = specifications.rows(panel.load(), STOCK, terms=search.TERMS)
    ours, theirs = (two_way_fe(each, "REG", TERMS).coef for each in (rows, raw))
    at = theirs["LM"] + theirs["LM_IA"], theirs["IA"] + theirs["LM_IA"] * raw["LM"].mean()
    assert_allclose(ours, [*at, theirs["LM_IA"]])


def test_wald_of_a_known_year_is_that_of_linearmodels(rows):
    late = [f"{term}_late" for term in TERMS]
    broken = search.halves(rows, 2016)
    model = PanelOLS.from_formula(
        f"REG ~ 1 + {' + '.join(TERMS + late)} + period + EntityEffects",
        broken.set_index(["city", "year"]),
    )
    fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    found = search.search(rows, draws=99).path.loc[2016]
    theirs = fit.wald_test(formula=f"{' = '.join(late)} = 0")
    assert_allclose(found["statistic"], theirs.stat, rtol=1e-8)
    assert_allclose(found[TERMS], fit.params[late], rtol=1e-8)
    assert_allclose(found["p"], stats.f.sf(theirs.stat / 3, 3, rows["city"].nunique() - 1))


def test_two_effects_are_two_regressions(rows):
    after = rows[rows["year"] > 2016]
    before = rows[rows["year"] <= 2016]
    one, two = (two_way_fe(part, "REG", TERMS).coef for part in (before, after))
    found = search.search(rows, "two", draws=99).path.loc[2016, TERMS]
    assert_allclose(found, two - one, rtol=1e-7)


@pytest.mark.parametrize("effects", ["one", "two"])
def test_the_search_is_bootstrapped_as_it_was_made(effects):
    frame = invented(cities=12, years=8, step=0.3)
    found = search.search(frame, effects, draws=19)
    errors = two_way_fe(frame, "REG", TERMS).residuals  # no break, one effect a city
    largest = []
    for signs in bootstrap.weights(19, 12):
        turned = frame["number"].map(dict(enumerate(signs))) * errors
        drawn = frame.assign(REG=frame["REG"] - errors + turned)
        largest.append(search.search(drawn, effects, draws=1).largest)
    assert_allclose(found.critical, np.quantile(largest, 0.95))
    assert_allclose(found.wild, (1 + np.sum(np.array(largest) >= found.largest)) / 20)
    assert found.largest == found.path["statistic"].max()
    assert found.path.loc[found.year, "statistic"] == found.largest
    assert found.beyond == (found.path["statistic"] > found.critical).sum()


def test_the_search_keeps_its_size_and_finds_a_step():
    none = [search.search(invented(20, 7, seed=s), draws=99).wild for s in range(20)]
    assert np.mean(np.array(none) < 0.1) < 0.3
    assert search.search(invented(step=1), draws=199).wild == 1 / 200


@pytest.mark.parametrize(("margin", "years"), [(3, range(2010, 2017)), (1, range(2008, 2019))])
def test_candidates_leave_a_margin_on_either_side(margin, years):
    assert search.candidates(invented(), margin) == list(years)


def test_search_refuses_what_it_cannot_search():
    frame = invented(cities=6, years=5)
    for call in (
        lambda: search.candidates(frame, 3),
        lambda: search.candidates(frame, 0),
        lambda: search.halves(frame, 2012),
        lambda: search.search(frame, "three", margin=2),
        lambda: search.search(frame, "two", margin=1),
    ):
        with pytest.raises(panel.DataError, match="found"):
            call()


# Dates


def test_quantiles_are_those_that_bai_prints():
    # Bai (1997), p. 559: 7.7 at 90 % and 11.0 at 95 %.
    assert_allclose([dates.bai_quantile(0.90), dates.bai_quantile()], [7.7, 11.0], atol=0.05)


@pytest.mark.parametrize("effects", ["one", "two"])
def test_sums_of_squares_are_those_of_dummies(effects):
    frame = invented(cities=8)
    found = dates.dates(frame, effects)
    broken = search.halves(frame, 2013)
    entity = broken["city"] + (broken["late"].astype(str) if effects == "two" else "")
    x = broken[[*TERMS, *(f"{term}_late" for term in TERMS)]]
    dummies = [pd.get_dummies(each, dtype=float) for each in (entity, broken["year"])]
    squares = np.linalg.lstsq(pd.concat([x, *dummies], axis=1), broken["REG"], rcond=None)
    left = broken["REG"] - pd.concat([x, *dummies], axis=1) @ squares[0]
    assert_allclose(found.rss[2013], left @ left, rtol=1e-8)
    assert (found.effects_alone is None) == (effects == "one")


@pytest.mark.parametrize("after", [2011, 2014])
def test_a_step_is_dated_where_it_is(after):
    found = dates.dates(invented(step=1.5, after=after))
    assert found.year == after
    assert after - 2 <= found.low <= after <= found.high <= after + 2


def test_smaller_steps_have_longer_intervals_that_end_with_the_years():
    spans = [dates.dates(invented(step=step)) for step in (0.05, 0.3, 2)]
    lengths = [one.high - one.low for one in spans]
    assert lengths[0] > lengths[1] >= lengths[2]
    assert (spans[0].low, spans[0].high) == (2008, 2018)


def test_breaking_effects_are_dated_without_slopes():
    frame = invented()
    shift = frame["number"] * (frame["year"] > 2012)
    assert dates.dates(frame.assign(REG=frame["REG"] + shift), "two").effects_alone == 2012


def test_an_exact_fit_has_the_shortest_interval():
    frame = invented().assign(REG=lambda f: f["IA"] * (f["year"] > 2013))
    found = dates.dates(frame)
    assert (found.year, found.low, found.high) == (2013, 2012, 2014)


# Climb


def test_slopes_by_year_recover_a_climb_and_do_not_hang_on_the_reference():
    frame = invented(line=0.1)
    found = climb.by_year(frame, reference=2014).set_index(["term", "year"])
    ia = found.loc["IA", "change"]
    assert_allclose(np.polyfit(ia.index, ia, 1)[0], 0.1, atol=0.02)
    assert (found.xs(2014, level="year")[["change", "low", "high"]] == 0).all(axis=None)
    other = climb.by_year(frame, reference=2010).set_index(["term", "year"]).loc["IA", "change"]
    assert_allclose(ia - ia[2010], other, atol=1e-9)
    with pytest.raises(panel.DataError, match="found 1999"):
        climb.by_year(frame, reference=1999)


def test_a_line_and_a_step_are_told_apart():
    line = climb.describe(invented(line=0.2), year=2014, draws=199)
    assert line.line > 0.9 > line.best
    assert line.line_beside_step.wild < 0.05 < line.step_beside_line.wild
    step = climb.describe(invented(step=1.5), year=2014, draws=199)
    assert step.step == step.best > 0.9 > step.line
    assert step.best_year == 2014
    assert step.step_beside_line.wild < 0.05 < step.line_beside_step.wild


def test_shares_are_those_of_sums_of_squares():
    frame = invented(line=0.1)
    squares = {"none": [], "line": [], "free": []}
    for term in climb.FREED:
        frame[f"{term}_line"] = frame[term] * (frame["year"] - 2016)
        squares["line"].append(f"{term}_line")
        for year in range(2009, 2020):
            frame[f"{term}_{year}"] = frame[term] * (frame["year"] == year)
            squares["free"].append(f"{term}_{year}")
    fits = {k: two_way_fe(frame, "REG", TERMS + v) for k, v in squares.items()}
    rss = {k: (fit.residuals**2).sum() for k, fit in fits.items()}
    found = climb.describe(frame, draws=9)
    share = (rss["none"] - rss["line"]) / (rss["none"] - rss["free"])
    assert_allclose(found.line, share)
    assert_allclose(((frame["REG"] - found.fitted) ** 2).sum(), rss["line"])
    assert_allclose(climb.per_year(frame)["change"], fits["line"].coef[squares["line"]])


# Reaches


def test_two_groups_are_two_regressions():
    frame = invented().query("reach != 'upper'")
    found = reaches.equal_slopes(frame, draws=99, terms=["LM", "IA"])
    one, two = (
        two_way_fe(frame[frame["reach"] == reach], "REG", ["LM", "IA"])
        for reach in ("lower", "middle")
    )
    # The factor counts cities, rows, and slopes and years: of one reach, or of both.
    single, both = (kernel.clustered_factor(10 * n, 120 * n, 14 * n) for n in (1, 2))
    var = sum(each.clustered.loc["IA", "se"] ** 2 for each in (one, two)) * both / single
    assert found.loc["IA", "df"] == 1
    gap = two.coef["IA"] - one.coef["IA"]
    assert_allclose(found.loc["IA", "statistic"], gap**2 / var, rtol=1e-8)


def test_equality_fails_where_slopes_differ():
    frame = invented()
    extra = 0.8 * frame["IA"] * (frame["reach"] == "upper")
    found = reaches.equal_slopes(frame.assign(REG=frame["REG"] + extra), draws=199)
    assert found.loc["all", "df"] == 6
    assert found.loc["IA", "wild"] < 0.05 < found.loc["LM", "wild"]
    assert found.loc["all", ["wild", "p", "f_p"]].max() < 0.05


def test_deals_reject_about_as_often_as_they_should():
    found = reaches.dealt(invented(24, 6), [8, 8, 8], deals=30, draws=99)
    assert (found["wild"] < 0.05).mean() < 0.2 < (found["p"] < 0.05).mean()
    assert found.equals(reaches.dealt(invented(24, 6), [8, 8, 8], deals=30, draws=99))


def test_reaches_refuse_what_are_no_groups():
    frame = invented(cities=6)
    for call in (
        lambda: reaches.equal_slopes(frame.assign(reach="one")),
        lambda: reaches.equal_slopes(frame.assign(reach=frame["year"] % 2)),
        lambda: reaches.dealt(frame, [4, 4]),
    ):
        with pytest.raises(panel.DataError, match="found"):
            call()


def test_printed_equality_is_cochrans_q():
    cells = pd.DataFrame({"row": "LM", "coef": [1.0, 2.0, 4.0], "t": [2.0, 4.0, 4.0]})
    # Weights 4, 4, 1: mean 16/9, Q = 4 (7/9)^2 + 4 (2/9)^2 + (20/9)^2.
    found = reaches.printed_equality(cells).loc["LM"]
    assert_allclose(found["statistic"], (196 + 16 + 400) / 81)
    assert_allclose(found["p"], stats.chi2.sf(612 / 81, 2))
    assert list(reaches.printed_equality(published.coefficients(3)).index) == list(EARLY.terms)


def test_the_figure_holds_the_slopes():
    made = {("flow", "level"): climb.by_year(invented(line=0.1), reference=2014)}
    text = repr(figures.slopes_by_year(made, made))
    assert "Flow, level of REG" in text
    assert "takes no notice: 12 points" in text
