"""Every admitted specification, estimated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import indicators, panel, placebo
from lib.cases import PAPER, applied
from lib.panel import DataError
from lib.regression import complete
from lib.specifications import COLUMNS, STOCK, Column, recounts, rows
from studies.multiverse import register
from studies.multiverse.engine import KINDS, SPELL, Design, Products

OUTCOMES = ("reg", "log_reg")
CHANGES = ("prices", "step", "unit")
"""Choices of which few combinations are run: the register of exclusions says which."""
KEY = ("column", "mobility", "k", "controls", "period", *CHANGES, "sample")
LINE = [
    *KEY,
    "effects",
    "agglomeration",
    "product",
    "outcome",
    "term",
    "nobs",
    "cities",
    "provinces",
    "df",
    "coef",
    *(f"se_{kind}" for kind in KINDS),
]
_UPSTREAM = ("Jiangxi", "Hubei", "Hunan", "Chongqing", "Sichuan", "Guizhou", "Yunnan")
LEFT_OUT = {
    "listed94": ("Anhui",),
    "delta41": _UPSTREAM,
    "municipalities": ("Shanghai", "Chongqing"),
}
"""Samples that leave out provinces: without Anhui are those that the paper names below its Table 3,
and the Delta is that of today."""
_CELLS = ["city", "year", "spell", "province", "START"]
_SCALES: dict[str, Any] = {"reg": np.asarray, "log_reg": np.log}
_SHARES = ["share_primary", "share_secondary", "share_tertiary"]


@dataclass(frozen=True)
class Multiverse:
    """All specifications.

    ``estimates`` has a row per specification and printed term: ``column, mobility, outcome, k,
    agglomeration, product, controls, period, prices, step, unit, sample, effects, term``; ``coef``,
    ``r`` (partial correlation), ``nobs, cities, provinces, df``; ``se_<kind>, p_<kind>`` for
    ``KINDS``, by province missing where these are fewer than ten; ``p``, that by province where
    there is one, else by city.  ``invented`` has the same rows on the invented Belt
    (:func:`lib.placebo.belt`).
    ``repeats`` has what was left out, the same regression on the same rows and the same LM: the
    options of each, and ``first``, the sample that it repeats.
    """

    estimates: pd.DataFrame
    invented: pd.DataFrame
    repeats: pd.DataFrame

    def of(self, column: str, term: str, mobility: str, outcome: str) -> pd.DataFrame:
        """The specifications of one printed cell and estimand."""
        wanted = {"column": column, "term": term, "mobility": mobility, "outcome": outcome}
        every = [self.estimates[name].eq(value) for name, value in wanted.items()]
        return self.estimates[np.logical_and.reduce(every)]


@dataclass(frozen=True)
class Group:
    """Specifications that share their rows, and the names of all their regressors.

    ``spec`` has an option for each of ``KEY``; ``rows`` have ``city, year, spell, province, START,
    REG``, ``invented`` (REG of the invented Belt) and the regressors, LM the first.
    """

    spec: dict[str, str]
    rows: pd.DataFrame
    names: list[str]

    @property
    def signature(self) -> tuple[object, ...]:
        """What two groups share where one repeats the other: regressors, rows and LM."""
        same = {**self.spec, "sample": self.names[1]}
        return (*same.values(), self.cells, self.rows["LM"].to_numpy().tobytes())

    def products(self, effects: str, outcomes: Sequence[str]) -> Products:
        """Cross-products freed of effects, of outcomes of the official, then the invented Belt."""
        belts = (self.rows[name].to_numpy() for name in ("REG", "invented"))
        y = [_SCALES[name](belt) for belt in belts for name in outcomes]
        # Income of 2008 is that of the outcome, in levels or logarithms.
        design = _design(self.cells, effects, outcomes[0] if effects == "start" else "reg")
        return design.products(self.x, np.column_stack(y))

    @cached_property
    def cells(self) -> bytes:
        """What effects need to know of the rows."""
        return self.rows[_CELLS].to_numpy(float).tobytes()

    @cached_property
    def x(self) -> np.ndarray:
        """The regressors (n, X)."""
        return self.rows[self.names].to_numpy(float)

    def regressions(self) -> Iterator[tuple[str, str, dict[str, int]]]:
        """Agglomeration, product, and each regression's terms with their places in ``names``."""
        for controls, ia, form in _regressions(self.spec):
            if controls != self.spec["controls"] or ia not in self.names:
                continue
            main = {} if form == "alone" else {"LM": "LM", "IA": ia}
            last = {"none": {}, "centred": {"LM_IA": f"{ia} centred"}}
            chosen = main | last.get(form, {"LM_IA": f"{ia} product"})
            chosen |= {name: name for name in register.CONTROLS_OF[controls]}
            yield ia, form, {term: self.names.index(name) for term, name in chosen.items()}


@lru_cache(maxsize=60)
def _design(cells: bytes, effects: str, outcome: str) -> Design:
    """The effects of a group's rows: many groups have the same."""
    rows = pd.DataFrame(np.frombuffer(cells).reshape(-1, len(_CELLS)), columns=_CELLS)
    return Design.of(rows.assign(START=_SCALES[outcome](rows["START"])), effects)


def explore(
    data: pd.DataFrame,
    columns: Sequence[Column] = COLUMNS,
    only: Mapping[str, Sequence[str]] = {},
    effects: Sequence[str] = register.options("effects", "inside"),
) -> Multiverse:
    """Estimate every admitted specification.

    Parameters
    ----------
    columns : sequence of Column
        The printed columns whose specifications are wanted.
    only : mapping from a choice other than the product to options
        The options that are wanted, where not all are.
    effects : sequence of {"twoway", "start", "trend", "entity", "none"}
    """
    belts: tuple[list[Any], list[Any]] = ([], [])
    repeats: list[dict[str, str]] = []
    seen: dict[tuple[object, ...], dict[str, str]] = {}
    for group in groups(data, columns, only):
        # Options that leave out nothing here: the first in the register's order stands.
        first = seen.setdefault(group.signature, group.spec)
        if first is group.spec:
            for name in effects:
                for outcomes in [OUTCOMES[:1], OUTCOMES[1:]] if name == "start" else [OUTCOMES]:
                    for belt, *line in _estimated(group, name, outcomes):
                        belts[belt].append(line)
        else:
            about = group.spec | {"first": first["sample"]}
            repeats += [
                about | {"agglomeration": ia, "product": form}
                for ia, form, _ in group.regressions()
            ]
    estimates, invented = (with_p(pd.DataFrame(lines, columns=LINE)) for lines in belts)
    names = [*KEY, "agglomeration", "product", "first"]
    return Multiverse(estimates, invented, pd.DataFrame(repeats, columns=names))


def _estimated(group: Group, effects: str, outcomes: Sequence[str]) -> Iterator[list[Any]]:
    """For each Belt, regression, printed term and outcome, the Belt and the values of ``LINE``."""
    products = group.products(effects, outcomes)
    sizes: dict[int, list[tuple[str, str, dict[str, int]]]] = {}
    for regression in group.regressions():
        sizes.setdefault(len(regression[-1]), []).append(regression)
    for some in sizes.values():
        x = [list(places.values()) for *_, places in some]
        about, values = described(products, x)
        for r, (ia, form, places) in enumerate(some):
            for k, term in enumerate(places):
                if term in register.terms(group.spec["column"], form):
                    for at, (belt, name) in enumerate(product((0, 1), outcomes)):
                        options = [*group.spec.values(), effects, ia, form, name, term]
                        yield [belt, *options, *about, *(each[r, k, at] for each in values)]


def described(products: Products, x: Sequence[Sequence[int]]) -> tuple[list[int], list[np.ndarray]]:
    """Of regressions with regressors `x`: rows, cities, provinces, df; slopes and errors."""
    design, found = products.design, products.estimates(x)
    if np.isnan(found["coef"]).any() or products.df(x) < 1:
        raise DataError(
            f"found {design.nobs} rows and {len(x[0])} slopes that are not unique, "
            "expected regressors that differ once effects are taken out"
        )
    about = [design.nobs, design.groups("city"), design.groups("province"), products.df(x)]
    return about, list(found.values())


def with_p(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates with the partial correlation, p by each kind of error, and that which decides."""
    if estimates.empty:  # a part of the panel may have no row of a column
        estimates = estimates.astype(dict.fromkeys(LINE[LINE.index("nobs") :], float))
    df = {"classical": estimates["df"], "province": estimates["provinces"] - 1}
    for kind in KINDS:
        t = estimates["coef"] / estimates[f"se_{kind}"]
        p = 2 * stats.t.sf(t.abs(), df.get(kind, estimates["cities"] - 1))
        estimates[f"p_{kind}"] = p
    r = register.partial(estimates["coef"] / estimates["se_classical"], estimates["df"])
    decides = estimates["p_province"].fillna(estimates["p_jackknife"])
    return estimates.assign(r=r, p=decides)


def groups(
    data: pd.DataFrame,
    columns: Sequence[Column] = COLUMNS,
    only: Mapping[str, Sequence[str]] = {},
) -> Iterator[Group]:
    """Sets of specifications that share their rows; those without a row are not there."""
    wanted = {
        choice: [name for name in register.options(choice) if name in only.get(choice, [name])]
        for choice in ("mobility", "k", "controls", "agglomeration", "period", "sample", *CHANGES)
    }
    outputs = [{"prices": p, "step": s} for p, s in product(wanted["prices"], wanted["step"])]
    panels = [changed(data, **output) for output in outputs]
    # Groups with the same rows, whose effects are the same, follow one another.
    for sample, unit in product(wanted["sample"], wanted["unit"]):
        hows = [output | {"unit": unit, "sample": sample} for output in outputs]
        frames = [
            (how, sample_rows(frame, sample, unit))
            for how, frame in zip(hows, panels, strict=True)
            if register.admitted(**how)
        ]
        choices = product(columns, wanted["period"], wanted["mobility"], wanted["k"], frames)
        for column, period, mobility, k, (how, frame) in choices:
            spec = {"column": column.key, "period": period, "mobility": mobility, "k": k, **how}
            if not register.admitted(**spec):
                continue
            used = frame[frame["year"].between(*span(column, period))]
            if column.reach is not None:
                used = used[used["reach"].eq(column.reach)]
            used = used.assign(LM=used[register.SERIES[k].format(mobility)])
            for controls, measures in _sets(spec):
                some = [name for name in measures if name in wanted["agglomeration"]]
                if some and controls in wanted["controls"]:
                    every = {**spec, "controls": controls}
                    yield from _group({name: every[name] for name in KEY}, used, some)


def _group(spec: dict[str, str], frame: pd.DataFrame, measures: list[str]) -> Iterator[Group]:
    """The group of some measures of IA, if any city-year has all of its variables."""
    controls, forms = register.CONTROLS_OF[spec["controls"]], {f for *_, f in _regressions(spec)}
    names = ["LM", *measures]
    every = ["REG", *names, *controls]
    try:
        used = complete(frame[[*_CELLS, "invented", *every]], every, [SPELL, "year"])
    except DataError:
        return
    lm, ia = used["LM"], used[measures]
    if forms & {"raw", "alone"}:
        used = used.join(ia.mul(lm, axis=0).add_suffix(" product"))
        names += [f"{name} product" for name in measures]
    if "centred" in forms:
        used = used.join((ia - ia.mean()).mul(lm - lm.mean(), axis=0).add_suffix(" centred"))
        names += [f"{name} centred" for name in measures]
    yield Group(spec, used, [*names, *controls])


def changed(data: pd.DataFrame, prices: str, step: str) -> pd.DataFrame:
    """The panel with other prices and shares in it, and the Belt invented from it."""
    how = {"prices": prices, "step": step.removeprefix("in")}
    data, _ = applied(data, replace(PAPER, change=how))
    return data.assign(invented=placebo.belt(data)["reg"])


def _regressions(spec: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """As :func:`register.regressions`, for a column and the changes of `spec`."""
    return register.regressions(spec["column"], *(spec[name] for name in CHANGES))


def _sets(spec: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Controls, and measures of IA that have the same rows; employment has rows of its own."""
    sets: dict[tuple[str, bool], dict[str, None]] = {}
    for controls, ia, _ in _regressions(spec):
        sets.setdefault((controls, ia == "employment"), {})[ia] = None
    return [(controls, list(measures)) for (controls, _), measures in sets.items()]


def span(column: Column, period: str) -> tuple[int, int]:
    """First and last year of a column; 2016 moves with the period's option."""
    if period == "headings" or column.table != 2:
        return column.years
    first, last = column.years
    return (first, last - 1) if last == 2016 else (first - 1, last)


def sample_rows(data: pd.DataFrame, sample: str, unit: str = "city") -> pd.DataFrame:
    """City-years of a sample, with every LM, and every IA under its option's name.

    IA is computed before city-years are left out, so that a city is compared with the same Belt.
    With a unit that begins anew, a flow between two spells is missing.
    """
    frame = data
    if sample in LEFT_OUT:
        frame = data[~data["province"].isin(LEFT_OUT[sample])]
    measures = {name: agglomeration(frame, name) for name in register.options("agglomeration")}
    series = [form.format(m) for form in register.SERIES.values() for m in ("flow", "stock")]
    named = frame[[*panel.KEY, *series, "invented"]].assign(**measures)
    if unit == "spell":
        flows = [name for name in series if name.startswith("lm_flow")]
        named[flows] = named[flows].mask(recounts(frame)["steps"])
    without = sample if sample in ("steps", "boundary", "both") else ""
    base = rows(frame, replace(STOCK, without=without, unit=unit))  # type: ignore[arg-type]
    if sample == "flags":
        base = base[base["flags"].isin(["", "revision:va_secondary"])]  # a step, and no fault
    base = base.merge(named, on=panel.KEY)
    for name in ("city", "province"):  # numbers, the same in every sample
        base[name] = pd.Categorical(base[name], sorted(data[name].unique())).codes
    return base


def agglomeration(frame: pd.DataFrame, option: str) -> pd.Series:
    """IA of a sample by an option of the register, which says what each is."""
    if option in ("secondary", "tertiary"):
        return indicators.ia(frame, share=f"share_{option}", scaled=True)
    if option == "mean":
        sectors = [indicators.ia(frame, share=share, scaled=True) for share in _SHARES]
        return pd.concat(sectors, axis=1).mean(axis=1, skipna=False)
    if option == "hoover":
        usual = frame[_SHARES].groupby(frame["year"]).transform("mean")
        return (frame[_SHARES] - usual).abs().sum(axis=1, min_count=3) / 2
    return frame["te"] / frame["te"].groupby(frame["year"]).transform("mean")
