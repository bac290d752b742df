"""Chapter 9 against libraries, identities, planted breaks and brute force."""

from itertools import product
from math import factorial

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from scipy import stats
from written_out import dummies

from lib import panel, published, specifications
from lib.estimation import two_way_fe
from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction
from lib.specifications import EARLY, FLOW, STOCK
from studies.breaks import figures, reaches, search, slopes

TERMS = list(search.TERMS)


def invented(cities=30, years=12, seed=1, step=0.0, line=0.0, after=2014):
    """A panel in three groups whose slope of IA steps after a year, or changes steadily."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2008, 2008 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["province"] = "p" + (frame["number"] % 9).astype(str)
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
    assert_allclose(found["IA"], fit.params["IA_late"], rtol=1e-8)


def test_two_effects_are_two_regressions(rows):
    parts = (rows[rows["year"] <= 2016], rows[rows["year"] > 2016])
    one, two = (two_way_fe(part, "REG", TERMS).coef for part in parts)
    found = search.broken(rows, 2016, "two").coef
    assert_allclose(found, two - one, rtol=1e-7)


@pytest.mark.parametrize("effects", ["start", "trend"])
def test_own_paths_are_those_of_the_estimator(rows, effects):
    late = [f"{term}_late" for term in TERMS]
    theirs = two_way_fe(search.halves(rows, 2016), "REG", TERMS + late, effects=effects)
    found = search.broken(rows, 2016, effects)
    assert_allclose(found.coef, theirs.coef[late], rtol=1e-6)
    assert_allclose(found.rss, theirs.rss, rtol=1e-8)


@pytest.mark.parametrize(("effects", "cluster"), [("one", "city"), ("two", "province")])
def test_the_search_is_bootstrapped_as_it_was_made(effects, cluster):
    frame = invented(cities=12, years=8, step=0.3)
    frame["province"] = "p" + (frame["number"] % 6).astype(str)
    found = search.search(frame, effects, cluster=cluster, draws=19)
    errors = two_way_fe(frame, "REG", TERMS).residuals  # no break, one effect a city
    names = sorted(frame[cluster].unique())
    few = len(names) <= 11
    signs = bootstrap.weights(2_048 if few else 19, len(names))
    largest = []
    for row in signs:
        turned = frame[cluster].map(dict(zip(names, row, strict=True))) * errors
        drawn = frame.assign(REG=frame["REG"] - errors + turned)
        years = search.candidates(frame)
        drawn = [search.broken(drawn, each, effects, cluster=cluster) for each in years]
        largest.append(max(each.statistic for each in drawn))
    reached = (np.array(largest) >= found.path["statistic"].max() * (1 - 1e-9)).sum()
    assert_allclose(found.critical, np.quantile(largest, 0.95))
    assert_allclose(found.wild, reached / len(signs) if few else (1 + reached) / (1 + len(signs)))
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
        lambda: search.search(frame, "three", years=[2010]),
        lambda: search.search(frame, "two", years=[2008]),
    ):
        with pytest.raises(panel.DataError, match="found"):
            call()


# Dates


def test_the_quantile_is_that_of_bai_and_of_its_closed_form():
    """Bai (1997), p. 559, prints 11.0; Yao (1987) gives the distribution."""
    x, root = search.BAI, np.sqrt(search.BAI)
    tail = 1.5 * np.exp(x + stats.norm.logcdf(-1.5 * root))
    near = np.sqrt(x / (2 * np.pi)) * np.exp(-x / 8)
    below = 1 + near - (x + 5) / 2 * stats.norm.cdf(-root / 2) + tail
    assert_allclose(below, 0.975, atol=2e-5)


def test_the_date_has_the_smallest_sum_of_squares_of_dummies():
    frame, left = invented(cities=8, step=0.1), {}
    for year in search.candidates(frame):
        broken = search.halves(frame, year)
        design = broken[[*TERMS, *(f"{term}_late" for term in TERMS)]]
        design = design.join(dummies(broken, "twoway"))
        left[year] = np.linalg.lstsq(design, broken["REG"], rcond=None)[0]
        left[year] = ((broken["REG"] - design @ left[year]) ** 2).sum()
        assert_allclose(search.broken(frame, year).rss, left[year], rtol=1e-8)
    assert search.date(frame)[0] == min(left, key=left.get)


@pytest.mark.parametrize("after", [2011, 2014])
def test_a_step_is_dated_where_it_is(after):
    year, low, high = search.date(invented(step=1.5, after=after))
    assert after - 2 <= low <= year == after <= high <= after + 2


def test_smaller_steps_have_longer_intervals_that_end_with_the_years():
    spans = [search.date(invented(step=step)) for step in (0.05, 0.3, 2)]
    lengths = [high - low for _, low, high in spans]
    assert lengths[0] > lengths[1] >= lengths[2]
    assert spans[0][1:] == (2008, 2018)


# Slopes


def test_slopes_by_year_recover_a_line_whatever_the_reference():
    frame = invented(line=0.1)
    ia = slopes.by_year(frame, reference=2014)
    assert_allclose(np.polyfit(ia.index, ia["change"], 1)[0], 0.1, atol=0.02)
    assert (ia.loc[2014] == 0).all() and list(ia.index) == list(range(2008, 2020))
    other = slopes.by_year(frame, reference=2010)["change"]
    assert_allclose(ia["change"] - ia.loc[2010, "change"], other, atol=1e-9)


def test_a_line_and_a_step_are_told_apart():
    line = slopes.describe(invented(line=0.2), year=2014, draws=199)
    assert line.line > 0.9 > line.best
    assert line.p["line", "city"] < 0.05 < line.p["step", "city"]
    step = slopes.describe(invented(step=1.5), year=2014, draws=199)
    assert step.step == step.best > 0.9 > step.line
    for cluster in ("city", "province"):
        assert step.p["step", cluster] < 0.05 < step.p["line", cluster]


def test_shares_are_those_of_sums_of_squares():
    frame = invented(line=0.1)
    squares = {"none": [], "line": [], "free": []}
    for term in slopes.FREED:
        frame[f"{term}_line"] = frame[term] * (frame["year"] - 2016)
        squares["line"].append(f"{term}_line")
        for year in range(2009, 2020):
            frame[f"{term}_{year}"] = frame[term] * (frame["year"] == year)
            squares["free"].append(f"{term}_{year}")
    fits = {k: two_way_fe(frame, "REG", TERMS + v) for k, v in squares.items()}
    rss = {k: (fit.residuals**2).sum() for k, fit in fits.items()}
    found = slopes.describe(frame, draws=9)
    share = (rss["none"] - rss["line"]) / (rss["none"] - rss["free"])
    assert_allclose(found.line, share)
    assert_allclose(((frame["REG"] - found.fitted) ** 2).sum(), rss["line"])
    per_year = slopes.per_year(frame)
    assert_allclose(per_year["change"], fits["line"].coef[squares["line"]])
    assert_allclose(per_year["t"], fits["line"].jackknife.loc[squares["line"], "t"])
    parts = [frame[frame["province"] != each] for each in sorted(frame["province"].unique())]
    without = [two_way_fe(each, "REG", TERMS + squares["line"]).coef["IA_line"] for each in parts]
    gap = np.array(without) - per_year.loc["IA", "change"]
    assert_allclose(
        per_year.loc["IA", "province_t"], per_year.loc["IA", "change"] / np.sqrt(8 / 9 * gap @ gap)
    )


# Reaches


def test_equality_fails_where_slopes_differ():
    frame = invented()
    extra = 0.8 * frame["IA"] * (frame["reach"] == "upper")
    assert reaches.equal_slopes(frame.assign(REG=frame["REG"] + extra), draws=199)[1] == 1 / 200
    assert reaches.equal_slopes(frame, draws=199)[1] > 0.01


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
    assert_allclose(true["statistic"], reaches.equal_slopes(rows, draws=9)[0], rtol=1e-7)
    for deal in (0, 4_321, 11_549):
        one = found.iloc[deal]
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


KEYS = [(reading, scale) for scale in ("level", "log") for reading in ("flow", "stock")]
HEADS = ["Flow, level", "Stock, level", "Flow, log", "Stock, log"]


def test_slopes_and_statistics_by_year_by_hand():
    """The panels of four made-up series that differ; official bars reach .5, invented has none."""
    ours, theirs = (
        {
            key: pd.DataFrame({"change": [at + step, at + step + 1.0]}, [2014, 2015]).eval(
                "low = change - .5\nhigh = change + .5"
            )
            for at, key in enumerate(KEYS)
        }
        for step in (0, 10)
    )
    axes = figures.slopes_by_year(ours, theirs).figure.axes
    assert [ax.get_title(loc="left") for ax in axes] == HEADS
    for at, ax in enumerate(axes):
        (bars,) = ax.containers
        assert bars[2][0].get_segments()[0][:, 1].tolist() == [at - 0.5, at + 0.5]
        lines = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
        assert bars.get_label() == "official" and list(bars[0].get_ydata()) == [at, at + 1]
        assert lines["invented"] == [at + 10, at + 11]
    ours, theirs = (
        {
            key: search.Search(pd.DataFrame({"statistic": [at + step]}, [2014]), 0.1, at + step + 2)
            for at, key in enumerate(KEYS)
        }
        for step in (0, 10)
    )
    for at, ax in enumerate(figures.statistics_by_year(ours, theirs).figure.axes):
        lines = {line.get_label(): line.get_ydata()[0] for line in ax.lines}
        wanted = {"bound": at + 2, "official": at, "invented": at + 10}
        assert wanted.items() <= lines.items()


def test_slopes_along_paths_by_hand():
    paths = ("twoway", "start", "trend")
    keys = list(product(paths, KEYS, ("official", "invented")))
    lines = pd.DataFrame([(p, *key, kind) for p, key, kind in keys],
                         columns=["path", "reading", "scale", "kind"])  # fmt: skip
    lines["change"] = np.arange(len(lines)) / 4
    for before, half in (("", 0.1), ("province_", 0.2)):
        lines[f"{before}low"], lines[f"{before}high"] = (
            lines["change"] - half,
            lines["change"] + half,
        )
    axes = figures.along_paths(lines).figure.axes
    titles = [ax.get_title(loc="left") for ax in axes[:3]]
    assert titles == ["No own paths", "Paths from 2008", "A trend per city"]
    at = lines.set_index(["path", "scale", "reading", "kind"])["change"].sort_index()
    for ax, (scale, path) in zip(axes, product(("level", "log"), paths), strict=True):
        assert axes[0 if scale == "level" else 3].get_ylabel() == scale
        for place, label in zip(axes[0].get_yticks(), axes[0].get_yticklabels(), strict=True):
            b = at[path, scale, label.get_text()]
            own = [line for line in ax.lines[1:] if round(line.get_ydata()[0] + 0.01) == place]
            wide, city, mark, cross = (np.ravel(line.get_xdata()) for line in own)
            assert wide.tolist() == [b["official"] - 0.2, b["official"] + 0.2]
            assert city.tolist() == [b["official"] - 0.1, b["official"] + 0.1]
            assert (mark[0], cross[0]) == (b["official"], b["invented"])


def test_the_true_reaches_among_deals_by_hand():
    dealt = pd.DataFrame({"statistic": [1.0, 2.0, 3.0], "true": [False, True, False]})
    for ax in figures.deals(dict.fromkeys(KEYS, dealt)).figure.axes:
        assert {line.get_label(): line.get_xdata()[0] for line in ax.lines} == {"true reaches": 2}
