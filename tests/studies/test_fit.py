"""Many regressions at once, against least squares on dummies, run again without each cluster."""

import numpy as np
import pandas as pd
import pytest
from written_out import dummies

from lib.panel import DataError
from lib.resampling.kernel import Layout
from studies.multiverse.fit import Cells, Shared

N, T = 14, 9
PROVINCE = np.arange(N) % 4
START = np.linspace(1, 2, N) ** 2


@pytest.fixture(scope="module")
def panel():
    """Four regressors of unlike sizes, two outcomes, holes, and a year that three cities have."""
    rng = np.random.default_rng(3)
    present = rng.random((N, T)) < 0.8
    present[:3, 1], present[3:, 1], present[:, 0] = True, False, False
    scale = np.array([1, 100, 0.01, 1])[:, None, None]
    x = rng.normal(size=(4, N, T)) * scale + 5
    return x, rng.normal(size=(2, N, T)) + x[:1], Layout.of(present)


def by_dummies(effects, x, y, present):
    city, year = np.nonzero(present)
    frame = pd.DataFrame({"city": city, "year": 2008 + year, "START": START[city]})
    columns = np.column_stack([x[:, city, year].T, dummies(frame, effects)])
    slopes, _, rank, _ = np.linalg.lstsq(columns, y[:, city, year].T, rcond=1e-12)
    return slopes[: len(x)], y[:, city, year].T - columns @ slopes, rank, city, columns


@pytest.mark.parametrize("effects", ["twoway", "start", "trend", "entity", "none"])
def test_slopes_and_errors(panel, effects):
    x, y, layout = panel
    present = layout.present[0]
    cells = Cells.of(x, y, Shared.of(layout, effects, START, PROVINCE))
    asked = np.array([[0, 2], [1, 3]])
    found, df = cells.fit(asked)
    for place, names in enumerate(asked):
        slopes, residuals, rank, city, columns = by_dummies(effects, x[names], y, present)
        assert df == len(city) - rank
        effects_ = columns[:, 2:]
        net = columns[:, :2] - effects_ @ np.linalg.lstsq(effects_, columns[:, :2], rcond=1e-12)[0]
        bread = np.linalg.inv(net.T @ net)
        variance = (residuals**2).sum(axis=0) / df
        scores = np.stack([net[city == g].T @ residuals[city == g] for g in range(N)])
        # Means and lines of cities are nested in the clusters; the constant is counted once.
        nested = {"none": 0, "trend": 2 * N}.get(effects, N - 1)
        factor = N / (N - 1) * (len(city) - 1) / (len(city) - (rank - nested))
        wanted = {
            "coef": slopes,
            "se_classical": np.sqrt(np.diag(bread)[:, None] * variance),
            "se_clustered": np.sqrt(factor * ((bread @ scores) ** 2).sum(axis=0)),
        }
        for name, clusters in (("jackknife", np.arange(N)), ("province", PROVINCE)):
            left = [
                by_dummies(effects, x[names], y, present & (clusters != g)[:, None])[0]
                for g in np.unique(clusters)
            ]
            spread = ((np.stack(left) - slopes) ** 2).sum(axis=0)
            wanted[f"se_{name}"] = np.sqrt((len(left) - 1) / len(left) * spread)
        for name, values in wanted.items():
            assert found[name][place] == pytest.approx(values, rel=1e-9), name


def test_refusals(panel):
    x, y, layout = panel
    cells = Cells.of(np.stack([x[0], 2 * x[0], x[1]]), y, Shared.of(layout))
    with pytest.raises(DataError, match="collinear"):
        cells.fit(np.array([[0, 1]]))
    assert np.isnan(cells.fit(np.array([[0, 2]]))[0]["se_province"]).all()
    two = np.zeros((N, T), dtype=bool)
    two[:2, :2] = two[2:4, 2:4] = True
    with pytest.raises(DataError, match="no row connects"):
        Shared.of(Layout.of(two))
    few = Layout.of(np.arange(N)[:, None] < 2 + np.zeros(T))
    with pytest.raises(DataError, match="too few"):
        Cells.of(x[:, :, :], y, Shared.of(Layout.of(few.present & (np.arange(T) < 2)))).fit(
            np.array([[0, 2]])
        )
