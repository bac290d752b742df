"""One specification of the multiverse by another road: :mod:`lib.estimation` and linearmodels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel import RandomEffects
from linearmodels.panel.covariance import DriscollKraay
from linearmodels.panel.data import PanelData

from lib import multiverse_register as register
from lib.batched import rule_of_thumb
from lib.estimation import Effects, Estimate, random_effects, two_way_fe
from lib.multiverse_rows import CONTROLS_OF, in_scope, sample_rows

_FIXED: dict[str, Effects] = {"twoway": "twoway", "city": "entity", "pooled": "none"}


def through_linearmodels(
    row: pd.Series, data: pd.DataFrame, rows: pd.DataFrame | None = None
) -> pd.Series:
    """One coefficient estimated by :mod:`lib.estimation` and ``linearmodels``.

    The variables are built row by row (the centred product is a product of centred variables), and
    nothing is shared with :func:`lib.multiverse.run` but the samples and the definitions of IA.

    Parameters
    ----------
    row : Series
        ``scope``, every choice and ``term``, as a row of :func:`lib.multiverse.run`.
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    rows : DataFrame, optional
        :func:`lib.multiverse_rows.sample_rows` of `data` and the row's sample, if at hand.

    Returns
    -------
    Series
        ``coef, nobs, cities, years, t, df``: the last two for the row's kind of errors.
    """
    if rows is None:
        rows = sample_rows(data, row["sample"])
    if row["scope"] == "change":
        before, after = (
            _Single.of(rows[in_scope(rows, period)], row) for period in register.PERIODS
        )
        return _change(before, after, row["errors"])
    single = _Single.of(rows[in_scope(rows, row["scope"])], row)
    return pd.concat([single.counts(), single.test(row["errors"])])


@dataclass(frozen=True)
class _Single:
    """One regression, and the coefficient that is asked for."""

    estimate: Estimate
    used: pd.DataFrame
    term: str
    effects: str

    @classmethod
    def of(cls, rows: pd.DataFrame, row: pd.Series) -> _Single:
        y, controls, product = row["outcome"], CONTROLS_OF[row["controls"]], row["product"]
        variables = rows.assign(lm=rows[row["mobility"]], ia=rows[f"ia_{row['agglomeration']}"])
        used = variables.dropna(subset=["lm", "ia", y, *controls])
        factors = used[["lm", "ia"]]
        if product in ("centred", "alone_centred"):
            factors = factors - factors.mean()
        used = used.assign(**factors, lm_ia=factors["lm"] * factors["ia"])
        main = {"none": ("lm", "ia"), "alone": ("lm_ia",), "alone_centred": ("lm_ia",)}
        x = [*main.get(product, ("lm", "ia", "lm_ia")), *controls]
        if row["effects"] == "random":
            found = random_effects(used, y, x)
        else:
            found = two_way_fe(used, y, x, effects=_FIXED[row["effects"]])
        return cls(found, used, row["term"], row["effects"])

    def counts(self) -> pd.Series:
        found = self.estimate
        years = len(found.years)
        counts = {"nobs": found.nobs, "cities": found.n_entities, "years": years}
        return pd.Series({"coef": found.coef[self.term], **counts})

    def test(self, errors: str) -> pd.Series:
        found = self.estimate
        if errors == "classical":
            return pd.Series({"t": found.classical.loc[self.term, "t"], "df": found.df_resid})
        if errors == "clustered":
            return pd.Series({"t": found.clustered.loc[self.term, "t"], "df": found.n_clusters - 1})
        freed, residuals = self._freed()
        years = pd.factorize(freed.index.get_level_values(1), sort=True)[0][:, None]
        n, slopes, count = len(freed), freed.shape[1], len(found.years)
        # Given the residuals as y and slopes of zero, so that they are not computed again.
        cov = DriscollKraay(
            residuals[:, None], freed.to_numpy(), np.zeros((slopes, 1)), years, years,
            debiased=True, extra_df=found.n_entities if self.effects in ("twoway", "city") else 1,
            bandwidth=rule_of_thumb(count),
        ).cov  # fmt: skip
        variance = np.diag(cov)[found.x.index(self.term)] * count / (count - 1) * (n - 1) / n
        return pd.Series({"t": found.coef[self.term] / np.sqrt(variance), "df": count - 1})

    def contributions(self) -> tuple[float, pd.Series]:
        """Sum of squared weights that make the coefficient; cities' sums of weights x residuals."""
        freed, residuals = self._freed()
        weights = np.linalg.pinv(freed.to_numpy())[self.estimate.x.index(self.term)]
        by_city = pd.Series(weights * residuals, freed.index).groupby(level=0).sum()
        return float(weights @ weights), by_city

    def nuisances(self) -> int:
        """Coefficients that the clustered variance counts."""
        years = len(self.estimate.years) if self.effects in ("twoway", "random") else 1
        return years + len(self.estimate.x)

    def _freed(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Regressors freed of the effects, and the residuals."""
        y, x = self.estimate.y, list(self.estimate.x)
        columns = self.used.set_index(["city_code", "year"])[[y, *x]].astype(float)
        if self.effects == "random":
            net = self._quasi_demeaned(columns, y, x)
        elif self.effects == "pooled":
            net = columns - columns.mean()
        else:
            group: Any = {"twoway": "both", "city": "entity"}[self.effects]
            net = PanelData(columns).demean(group).dataframe.set_axis(columns.index, axis=0)
        slopes = np.linalg.lstsq(net[x].to_numpy(), net[y].to_numpy(), rcond=None)[0]
        return net[x], net[y].to_numpy() - net[x].to_numpy() @ slopes

    @staticmethod
    def _quasi_demeaned(columns: pd.DataFrame, y: str, x: list[str]) -> pd.DataFrame:
        dummies = pd.get_dummies(columns.index.get_level_values(1), dtype=float).iloc[:, 1:]
        fixed = dummies.assign(constant=1.0).add_prefix("dummy ").set_axis(columns.index, axis=0)
        theta = RandomEffects(columns[y], columns[x].join(fixed)).fit().theta["theta"]
        every = columns.join(fixed)
        share = theta.loc[every.index.get_level_values(0)].to_numpy()[:, None]
        every = every - share * every.groupby(level=0).transform("mean")
        dummy, net = every[list(fixed)].to_numpy(), every[[y, *x]]
        return net - dummy @ np.linalg.lstsq(dummy, net.to_numpy(), rcond=None)[0]


def _change(before: _Single, after: _Single, errors: str) -> pd.Series:
    """The coefficient of the second less the first, the two regressions side by side."""
    one, two = before.estimate, after.estimate
    (variance_one, cities_one), (variance_two, cities_two) = (
        single.contributions() for single in (before, after)
    )
    cities = cities_two.sub(cities_one, fill_value=0.0)
    n, clusters = one.nobs + two.nobs, len(cities)
    if errors == "classical":
        df = one.df_resid + two.df_resid
        variance = (one.rss + two.rss) / df * (variance_one + variance_two)
    else:
        df = clusters - 1
        scale = clusters / df * (n - 1) / (n - before.nuisances() - after.nuisances())
        variance = scale * float(cities @ cities)
    difference = after.counts()["coef"] - before.counts()["coef"]
    years = len(one.years) + len(two.years)
    counts = {"coef": difference, "nobs": n, "cities": clusters, "years": years}
    return pd.Series(counts | {"t": difference / np.sqrt(variance), "df": df})
