"""Every admitted specification, estimated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import indicators, panel, placebo
from lib.cases import PAPER, applied
from lib.inference import ENOUGH
from lib.panel import DataError
from lib.published import partial_correlation
from lib.sample import repeated
from lib.specifications import COLUMNS, FIRST_YEAR, LAST_YEAR, STOCK, Column, recounts, rows
from lib.verdicts import KINDS
from lib.within import Design, Products
from studies.multiverse import register

OUTCOMES = ("reg", "log_reg")
CHANGES = ("prices", "step", "unit")
"""Choices of which few combinations are run: the register of exclusions says which."""
_KEY = ("column", "mobility", "k", "controls", "period", *CHANGES, "sample")
_REPEAT = [*_KEY, "agglomeration", "product", "first"]
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
    """Specifications that share their rows.

    ``key`` has a value for each of ``_KEY``; ``names`` are the regressors ``x`` (X, N, T); ``y``
    (2, 2, N, T) is REG of the official and of the invented Belt, in levels and logs; ``present``
    (N, T) says which cells are used; ``unit`` (N, T) numbers what has an effect of its own, a city
    or a spell of it; ``start`` (2, N) is REG of the first year, ``province`` (N,) a code.
    """

    key: tuple[str, ...]
    names: list[str]
    x: np.ndarray
    y: np.ndarray
    present: np.ndarray
    unit: np.ndarray
    start: np.ndarray
    province: np.ndarray

    @property
    def signature(self) -> tuple[object, ...]:
        """What two groups share where one repeats the other: regressors, rows and LM."""
        used = self.present
        lm = np.where(used, self.x[0], 0.0)
        return (*self.key[:-1], self.names[1], used.tobytes(), lm.tobytes())

    def products(self, effects: Any, scale: slice) -> Products:
        """Cross-products freed of effects, for some of ``OUTCOMES`` of each Belt."""
        start = self.start[scale][0].tobytes() if effects == "start" else b""
        codes = (code.tobytes() for code in (self.present, self.unit, self.province))
        design, at = _design(*codes, effects, start)
        y = self.y[:, scale].reshape(-1, *self.present.shape)
        return design.products(self.x[:, *at].T, y[:, *at].T)

    def regressions(self) -> Iterator[tuple[str, str, dict[str, int]]]:
        """Agglomeration, product, and each regression's terms with their places in ``x``."""
        spec = dict(zip(_KEY, self.key, strict=True))
        for controls, ia, form in _regressions(spec):
            if controls != spec["controls"] or ia not in self.names:
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
    parts: list[dict[str, Any]] = []
    repeats: list[dict[str, str]] = []
    seen: dict[tuple[object, ...], tuple[str, ...]] = {}
    for place, group in enumerate(groups(data, columns, only)):
        # Options that leave out nothing here: the first in the register's order stands.
        first = seen.setdefault(group.signature, group.key)
        if first is group.key:
            parts += _estimated(place, group, effects)
        else:
            spec = dict(zip(_KEY, group.key, strict=True)) | {"first": first[-1]}
            repeats += [
                spec | {"agglomeration": ia, "product": form} for ia, form, _ in group.regressions()
            ]
    both = _with_p(_frame(parts)).sort_values(["_belt", "_order"], kind="stable")
    estimates, invented = (
        rows.drop(columns=["_belt", "_order"]).reset_index(drop=True)
        for _, rows in both.groupby("_belt")
    )
    return Multiverse(estimates, invented, pd.DataFrame(repeats, columns=_REPEAT))


@lru_cache(maxsize=50)
def _design(
    present: bytes, unit: bytes, province: bytes, effects: Any, start: bytes
) -> tuple[Design, tuple[np.ndarray, np.ndarray]]:
    """The effects of a group of rows, and the cells of these: many groups have the same."""
    codes = np.frombuffer(province, dtype=np.int64)
    city, year = np.nonzero(np.frombuffer(present, dtype=bool).reshape(len(codes), -1))
    kinds = {"city": city, "province": codes[city]}
    kinds = {kind: np.unique(code, return_inverse=True)[1] for kind, code in kinds.items()}
    if kinds["province"].max() + 1 < ENOUGH:
        kinds.pop("province")
    began = np.frombuffer(start)[city] if start else None
    units = np.frombuffer(unit, dtype=np.int64).reshape(len(codes), -1)[city, year]
    units = np.unique(units, return_inverse=True)[1]
    design = Design.of(effects, kinds["city"], year, kinds, unit=units, start=began)
    return design, (city, year)


def _frame(parts: list[dict[str, Any]]) -> pd.DataFrame:
    """Parts, each with arrays of one length and what is the same in all of it, as a table."""
    lengths = [len(part["term"]) for part in parts]
    columns: dict[str, Any] = {name: [part[name] for part in parts] for name in parts[0]}
    for name, values in columns.items():
        whole = isinstance(values[0], np.ndarray)
        columns[name] = np.concatenate(values) if whole else np.repeat(values, lengths)
    return pd.DataFrame(columns)


def _with_p(estimates: pd.DataFrame) -> pd.DataFrame:
    df = {"classical": estimates["df"], "province": estimates["provinces"] - 1}
    for kind in KINDS:
        t = estimates["coef"] / estimates[f"se_{kind}"]
        p = 2 * stats.t.sf(t.abs(), df.get(kind, estimates["cities"] - 1))
        estimates[f"p_{kind}"] = p
    r = partial_correlation(estimates["coef"] / estimates["se_classical"], estimates["df"])
    decides = estimates["p_province"].fillna(estimates["p_jackknife"])
    return estimates.assign(r=r, p=decides)


def _estimated(place: int, group: Group, effects: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Estimates of both Belts, with their labels."""
    sizes: dict[int, list[tuple[int, str, str, dict[str, int]]]] = {}
    for number, regression in enumerate(group.regressions()):
        sizes.setdefault(len(regression[-1]), []).append((number, *regression))
    # Income of 2008 is that of the outcome, in levels or logs, so that each has its own effects.
    one_by_one, at_once = (slice(0, 1), slice(1, 2)), (slice(None),)
    cases = [
        (100 * place + at, name, scale)
        for at, name in enumerate(effects)
        for scale in (one_by_one if name == "start" else at_once)
    ]
    for case, name, scale in cases:
        outcomes = OUTCOMES[scale]
        products = group.products(name, scale)
        design = products.design
        spec: dict[str, Any] = dict(zip(_KEY, group.key, strict=True)) | {"effects": name}
        spec |= {"nobs": design.nobs, "cities": design.groups("city")}
        spec |= {"provinces": design.groups("province") if "province" in design.clusters else 0}
        for some in sizes.values():
            values, df = _fitted(products, [list(places.values()) for *_, places in some])
            shown = [
                (r, k, ia, form, term, (100 * case + number) * 100 + k)
                for r, (number, ia, form, places) in enumerate(some)
                for k, term in enumerate(places)
                if term in register.terms(group.key[0], form)
            ]
            r, k, *named = (np.array(column) for column in zip(*shown, strict=True))
            belt, at = (np.tile(code.ravel(), len(r)) for code in np.indices((2, len(outcomes))))
            ia, form, term, order = (label.repeat(2 * len(outcomes)) for label in named)
            labels = {"agglomeration": ia, "product": form, "term": term, "_order": order}
            labels |= {"outcome": np.array(outcomes)[at], "_belt": belt}
            yield spec | {"df": df} | labels | {n: v[r, k].ravel() for n, v in values.items()}


def _fitted(products: Products, x: Sequence[Sequence[int]]) -> tuple[dict[str, np.ndarray], int]:
    """Slopes and errors (R, K, Y) of regressions with regressors `x` (R, K), by name, and df.

    A jackknife is NaN where slopes without some cluster are not unique, and that by province where
    provinces are too few.
    """
    coef, df = products.coef(x), products.design.nobs - products.design.cost - len(x[0])
    if np.isnan(coef).any() or df < 1:
        raise DataError(
            f"found {products.design.nobs} rows and {len(x[0])} slopes that are not unique, "
            "expected regressors that differ once effects are taken out"
        )
    province = np.full_like(coef, np.nan)
    if "province" in products.design.clusters:
        province = products.se(x, "jackknife", "province")
    return {
        "coef": coef,
        "se_jackknife": products.se(x, "jackknife"),
        "se_province": province,
        "se_clustered": products.se(x),
        "se_classical": products.se(x, "classical"),
    }, df


def groups(
    data: pd.DataFrame,
    columns: Sequence[Column] = COLUMNS,
    only: Mapping[str, Sequence[str]] = {},
) -> Iterator[Group]:
    """Sets of specifications that share their rows; those without a row are not there."""
    varied = ("mobility", "k", "controls", "agglomeration", "period", "sample", *CHANGES)
    wanted = {
        choice: [name for name in register.options(choice) if name in only.get(choice, [name])]
        for choice in varied
    }
    for rows_of in map(dict, product(*([(c, o) for o in wanted[c]] for c in (*CHANGES, "sample")))):
        if not register.admitted(**rows_of):
            continue
        cities, values = _cubes(changed(data, rows_of["prices"], rows_of["step"]), rows_of)
        years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
        province = pd.factorize(cities["province"])[0]
        for column, period in product(columns, wanted["period"]):
            spec = rows_of | {"column": column.key, "period": period}
            if not register.admitted(**spec):
                continue
            first, last = span(column, period)
            reach = cities["reach"]
            where = reach.notna() if column.reach is None else reach.eq(column.reach)
            part = {name: cube[where] for name, cube in values.items()}
            start = np.stack([cities.loc[where, "reg"], np.log(cities.loc[where, "reg"])])
            when = (years >= first) & (years <= last)
            for spec["mobility"], spec["k"] in product(wanted["mobility"], wanted["k"]):
                if not register.admitted(**spec):
                    continue
                part["LM"] = part[register.SERIES[spec["k"]].format(spec["mobility"])]
                for controls, measures in _sets(spec):
                    measures = [m for m in measures if m in wanted["agglomeration"]]
                    if not measures or controls not in wanted["controls"]:
                        continue
                    names, x, y, present = _columns(spec, controls, part, measures, when)
                    if present.any():
                        key = tuple({**spec, "controls": controls}[name] for name in _KEY)
                        unit = part["unit"].astype(int)
                        yield Group(key, names, x, y, present, unit, start, province[where])


def changed(data: pd.DataFrame, prices: str, step: str) -> pd.DataFrame:
    """The panel with other prices and shares in it, and the Belt invented from it."""
    how = {"prices": prices, "step": step.removeprefix("in")}
    data, _ = applied(data, replace(PAPER, change=how))
    return data.assign(invented=placebo.belt(data)["reg"])


def _cubes(
    data: pd.DataFrame, spec: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Cities in order, and the columns of a sample as arrays (N, T), NaN where there is no row."""
    city = data[data["year"].eq(FIRST_YEAR)].set_index("city_code").sort_index()
    frame = sample_rows(data, spec["sample"], spec["unit"])
    at = city.index.get_indexer(frame["city_code"]), frame["year"] - FIRST_YEAR
    values = {name: np.zeros((len(city), LAST_YEAR - FIRST_YEAR + 1)) * np.nan for name in frame}
    for name, cube in values.items():
        cube[at] = frame[name]
    values["unit"] = np.nan_to_num(values["spell"]) + 100 * np.arange(len(city))[:, None]
    return city, values


def _regressions(spec: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """As :func:`register.regressions`, for a column and the changes of `spec`."""
    return register.regressions(spec["column"], *(spec[name] for name in CHANGES))


def _sets(spec: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Controls, and measures of IA that have the same rows; employment has rows of its own."""
    sets: dict[tuple[str, bool], dict[str, None]] = {}
    for controls, ia, _ in _regressions(spec):
        sets.setdefault((controls, ia == "employment"), {})[ia] = None
    return [(controls, list(measures)) for (controls, _), measures in sets.items()]


def _columns(
    spec: Mapping[str, str],
    with_controls: str,
    values: dict[str, np.ndarray],
    measures: list[str],
    when: np.ndarray,
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Names of regressors, regressors, outcomes and cells in use of a group."""
    controls = register.CONTROLS_OF[with_controls]
    lm, ia = values["LM"], np.stack([values[name] for name in measures])
    more = [values[name] for name in controls]
    levels = np.stack([values["REG"], values["invented"]])
    complete = np.isfinite([lm, *ia, *more, levels[0]]).all(axis=0) & when
    unit = np.unique(values["unit"], return_inverse=True)[1].ravel()
    used = repeated([unit, np.indices(lm.shape)[1].ravel()], complete.ravel()).reshape(lm.shape)
    centred = [cube - cube[used].mean() if used.any() else cube for cube in (lm, *ia)]
    x, names = [lm, *ia], ["LM", *measures]
    forms = {form for _, _, form in _regressions(spec)}
    if forms & {"raw", "alone"}:
        x, names = [*x, *(lm * ia)], [*names, *(f"{name} product" for name in measures)]
    if "centred" in forms:
        products = centred[0] * np.stack(centred[1:])
        x, names = [*x, *products], [*names, *(f"{name} centred" for name in measures)]
    y = np.stack([levels, np.log(levels)], axis=1)
    return [*names, *controls], np.stack([*x, *more]), y, used


def span(column: Column, period: str) -> tuple[int, int]:
    """First and last year of a column; 2016 moves with the period's option."""
    if period == "headings" or column.table != 2:
        return column.years
    first, last = column.years
    return (first, last - 1) if last == 2016 else (first - 1, last)


def sample_rows(data: pd.DataFrame, sample: str, unit: str = "city") -> pd.DataFrame:
    """City-years of a sample: ``city_code, year, REG``, every LM, IA under each option's name.

    IA is computed before city-years are left out, so that a city is compared with the same Belt.
    With a unit that begins anew, a flow between two spells is missing.
    """
    frame = data
    if sample in ("listed94", "delta41"):
        frame = panel.sample(data, sample)
    elif sample == "municipalities":
        frame = data[~data["province"].isin(["Shanghai", "Chongqing"])]
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
    names = [*panel.KEY, "REG", "spell", *register.CONTROLS_OF["seven"]]
    return base[names].merge(named, on=panel.KEY)


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
