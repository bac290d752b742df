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
from lib.resampling import kernel
from lib.specifications import COLUMNS, FIRST_YEAR, FLOW, LAST_YEAR, Column, rows
from lib.verdicts import ERRORS
from studies.multiverse import register
from studies.multiverse.fit import Cells

OUTCOMES = ("reg", "log_reg")
_KEY = ("column", "mobility", "k", "controls", "period", "sample")
_REPEAT = [*_KEY, "agglomeration", "product", "first"]
_SHARES = ["share_primary", "share_secondary", "share_tertiary"]


@dataclass(frozen=True)
class Multiverse:
    """All specifications.

    ``estimates`` has a row per specification and printed term: ``column, mobility, outcome, k,
    agglomeration, product, controls, period, sample, term``; ``coef``, ``r`` (partial correlation),
    ``nobs, cities, df``; ``se_<kind>, p_<kind>`` for jackknife, clustered and classical.
    ``repeats`` has what was left out, the same regression on the same rows and the same LM: the
    options of each, and ``first``, the sample that it repeats.
    """

    estimates: pd.DataFrame
    repeats: pd.DataFrame

    @property
    def duplicates(self) -> int:
        """Estimates that were left out."""
        left_out = zip(self.repeats["column"], self.repeats["product"], strict=True)
        return len(OUTCOMES) * sum(len(register.terms(*each)) for each in left_out)

    def of(self, column: str, term: str, mobility: str, outcome: str) -> pd.DataFrame:
        """The specifications of one printed cell and estimand."""
        wanted = {"column": column, "term": term, "mobility": mobility, "outcome": outcome}
        every = [self.estimates[name].eq(value) for name, value in wanted.items()]
        return self.estimates[np.logical_and.reduce(every)]


@dataclass(frozen=True)
class Group:
    """Specifications that share their rows.

    ``key`` has column, mobility, k, controls, period and sample; ``names`` are the regressors ``x``
    (X, N, T); ``layout`` says which cells are used.
    """

    key: tuple[str, str, str, str, str, str]
    names: list[str]
    x: np.ndarray
    y: np.ndarray
    layout: kernel.Layout

    @property
    def signature(self) -> tuple[object, ...]:
        """What two groups share where one repeats the other: regressors, rows and LM."""
        used = self.layout.present[0]
        lm = np.where(used, self.x[0], 0.0)
        return (self.key[0], self.key[3], self.names[1], used.tobytes(), lm.tobytes())

    def regressions(self) -> Iterator[tuple[str, str, dict[str, int]]]:
        """Agglomeration, product, and each regression's terms with their places in ``x``."""
        for controls, ia, form in register.regressions(self.key[0]):
            if controls != self.key[3] or ia not in self.names:
                continue
            main = {} if form == "alone" else {"LM": "LM", "IA": ia}
            last = {"none": {}, "centred": {"LM_IA": f"{ia} centred"}}
            chosen = main | last.get(form, {"LM_IA": f"{ia} product"})
            chosen |= {name: name for name in register.CONTROLS_OF[controls]}
            yield ia, form, {term: self.names.index(name) for term, name in chosen.items()}


def explore(
    data: pd.DataFrame,
    columns: Sequence[Column] = COLUMNS,
    only: Mapping[str, Sequence[str]] = {},
) -> Multiverse:
    """Estimate every admitted specification with city and year effects.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    columns : sequence of Column
        The printed columns whose specifications are wanted.
    only : mapping from "controls" or "agglomeration" to options
        The options that are wanted, where not all are.
    """
    parts: list[dict[str, object]] = []
    repeats: list[dict[str, str]] = []
    seen: dict[tuple[object, ...], tuple[str, ...]] = {}
    for group in groups(data, columns, only):
        # Options that leave out nothing here: the first in the register's order stands.
        first = seen.setdefault(group.signature, group.key)
        if first is group.key:
            parts += _estimated(group)
        else:
            own = dict(zip(_KEY, group.key, strict=True)) | {"first": first[-1]}
            assert first[:-1] == group.key[:-1], "only a sample can leave out nothing"
            repeats += [
                own | {"agglomeration": ia, "product": form} for ia, form, _ in group.regressions()
            ]
    found = pd.DataFrame(parts)
    for kind in ERRORS:
        df = found["df"] if kind == "classical" else found["cities"] - 1
        found[f"p_{kind}"] = 2 * stats.t.sf(np.abs(found["coef"] / found[f"se_{kind}"]), df)
    t = found["coef"] / found["se_classical"]
    estimates = found.assign(r=t / np.sqrt(t**2 + found["df"]))
    return Multiverse(estimates, pd.DataFrame(repeats, columns=_REPEAT))


def _estimated(group: Group) -> Iterator[dict[str, object]]:
    cells = Cells.of(group.x, group.y, group.layout)
    size = {"nobs": cells.nobs, "cities": cells.cities}
    for ia, form, places in group.regressions():
        fit = cells.fit(list(places.values()))
        own = dict(zip(_KEY, group.key, strict=True)) | size
        own |= {"agglomeration": ia, "product": form, "df": fit.df_resid}
        for term, (y, outcome) in product(register.terms(group.key[0], form), enumerate(OUTCOMES)):
            at = list(places).index(term)
            errors = {f"se_{kind}": getattr(fit, kind)[at, y] for kind in ERRORS}
            yield own | {"outcome": outcome, "term": term, "coef": fit.coef[at, y]} | errors


def groups(
    data: pd.DataFrame,
    columns: Sequence[Column] = COLUMNS,
    only: Mapping[str, Sequence[str]] = {},
) -> Iterator[Group]:
    """Sets of specifications that share their rows; those without a row are not there."""
    reach = data.groupby("city_code")["reach"].first()
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    for sample in register.options("sample"):
        frame = sample_rows(data, sample)
        at = reach.index.get_indexer(frame["city_code"]), frame["year"] - FIRST_YEAR
        values = {name: np.full((len(reach), len(years)), np.nan) for name in frame}
        for name, cube in values.items():
            cube[at] = frame[name]
        for column, period in product(columns, register.options("period")):
            if not register.admitted(column=column.key, period=period):
                continue
            first, last = span(column, period)
            where = reach.notna() if column.reach is None else reach.eq(column.reach)
            part = {name: cube[where] for name, cube in values.items()}
            when = (years >= first) & (years <= last)
            for mobility, k in product(register.options("mobility"), register.options("k")):
                part["LM"] = part[register.SERIES[k].format(mobility)]
                for controls, measures in _sets(column.key):
                    measures = [m for m in measures if m in only.get("agglomeration", measures)]
                    if not measures or controls not in only.get("controls", [controls]):
                        continue
                    key = (column.key, mobility, k, controls, period, sample)
                    group = _group(key, part, measures, when)
                    if group.layout.present.any():
                        yield group


@cache
def _sets(key: str) -> tuple[tuple[str, list[str]], ...]:
    """Controls, and measures of IA that have the same rows; employment has rows of its own."""
    found: dict[tuple[str, bool], dict[str, None]] = {}
    for controls, ia, _ in register.regressions(key):
        found.setdefault((controls, ia == "employment"), {})[ia] = None
    return tuple((controls, list(measures)) for (controls, _), measures in found.items())


def _group(
    key: tuple[str, str, str, str, str, str],
    values: dict[str, np.ndarray],
    measures: list[str],
    when: np.ndarray,
) -> Group:
    controls = register.CONTROLS_OF[key[3]]
    lm, ia = values["LM"], np.stack([values[name] for name in measures])
    own = [values[name] for name in controls]
    y = np.stack([values["REG"], np.log(values["REG"])])
    layout = kernel.Layout.of(np.isfinite([lm, *ia, *own, y[0]]).all(axis=0) & when)
    used = layout.present[0]
    centred = [each - each[used].mean() if used.any() else each for each in (lm, *ia)]
    x, names = [lm, *ia], ["LM", *measures]
    forms = {form for _, _, form in register.regressions(key[0])}
    if forms & {"raw", "alone"}:
        x, names = [*x, *(lm * ia)], [*names, *(f"{name} product" for name in measures)]
    if "centred" in forms:
        products = centred[0] * np.stack(centred[1:])
        x, names = [*x, *products], [*names, *(f"{name} centred" for name in measures)]
    return Group(key, [*names, *controls], np.stack([*x, *own]), y, layout)


def span(column: Column, period: str) -> tuple[int, int]:
    """First and last year of a column; 2016 moves with the period's option."""
    if period == "headings" or column.table != 2:
        return column.years
    first, last = column.years
    return (first, last - 1) if last == 2016 else (first - 1, last)


def sample_rows(data: pd.DataFrame, sample: str) -> pd.DataFrame:
    """City-years of a sample: ``city_code, year, REG``, every LM, IA under each option's name.

    IA is computed before city-years are left out, so that a city is compared with the same Belt.
    """
    frame = data
    if sample in ("listed94", "delta41"):
        frame = panel.sample(data, sample)
    elif sample == "municipalities":
        frame = data[~data["province"].isin(["Shanghai", "Chongqing"])]
    made = {name: agglomeration(frame, name) for name in register.options("agglomeration")}
    series = [form.format(m) for form in register.SERIES.values() for m in ("flow", "stock")]
    named = frame[[*panel.KEY, *series]].assign(**made)
    without = sample if sample in ("steps", "boundary", "both") else ""
    base = rows(frame, replace(FLOW, without=without))  # type: ignore[arg-type]
    if sample == "flags":
        base = base[base["flags"].eq("")]
    kept = [*panel.KEY, "REG", *register.CONTROLS_OF["seven"]]
    return base[kept].merge(named, on=panel.KEY)


def agglomeration(frame: pd.DataFrame, option: str) -> pd.Series:
    """IA of a sample by an option of the register, which says what each is."""
    if option in ("secondary", "tertiary"):
        return indicators.ia(frame, share=f"share_{option}", scaled=True)
    if option == "mean":
        each = [indicators.ia(frame, share=share, scaled=True) for share in _SHARES]
        return pd.concat(each, axis=1).mean(axis=1, skipna=False)
    if option == "hoover":
        usual = frame[_SHARES].groupby(frame["year"]).transform("mean")
        return (frame[_SHARES] - usual).abs().sum(axis=1, min_count=3) / 2
    return frame["te"] / frame["te"].groupby(frame["year"]).transform("mean")
