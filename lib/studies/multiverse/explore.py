"""Every admitted specification, estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
    city: np.ndarray
    year: np.ndarray
    code: np.ndarray

    def cells(self, effects: Effects = "twoway", y: np.ndarray | None = None) -> Cells:
        """Cross-products of the regressors with `y`, by default the two outcomes."""
        return Cells.of(self.y if y is None else y, self.x, self.city, self.year, effects)

    def regressions(self) -> Iterator[tuple[str, str, list[str]]]:
        """Agglomeration, product and names of regressors of each regression."""
        for ia, product, controls in register.regressions(self.column):
            if controls != self.controls or ia not in self.names:
                continue
            main = [] if product == "alone" else ["LM", ia]
            extra = {"none": [], "centred": [f"{ia} centred"]}.get(product, [f"{ia} product"])
            yield ia, product, [*main, *extra, *register.CONTROLS_OF[controls]]


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
        key = (group.column, group.mobility, group.controls, group.names[1])
        key += (group.code.tobytes(), group.year.tobytes(), group.x[:, 0].tobytes())
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


def _size(group: Group) -> int:
    each = [len(register.terms(group.column, product)) for _, product, _ in group.regressions()]
    return len(OUTCOMES) * sum(each)


def _estimated(group: Group) -> Iterator[dict[str, object]]:
    cells = group.cells()
    for ia, product, names in group.regressions():
        fit = cells.fit([group.names.index(name) for name in names])
        for term in register.terms(group.column, product):
            name = {"IA": ia, "LM_IA": f"{ia} product"}.get(term, term)
            if product == "centred" and term == "LM_IA":
                continue
            at = names.index(name)
            for place, outcome in enumerate(OUTCOMES):
                yield {
                    "column": group.column, "mobility": group.mobility, "outcome": outcome,
                    "k": group.k, "agglomeration": ia, "product": product,
                    "controls": group.controls, "period": group.period, "sample": group.sample,
                    "term": term, "coef": fit.coef[at, place], "nobs": cells.nobs,
                    "cities": cells.cities, "df": fit.df_resid,
                    "se_jackknife": fit.jackknife[at, place],
                    "se_clustered": fit.clustered[at, place],
                    "se_classical": fit.classical[at, place],
                }  # fmt: skip


def groups(data: pd.DataFrame, columns: tuple[Column, ...] = COLUMNS) -> Iterator[Group]:
    """Sets of specifications that share their rows; those without a row are not there."""
    for sample in register.options("sample"):
        frame = sample_rows(data, sample)
        for column in columns:
            for period in register.options("period"):
                if not register.admitted(column=column.key, period=period):
                    continue
                part = frame[frame["year"].between(*years(column, period))]
                if column.reach is not None:
                    part = part[part["reach"].eq(column.reach)]
                for mobility in register.options("mobility"):
                    for k in register.options("k"):
                        of_lm = part.assign(LM=part[register.SERIES[k].format(mobility)])
                        yield from _groups(of_lm, column.key, mobility, k, period, sample)


def _groups(
    part: pd.DataFrame, key: str, mobility: str, k: str, period: str, sample: str
) -> Iterator[Group]:
    by_controls: dict[tuple[str, bool], list[str]] = {}
    for ia, _, controls in register.regressions(key):
        # Employment is missing where sector shares are not, and so has rows of its own.
        measures = by_controls.setdefault((controls, ia == "employment"), [])
        if ia not in measures:
            measures.append(ia)
    for (controls, _), measures in by_controls.items():
        own = register.CONTROLS_OF[controls]
        used = connected(part.dropna(subset=["LM", *measures, *own]))
        if used.empty:
            continue
        lm, ia = used["LM"].to_numpy(), used[measures].to_numpy()
        product = lm[:, None] * ia
        centred = (lm - lm.mean())[:, None] * (ia - ia.mean(axis=0))
        names = ["LM", *measures, *(f"{m} product" for m in measures)]
        names += [*(f"{m} centred" for m in measures), *own]
        yield Group(
            key, mobility, k, controls, period, sample, tuple(names),
            y=used[list(OUTCOMES)].to_numpy(),
            x=np.column_stack([lm, ia, product, centred, used[list(own)]]),
            city=np.unique(used["city_code"], return_inverse=True)[1],
            year=np.unique(used["year"], return_inverse=True)[1],
            code=used["city_code"].to_numpy(),
        )  # fmt: skip


def years(column: Column, period: str) -> tuple[int, int]:
    """First and last year of a column; 2016 moves with the period's option."""
    if period == "headings" or column.table != 2:
        return column.years
    first, last = column.years
    return (first, last - 1) if last == 2016 else (first - 1, last)


def connected(frame: pd.DataFrame) -> pd.DataFrame:
    """Without cities and years of one row, as :func:`lib.specifications.connected`."""
    while len(frame):
        alone = ~frame.duplicated("city_code", keep=False) | ~frame.duplicated("year", keep=False)
        if not alone.any():
            break
        frame = frame[~alone]
    return frame


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
