"""On random designs, one batch gives what each regression gives on its own.

Hypothesis draws the numbers of cities, years and slopes, the share of cells without a row, the
effects, and units and levels that differ by orders of magnitude; a seed fills the design in.

- 1,000 examples, of four designs each, against least squares with a dummy for every effect,
  written out here: slopes, and classical, HC1 and clustered covariances.
- 200 examples, of one design each, against ``linearmodels`` through :mod:`lib.estimation`.
- 100 examples, of four designs each, in another order, other units, and with rubbish in the cells
  without a row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from lib import batched
from lib.estimation import two_way_fe

EXACT = 1e-10
DRAWS = 4
THEIRS = {"twoway": "twoway", "city": "entity", "year": "time", "pooled": "none"}


@dataclass(frozen=True)
class Design:
    """A batch of regressions."""

    y: np.ndarray  # (R, N, T)
    x: np.ndarray  # (R, K, N, T)
    present: np.ndarray | None  # (R, N, T)
    effects: batched.Effects

    @property
    def cells(self) -> np.ndarray:
        return np.ones(self.y.shape, dtype=bool) if self.present is None else self.present


@st.composite
def designs(draw: st.DrawFn, draws: int = DRAWS, cities: int = 12, years: int = 9) -> Design:
    n = draw(st.integers(3, cities), label="cities")
    t = draw(st.integers(2, years), label="years")
    k = draw(st.integers(1, 5), label="slopes")
    holes = draw(st.sampled_from([0.0, 0.1, 0.3, 0.5]), label="share of cells without a row")
    effects = draw(st.sampled_from(["twoway", "twoway", "city", "year", "pooled"]))
    units = 10.0 ** np.array(draw(st.lists(st.integers(-4, 4), min_size=k + 1, max_size=k + 1)))
    level = draw(st.sampled_from([0.0, 1.0, 30.0]), label="level, in units of the variation")
    rng = np.random.default_rng(draw(st.integers(0, 2**32), label="seed"))
    mixed = rng.normal(size=(k, k)) + 2 * np.eye(k)
    x = np.tensordot(rng.normal(size=(draws, n, t, k)), mixed, axes=(3, 0)).transpose(0, 3, 1, 2)
    x += level * rng.normal(size=(draws, k, n, 1)) + rng.normal(size=(draws, k, 1, t))
    y = x.sum(axis=1) + rng.normal(size=(draws, n, t)) * rng.exponential(size=(draws, n, 1))
    y += level
    present = rng.random((draws, n, t)) >= holes if holes else None
    return Design(y * units[0], x * units[1:, None, None], present, effects)


def columns(design: Design, draw: int) -> tuple[np.ndarray, ...]:
    """y, x, dummies with the constant, and cities of one draw, its rows alone."""
    used = design.cells[draw]
    city, year = (np.unique(part[used], return_inverse=True)[1] for part in np.indices(used.shape))
    parts = [np.ones((len(city), 1))]
    if design.effects in ("twoway", "city"):
        parts.append(np.eye(city.max() + 1)[city][:, 1:])
    if design.effects in ("twoway", "year"):
        parts.append(np.eye(year.max() + 1)[year][:, 1:])
    return design.y[draw][used], design.x[draw][:, used].T, np.hstack(parts), city


def estimable(design: Design) -> bool:
    """Each draw has rows to spare, hangs together, and its slopes can be told apart."""
    for draw in range(len(design.y)):
        if not design.cells[draw].any():
            return False
        _, x, dummies, city = columns(design, draw)
        spare = len(x) - x.shape[1] - dummies.shape[1]
        if spare < 2 or city.max() < 2 or np.linalg.matrix_rank(dummies) < dummies.shape[1]:
            return False
        net = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
        size = np.linalg.norm(net, axis=0)
        # Beyond this, what two ways of computing agree on is a matter of the design.
        if (size <= 1e-6 * np.linalg.norm(x, axis=0)).any():
            return False
        if np.linalg.eigvalsh((net / size).T @ (net / size))[0] < 1e-4:
            return False
    return True


def with_dummies(design: Design, draw: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Least squares on everything: slopes and covariances."""
    y, x, dummies, city = columns(design, draw)
    every = np.hstack([x, dummies])
    size = np.linalg.norm(every, axis=0)
    inverse = np.linalg.pinv(every / size)  # (M, n)
    coef = inverse @ y
    residuals = y - every / size @ coef
    n, k = x.shape
    m = every.shape[1]
    influence = inverse * residuals
    grouped = np.stack([influence[:, city == c].sum(axis=1) for c in range(city.max() + 1)])
    groups = len(grouped)
    nested = m - (groups - 1 if design.effects in ("twoway", "city") else 0)
    cov = {
        "classical": residuals @ residuals / (n - m) * inverse @ inverse.T,
        "hc1": n / (n - m) * influence @ influence.T,
        "clustered": groups / (groups - 1) * (n - 1) / (n - nested) * grouped.T @ grouped,
    }
    slopes = slice(0, k)
    units = np.outer(size[slopes], size[slopes])
    return coef[slopes] / size[slopes], {
        kind: value[slopes, slopes] / units for kind, value in cov.items()
    }


def assert_equal(found: np.ndarray, expected: np.ndarray, se: np.ndarray) -> None:
    """Slopes to 1e-10 of themselves and their errors, covariances to 1e-10 of the variances."""
    scale = np.outer(se, se) if np.ndim(expected) == 2 else np.abs(expected) + se
    assert np.abs((found - expected) / scale).max() < EXACT


quick = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@settings(quick, max_examples=1000)
@given(designs())
def test_a_batch_is_least_squares_with_every_dummy(design):
    assume(estimable(design))
    event(f"{design.effects}, {'balanced' if design.present is None else 'gaps'}")
    found = batched.fit(design.y, design.x, design.present, design.effects)
    cov = {kind: found.cov(kind) for kind in ("classical", "hc1", "clustered")}
    for draw in range(DRAWS):
        coef, expected = with_dummies(design, draw)
        assert_equal(found.coef[draw], coef, np.sqrt(np.diag(expected["classical"])))
        for kind, value in expected.items():
            assert_equal(cov[kind][draw], value, np.sqrt(np.diag(value)))


@settings(quick, max_examples=200)
@given(designs(draws=1))
def test_a_batch_is_linearmodels(design):
    assume(estimable(design))
    found = batched.fit(design.y, design.x, design.present, design.effects)
    names = [f"x{i}" for i in range(design.x.shape[1])]
    used = design.cells[0]
    city, year = (part[used] for part in np.indices(used.shape))
    rows = pd.DataFrame(design.x[0][:, used].T, columns=names)
    rows = rows.assign(y=design.y[0][used], city_code=city, year=year)
    single = two_way_fe(rows, "y", names, THEIRS[design.effects])
    assert_equal(found.coef[0], single.coef.to_numpy(), single.classical["se"].to_numpy())
    for kind in ("classical", "clustered"):
        expected = getattr(single, f"cov_{kind}").to_numpy()
        assert_equal(found.cov(kind)[0], expected, np.sqrt(np.diag(expected)))
        p = getattr(single, kind)["p"].to_numpy()
        assert np.abs(found.p(kind)[0] - p).max() < EXACT
    assert found.df_resid[0] == single.df_resid
    assert abs(found.rss[0] / single.rss - 1) < EXACT


@settings(quick, max_examples=100)
@given(designs(), st.randoms(use_true_random=False))
def test_order_units_and_absent_cells_do_not_matter(design, random):
    assume(estimable(design))
    found = batched.fit(design.y, design.x, design.present, design.effects)
    cities = list(range(design.y.shape[1]))
    years = list(range(design.y.shape[2]))
    random.shuffle(cities)
    random.shuffle(years)
    cells = design.cells
    y = np.where(cells, -7.0 * design.y, np.nan)[:, cities][:, :, years]
    x = np.where(cells[:, None], 1e3 * design.x, np.inf)[:, ::-1, cities][..., years]
    moved = batched.fit(y, x, cells[:, cities][:, :, years], design.effects)
    for kind in ("classical", "hc1", "clustered"):
        se, expected = moved.se(kind)[:, ::-1] * 1e3 / 7.0, found.se(kind)
        assert np.abs(se / expected - 1).max() < EXACT
        t = moved.coef[:, ::-1] / moved.se(kind)[:, ::-1]
        assert np.abs(t + found.coef / expected).max() < EXACT * (1 + np.abs(t).max())


def test_the_designs_hold_every_kind():
    """Otherwise the tests above might have compared less than they say."""
    seen = Counter()

    @settings(quick, max_examples=400)
    @given(designs())
    def look(design):
        if estimable(design):
            seen[design.effects, design.present is None, design.x.shape[1]] += 1

    look()
    for effects in THEIRS:
        for balanced in (True, False):
            kinds = [key for key in seen if key[:2] == (effects, balanced)]
            assert len(kinds) >= 2
            assert sum(seen[key] for key in kinds) >= 3
