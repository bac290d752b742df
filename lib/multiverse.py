"""Every admitted specification of the paper's claims, estimated at once.

The specifications of one sample, scope, measure of LM and set of controls use the same rows, so
they are columns of one array.  The effects are removed from the columns once (Frisch, Waugh and
Lovell); every regression is then a block of one matrix of cross-products, and the score of a
coefficient in a city or year, which clustered and Driscoll-Kraay errors are made of, is a sum over
that city or year of two linear combinations of the columns.  On any single specification the
result is that of :mod:`lib.estimation`; :func:`through_linearmodels` computes it there.

Conventions of errors are those of :mod:`lib.batched`.  With random effects, which it does not
have, the columns are freed of the quasi-demeaned year dummies and constant; these cost T degrees
of freedom, of which Driscoll and Kraay's scale counts the constant only.

A change at 2016 is the slope of 2017-2023 less that of 2008-2016, from the two regressions side by
side: classical errors pool the two error variances, clusters are cities over both periods, and the
degrees of freedom of both add up.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import special
from tqdm import tqdm

from lib import multiverse_register as register
from lib import panel
from lib.batched import bartlett
from lib.multiverse_fit import Block, Plan, Rows, difference
from lib.multiverse_rows import CONTROLS_OF, OUTCOMES, in_scope, sample_rows
from lib.multiverse_single import through_linearmodels as through_linearmodels


@dataclass(frozen=True)
class Multiverse:
    """All estimates, and by city what the bootstrap of the curve needs.

    Attributes
    ----------
    estimates : DataFrame
        A row per specification and term, in the order of the register: ``scope``, the choices but
        ``errors``, ``term`` (categorical); ``coef`` (units of the option of REG per unit of the
        term), ``r`` (partial correlation), ``nobs``, ``cities``, ``years``; for each kind of errors
        ``t_<kind>``, ``df_<kind>`` and ``p_<kind>``, NaN where it is excluded.
    scores : array (rows, cities), float32
        Contribution of a city to the coefficient when the coefficient is zero by the null:
        residuals of the regression without it times the weights.  A row adds up to ``coef``.
    leverage : array (rows, cities), float32
        Share of the city in the variance of the regressor, freed of the others; adds up to 1.
    scale : array (rows,)
        Small-sample factor of the clustered variance.
    per_coef : array (rows,)
        ``r / coef``: it turns a coefficient under the null into a partial correlation.
    ratio : array (rows,)
        How much larger or smaller the clustered variance of a draw under the null is, on average
        over all signs, if all coefficients are estimated anew and not the term's alone; see
        :meth:`lib.multiverse_fit.Block.ratio`.
    """

    estimates: pd.DataFrame
    scores: np.ndarray = field(repr=False)
    leverage: np.ndarray = field(repr=False)
    scale: np.ndarray = field(repr=False)
    per_coef: np.ndarray = field(repr=False)
    ratio: np.ndarray = field(repr=False)

    def long(self) -> pd.DataFrame:
        """A row per specification, term and kind of errors, with ``errors, t, df, p``."""
        kinds = register.options("errors")
        common = [c for c in self.estimates if not c.startswith(("t_", "df_", "p_"))]
        parts = []
        for code, kind in enumerate(kinds):
            given = self.estimates[f"t_{kind}"].notna()
            part = self.estimates.loc[given, common]
            named = pd.Categorical.from_codes(np.full(len(part), code), kinds)
            figures = {x: self.estimates.loc[given, f"{x}_{kind}"] for x in ("t", "df", "p")}
            parts.append(part.assign(errors=named, **figures))
        found = pd.concat(parts)
        order = np.lexsort([found["errors"].cat.codes, found.index])
        return found.iloc[order].reset_index(drop=True)

    def of(self, scope: str, term: str) -> np.ndarray:
        """Positions of the rows that a claim is about."""
        rows = self.estimates
        return np.flatnonzero(rows["scope"].eq(scope) & rows["term"].eq(term))


def run(data: pd.DataFrame, progress: bool | None = None) -> pd.DataFrame:
    """Estimate every admitted specification.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    progress : bool, optional
        Show a bar; by default where the error stream is a terminal.

    Returns
    -------
    DataFrame
        :meth:`Multiverse.long`: a row per specification, term and kind of errors.
    """
    return explore(data, progress).long()


def explore(data: pd.DataFrame, progress: bool | None = None) -> Multiverse:
    """As :func:`run`, with what the bootstrap of the curve needs.

    Raises
    ------
    lib.panel.DataError
        An admitted specification cannot be estimated; the message names its rows.
    """
    cities = pd.Index(np.sort(data["city_code"].unique()))
    years = pd.Index(np.sort(data["year"].unique()))
    groups, store = _groups(), _Store(len(cities))
    hidden = not (sys.stderr.isatty() if progress is None else progress)
    with tqdm(total=len(groups), disable=hidden, desc="multiverse", unit="panel") as bar:
        for sample in register.options("sample"):
            cube = _Cube.of(data, sample, cities, years)
            for group in (g for g in groups if g.sample == sample):
                _estimate(cube, group, store)
                bar.update()
    return store.assembled()


@dataclass(frozen=True)
class _Group:
    """Specifications that use the same rows; two sets of them for a change."""

    scope: str
    sample: str
    mobility: str
    controls: str
    measures: tuple[str, ...]


@cache
def _groups() -> tuple[_Group, ...]:
    shared = ["scope", "sample", "mobility", "controls"]
    frame = register.universe()[[*shared, "agglomeration"]].drop_duplicates()
    found: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for scope, sample, mobility, controls, option in frame.itertuples(index=False):
        # Employment is missing where sector shares are not, and so has rows of its own.
        key = scope, sample, mobility, controls, option == "employment"
        found.setdefault(key, []).append(option)
    order = register.options("agglomeration").index
    return tuple(
        _Group(scope, sample, mobility, controls, tuple(sorted(options, key=order)))
        for (scope, sample, mobility, controls, _), options in found.items()
    )


def _estimate(cube: _Cube, group: _Group, store: _Store) -> None:
    scopes = register.PERIODS if group.scope == "change" else (group.scope,)
    try:
        fitted = [_fitted(cube, replace(group, scope=scope)) for scope in scopes]
    except (panel.DataError, np.linalg.LinAlgError) as error:
        raise panel.DataError(f"{group}: {error}") from error
    plan = fitted[0].plan
    chosen = np.isin(plan.term, _plan(group).term)
    for effects in register.options("effects"):
        blocks = [each.blocks[effects] for each in fitted]
        change = group.scope == "change"
        block = difference(blocks[0], blocks[1], store.cities) if change else blocks[0]
        store.put(group, effects, plan, block, chosen)


def _plan(group: _Group) -> Plan:
    return Plan.of(group.scope, group.controls, len(group.measures))


@dataclass(frozen=True)
class _Fitted:
    plan: Plan
    blocks: Mapping[str, Block]


def _fitted(cube: _Cube, group: _Group) -> _Fitted:
    """All regressions of a group; those of a period are kept, since the change asks for them."""
    found = cube.periods.pop(group, None)
    if found is None:
        names = [f"ia_{option}" for option in group.measures]
        names = [*OUTCOMES, group.mobility, *names, *CONTROLS_OF[group.controls]]
        columns = np.stack([cube.values[name] for name in names])
        present = cube.scopes[group.scope] & np.isfinite(columns).all(axis=0)
        rows = Rows(columns, present, _plan(group))
        found = _Fitted(rows.plan, rows.blocks())
        if group.scope in register.PERIODS:
            cube.periods[group] = found
    return found


class _Store:
    """Results in the order of the register, each written where it belongs."""

    def __init__(self, cities: int) -> None:
        self.cities = cities
        self.rows = register.coefficients()
        codes = {name: self.rows[name].cat.codes.to_numpy() for name in self.rows}
        self.keys = register.numbered(codes)
        self.figures: dict[str, np.ndarray] = {}
        shape = len(self.rows), cities
        self.scores, self.leverage = (np.zeros(shape, dtype=np.float32) for _ in range(2))

    def put(
        self, group: _Group, effects: str, plan: Plan, block: Block, chosen: np.ndarray
    ) -> None:
        """Write the `chosen` coefficients of a block, for both outcomes."""
        measures = [register.options("agglomeration").index(o) for o in group.measures]
        fixed = {"scope": group.scope, "mobility": group.mobility, "controls": group.controls}
        fixed |= {"sample": group.sample, "effects": effects}
        codes: dict[str, Any] = {
            name: register.options(name).index(option) for name, option in fixed.items()
        }
        codes["agglomeration"] = np.array(measures)[plan.measure[chosen], None]
        codes |= {"product": plan.product[chosen, None], "term": plan.term[chosen, None]}
        at = np.searchsorted(self.keys, register.numbered(codes | {"outcome": np.arange(2)}))
        for name, figure in _figures(block, group.scope).items():
            if name not in self.figures:
                self.figures[name] = np.full(len(self.rows), np.nan)
            figure = np.broadcast_to(figure, block.coef.shape)
            self.figures[name][at] = figure[chosen]
        cities = slice(None) if block.city.shape[2] == self.cities else block.cities
        place = at if isinstance(cities, slice) else (at[..., None], cities)
        self.scores[place] = block.scores()[chosen]
        self.leverage[place] = block.leverage[chosen]

    def assembled(self) -> Multiverse:
        figures = self.figures
        t, df = figures["t_classical"], figures["df_classical"]
        columns = {"coef": figures["coef"], "r": t / np.sqrt(t**2 + df)}
        columns |= {name: figures[name].astype(int) for name in ("nobs", "cities", "years")}
        for kind in register.options("errors"):
            t, df = figures[f"t_{kind}"], figures[f"df_{kind}"]
            p = 2 * special.stdtr(df, -np.abs(t))
            columns |= {f"t_{kind}": t, f"df_{kind}": df, f"p_{kind}": p}
        rest = (figures[name] for name in ("scale", "per_coef", "ratio"))
        return Multiverse(self.rows.assign(**columns), self.scores, self.leverage, *rest)


def _figures(block: Block, scope: str) -> dict[str, Any]:
    """What is kept of a block: arrays (J, 2), or what stands for them."""
    coef, variance = block.coef, block.variance
    clusters, n, years = len(block.cities), block.nobs, block.years
    scale = (clusters / (clusters - 1) * (n - 1) / block.df_city)[:, None]
    found = {
        "coef": coef,
        "nobs": n,
        "cities": clusters,
        "years": years,
        "t_classical": coef / np.sqrt(block.rss / block.df[:, None] * variance),
        "df_classical": block.df[:, None],
        "t_clustered": coef / np.sqrt(scale * (block.city**2).sum(axis=2)),
        "df_clustered": clusters - 1,
        "t_driscoll_kraay": np.nan,
        "df_driscoll_kraay": np.nan,
        "scale": scale,
        "ratio": block.ratio(),
        # The restricted residual sum of squares is rss + coef^2 / variance.
        "per_coef": 1 / np.sqrt(coef**2 + block.rss * variance),
    }
    if "driscoll_kraay" in register.admitted_errors(scope):
        meat = ((block.year @ bartlett(years)) * block.year).sum(axis=2)
        by_year = years / (years - 1) * (n - 1) / block.df_year[:, None]
        found["t_driscoll_kraay"] = coef / np.sqrt(by_year * meat)
        found["df_driscoll_kraay"] = years - 1
    return found


@dataclass(frozen=True)
class _Cube:
    """A sample as one array a column, over all cities and years; NaN where a row is left out."""

    values: dict[str, np.ndarray]
    scopes: dict[str, np.ndarray]
    periods: dict[_Group, _Fitted] = field(default_factory=dict)

    @classmethod
    def of(cls, data: pd.DataFrame, sample: str, cities: pd.Index, years: pd.Index) -> _Cube:
        rows = sample_rows(data, sample)
        at = cities.get_indexer(rows["city_code"]), years.get_indexer(rows["year"])
        measures = [f"ia_{option}" for option in register.options("agglomeration")]
        columns = [*OUTCOMES, *register.options("mobility"), *measures, *CONTROLS_OF["seven"]]
        values, scopes = {}, {}
        for name in columns:
            values[name] = np.full((len(cities), len(years)), np.nan)
            values[name][at] = rows[name].to_numpy(dtype=float)
        for scope in register.SCOPES:
            scopes[scope] = np.zeros((len(cities), len(years)), dtype=bool)
            scopes[scope][at] = in_scope(rows, scope).to_numpy()
        return cls(values, scopes)
