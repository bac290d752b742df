"""Every admitted specification, estimated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from lib import indicators, panel
from lib.specifications import COLUMNS, FLOW, Column, rows
from lib.studies.multiverse import register
from lib.studies.multiverse.fit import Cells, Effects

KINDS = ("jackknife", "clustered", "classical")
KEY = (
    "column", "mobility", "outcome", "k", "agglomeration", "product", "controls", "period",
    "sample", "term",
)  # fmt: skip
OUTCOMES = ("reg", "log_reg")
_KEPT = (*OUTCOMES, "city_code", "year")
_WITHOUT = {"no_steps": "steps", "no_boundary": "boundary", "neither": "both"}
_SHARES = ["share_primary", "share_secondary", "share_tertiary"]


@dataclass(frozen=True)
class Multiverse:
    """All specifications.

    Attributes
    ----------
    estimates : DataFrame
        A row per specification and printed term: ``column, mobility, outcome, k, agglomeration,
        product, controls, period, sample, term``; ``coef``, ``r`` (partial correlation), ``nobs,
        cities, df``; ``se_<kind>, p_<kind>`` for jackknife, clustered and classical.
    duplicates : int
        Rows that were left out: the same regression on the same rows and the same LM.
    """

    estimates: pd.DataFrame
    duplicates: int

    def of(self, column: str, term: str, mobility: str, outcome: str) -> pd.DataFrame:
        """The specifications of one claim and estimand."""
        rows = self.estimates
        return rows[
            rows["column"].eq(column) & rows["term"].eq(term)
            & rows["mobility"].eq(mobility) & rows["outcome"].eq(outcome)
        ]  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Specifications that share their rows: what they are, their columns, their cells.

    ``y`` holds the two outcomes, ``x`` the regressors in the order of ``names``.
    """

    column: str
    mobility: str
    k: str
    controls: str
    period: str
    sample: str
    names: tuple[str, ...]
    y: np.ndarray
    x: np.ndarray
    code: np.ndarray
    when: np.ndarray

    def cells(self, effects: Effects = "twoway", y: np.ndarray | None = None) -> Cells:
        """Cross-products of the regressors with `y`, by default the two outcomes."""
        city, year = (np.unique(each, return_inverse=True)[1] for each in (self.code, self.when))
        return Cells.of(self.y if y is None else y, self.x, city, year, effects)

    def regressions(self) -> Iterator[tuple[str, str, list[str]]]:
        """Agglomeration, product and names of regressors of each regression."""
        for ia, form, controls in register.regressions(self.column):
            if controls != self.controls or ia not in self.names:
                continue
            main = [] if form == "alone" else ["LM", ia]
            extra = {"none": [], "centred": [f"{ia} centred"]}.get(form, [f"{ia} product"])
            yield ia, form, [*main, *extra, *register.CONTROLS_OF[controls]]


def explore(data: pd.DataFrame) -> Multiverse:
    """Estimate every admitted specification with city and year effects.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    """
    kept, seen, duplicates = [], set(), 0
    for group in groups(data):
        # Options that leave out nothing here: the first in the register's order stands.
        key = signature(group)
        found = list(_estimated(group)) if key not in seen else []
        duplicates += 0 if found else _size(group)
        seen.add(key)
        kept += found
    estimates = pd.DataFrame(kept)
    for kind in KINDS:
        df = estimates["df"] if kind == "classical" else estimates["cities"] - 1
        t = estimates["coef"] / estimates[f"se_{kind}"]
        estimates[f"p_{kind}"] = 2 * stats.t.sf(np.abs(t), df)
    t = estimates["coef"] / estimates["se_classical"]
    estimates.insert(len(KEY) + 1, "r", t / np.sqrt(t**2 + estimates["df"]))
    return Multiverse(estimates, duplicates)


def signature(group: Group) -> tuple[object, ...]:
    """What two groups share where one repeats the other: rows, LM, and the choices of regressors."""
    own = (group.code.tobytes(), group.when.tobytes(), group.x[:, 0].tobytes())
    return (group.column, group.controls, group.names[1], *own)


def _size(group: Group) -> int:
    each = [len(register.terms(group.column, form)) for _, form, _ in group.regressions()]
    return len(OUTCOMES) * sum(each)


def _estimated(group: Group) -> Iterator[dict[str, object]]:
    cells = group.cells()
    for ia, form, names in group.regressions():
        fit = cells.fit([group.names.index(name) for name in names])
        for term in register.terms(group.column, form):
            name = {"IA": ia, "LM_IA": f"{ia} product"}.get(term, term)
            at = names.index(name)
            for place, outcome in enumerate(OUTCOMES):
                yield {
                    "column": group.column, "mobility": group.mobility, "outcome": outcome,
                    "k": group.k, "agglomeration": ia, "product": form,
                    "controls": group.controls, "period": group.period, "sample": group.sample,
                    "term": term, "coef": fit.coef[at, place], "nobs": cells.nobs,
                    "cities": cells.cities, "df": fit.df_resid,
                    "se_jackknife": fit.jackknife[at, place],
                    "se_clustered": fit.clustered[at, place],
                    "se_classical": fit.classical[at, place],
                }  # fmt: skip


def groups(data: pd.DataFrame, columns: Sequence[Column] = COLUMNS) -> Iterator[Group]:
    """Sets of specifications that share their rows; those without a row are not there."""
    for sample in register.options("sample"):
        frame = sample_rows(data, sample)
        values = {name: frame[name].to_numpy() for name in frame}
        for column, period in product(columns, register.options("period")):
            if not register.admitted(column=column.key, period=period):
                continue
            first, last = years(column, period)
            within = (values["year"] >= first) & (values["year"] <= last)
            if column.reach is not None:
                within &= values["reach"] == column.reach
            for mobility, k in product(register.options("mobility"), register.options("k")):
                lm = register.SERIES[k].format(mobility)
                for controls, measures in _sets(column.key):
                    names = [lm, *measures, *register.CONTROLS_OF[controls]]
                    complete = [np.isfinite(values[name]) for name in names]
                    at = connected(np.logical_and.reduce([within, *complete]), values)
                    if len(at):
                        kept = {name: values[name][at] for name in _KEPT + tuple(names)}
                        kept["LM"] = kept.pop(lm)
                        key = (column.key, mobility, k, controls, period, sample)
                        yield _group(key, kept, measures)


@cache
def _sets(key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Controls, and measures of IA that have the same rows; employment has rows of its own."""
    found: dict[tuple[str, bool], dict[str, None]] = {}
    for ia, _, controls in register.regressions(key):
        found.setdefault((controls, ia == "employment"), {})[ia] = None
    return tuple((controls, tuple(measures)) for (controls, _), measures in found.items())


def _group(
    key: tuple[str, str, str, str, str, str], kept: dict[str, np.ndarray], measures: tuple[str, ...]
) -> Group:
    lm, ia = kept["LM"], np.column_stack([kept[name] for name in measures])
    products = lm[:, None] * ia
    centred = (lm - lm.mean())[:, None] * (ia - ia.mean(axis=0))
    own = register.CONTROLS_OF[key[3]]
    names = ["LM", *measures, *(f"{m} product" for m in measures)]
    names += [*(f"{m} centred" for m in measures), *own]
    return Group(
        *key,
        names=tuple(names),
        y=np.column_stack([kept[name] for name in OUTCOMES]),
        x=np.column_stack([lm, ia, products, centred, *(kept[name] for name in own)]),
        code=kept["city_code"],
        when=kept["year"],
    )


def years(column: Column, period: str) -> tuple[int, int]:
    """First and last year of a column; 2016 moves with the period's option."""
    if period == "headings" or column.table != 2:
        return column.years
    first, last = column.years
    return (first, last - 1) if last == 2016 else (first - 1, last)


def connected(keep: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Places of the rows to keep, without cities and years that have one row."""
    at = np.flatnonzero(keep)
    while len(at):
        alone = np.zeros(len(at), dtype=bool)
        for name in ("city_code", "year"):
            _, group, size = np.unique(values[name][at], return_inverse=True, return_counts=True)
            alone |= size[group] == 1
        if not alone.any():
            break
        at = at[~alone]
    return at


def sample_rows(data: pd.DataFrame, sample: str) -> pd.DataFrame:
    """The city-years of a sample, every series for LM, and IA under each option's name.

    IA is computed before city-years are left out, so that a city is compared with the same Belt.

    Raises
    ------
    lib.panel.DataError
        There is no such sample.
    """
    if sample not in register.options("sample"):
        raise panel.DataError(f"sample: found {sample!r}; expected one of the register's")
    frame = data
    if sample in ("listed94", "delta41"):
        frame = panel.sample(data, sample)
    elif sample == "no_municipalities":
        frame = data[~data["province"].isin(["Shanghai", "Chongqing"])]
    made = {name: agglomeration(frame, name) for name in register.options("agglomeration")}
    series = [series.format(m) for series in register.SERIES.values() for m in ("flow", "stock")]
    kept = ["city_code", "year", "reg", *series, *made]
    named = frame.assign(log_reg=np.log(frame["reg"]), **made)[[*kept, "log_reg"]]
    base = rows(frame, replace(FLOW, without=_WITHOUT.get(sample, "")))  # type: ignore[arg-type]
    if sample == "no_flags":
        base = base[base["flags"].eq("")]
    return base.drop(columns=["REG", "LM", "IA", "LM_IA"]).merge(named, on=["city_code", "year"])


def agglomeration(frame: pd.DataFrame, option: str) -> pd.Series:
    """IA of a sample, by an option of the register.

    ``secondary, tertiary``: equation (4), mean 1; ``mean``: its mean over the three sectors;
    ``hoover``: half the sum over sectors of the absolute differences between a city's shares and
    the sample's mean shares of the year; ``employment``: over the sample's mean of the year.
    """
    if option in ("secondary", "tertiary"):
        return indicators.ia(frame, share=f"share_{option}", scaled=True)
    if option == "mean":
        return sum(indicators.ia(frame, share=share, scaled=True) for share in _SHARES) / 3  # type: ignore[return-value]
    if option == "hoover":
        usual = frame[_SHARES].groupby(frame["year"]).transform("mean")
        return (frame[_SHARES] - usual).abs().sum(axis=1, min_count=3) / 2
    return frame["te"] / frame["te"].groupby(frame["year"]).transform("mean")
