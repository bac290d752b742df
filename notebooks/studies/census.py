"""From census to census: what output did where residents and industry changed.

Residents were counted in 2010 and in 2020 only.  Output is carried by the growth index, or is that
published for the year (:data:`OUTPUTS`).  Neither knows of residents, so that neither side of these
regressions is a part of the other.

Intervals have 95 % coverage.  Those "by city" treat cities as independent (HC3 and ``t(n-k)``, or
the city jackknife where a regressor is instrumented); those "by province" are the jackknife over
provinces, CV3 with ``t(G-1)``.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from lib import cases, changes, indicators, placebo, specifications, verdicts
from lib.inference import without_each
from lib.panel import DATA, DataError
from lib.regression import fit
from lib.specifications import COLUMNS, DEFINITIONS, MODEL1, READINGS, STOCK

COUNTED = (2010, 2020)
OUTPUTS = {
    "index": "by the growth index",
    "revised": "by the index and the revision of 2018/19",
    "current": "in current prices",
    "smooth": "in current prices without the step",
}
NEAR = 150.0
"""Kilometres within which a city is a neighbour."""


def spans(data: pd.DataFrame) -> list[tuple[int, int]]:
    """First and last years of four periods; the first begins with a census, or the first year."""
    oldest = int(data["year"].min())
    first = max(COUNTED[0], oldest)
    return list(dict.fromkeys([(first, 2020), (oldest, 2020), (first, 2022), (oldest, 2023)]))


def load_residents() -> pd.Series:
    """Load residents of 2020 over those of 2010, counted in the borders of 2020, by city_code."""
    table = pd.read_csv(DATA / "census_residents.csv", index_col="city_code")
    return table["residents_2020_over_2010"]


def measured(data: pd.DataFrame, output: str = "index", step: bool = True) -> pd.DataFrame:
    """The panel with output measured in another way, and with the step of 2019 in shares or not.

    Parameters
    ----------
    output : str
        A key of :data:`OUTPUTS`.  The revision of 2018/19, or the step, is the change from 2018 to
        2019 of output in current prices over output by the index.
    step : bool
        False: shares are those of :func:`lib.indicators.without_step`.

    Raises
    ------
    lib.panel.DataError
        There is no such output.
    """
    if output not in OUTPUTS:
        raise DataError(f"output: found {output!r}; expected one of {', '.join(OUTPUTS)}")
    years = data.assign(price=np.log(data["reg_current"] / data["reg"]))
    price = years.pivot(index="city", columns="year", values="price")
    revision = data["city"].map(price[2019] - price[2018]).where(data["year"] >= 2019, 0.0)
    reg = {
        "index": data["reg"],
        "revised": data["reg"] * np.exp(revision),
        "current": data["reg_current"],
        "smooth": data["reg_current"] / np.exp(revision),
    }
    panel = data.assign(reg=reg[output])
    return panel if step else panel.assign(**indicators.without_step(data))


def between(data: pd.DataFrame, first: int = COUNTED[0], last: int = COUNTED[1]) -> pd.DataFrame:
    """What :func:`lib.changes.between` gives, and what else these regressions need.

    Returns
    -------
    DataFrame
        Beside those columns: ``census``, the change of log residents from 2010 to 2020 in the
        borders of 2020 (missing in other periods); ``wages``, the change of log wages (missing
        after 2021); ``industry``, IA of the first year; ``near_residents`` and ``near_start``,
        means of the cities within :data:`NEAR` kilometres (of the nearest one where there is none).
    """
    rows = changes.between(data, first, last)
    places = data.drop_duplicates("city").set_index("city").loc[rows["city"]]
    wide = data.assign(ia=indicators.ia(data, scaled=True)).pivot(index="city", columns="year")
    wages = np.log(wide["rlr"].reindex(columns=[first, last])).diff(axis=1)[last]
    distance = indicators.kilometres(places[["lon", "lat"]]).to_numpy(copy=True)
    np.fill_diagonal(distance, np.inf)
    near = distance <= np.maximum(NEAR, distance.min(axis=1))[:, None]
    near = near / near.sum(axis=1)[:, None]
    counted = np.log(places["city_code"].map(load_residents()))
    return rows.assign(
        census=counted.to_numpy() if (first, last) == COUNTED else np.nan,
        wages=rows["city"].map(wages),
        industry=rows["city"].map(wide["ia"][first]),
        near_residents=near @ rows["residents"].to_numpy(),
        near_start=near @ rows["start"].to_numpy(),
    )


def samples(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All cities, and those whose borders stayed."""
    return {"all": rows, "unmoved": rows[~rows["moved"]]}


def spread(data: pd.DataFrame) -> pd.DataFrame:
    """How far apart cities are, year by year; each city counts the same.

    Returns
    -------
    DataFrame
        Index year; ``proportion`` and ``money``, standard deviations of log REG and of REG.
    """
    incomes = pd.DataFrame({"proportion": np.log(data["reg"]), "money": data["reg"]})
    return incomes.groupby(data["year"]).std()


def accounts(rows: pd.DataFrame) -> pd.Series:
    """What growth of residents takes of convergence: rows as from :func:`between`.

    ``b, s``, slopes of growth of income and of residents on the start; ``eta``, of output on
    residents if the start is held; ``part``, s over -b, and ``left``, (1 - eta) of it.
    """

    def on(y: str, *x: str) -> float:
        columns = np.column_stack([np.ones(len(rows)), *(rows[name] for name in x)])
        return float(np.linalg.lstsq(columns, rows[y], rcond=None)[0][1])

    b, s, eta = on("REG", "start"), on("residents", "start"), on("output", "residents", "start")
    return pd.Series({"b": b, "s": s, "eta": eta, "part": s / -b, "left": (1 - eta) * s / -b})


def of_keys(data: pd.DataFrame, keys: pd.MultiIndex) -> pd.Series:
    """Slopes in the paper's case, by ``reading, heading, row``; missing without rows."""
    readings, columns = {r.name: r for r in READINGS}, {c.heading: c for c in COLUMNS}
    slopes = {}
    for reading, heading in dict.fromkeys(key[:2] for key in keys):
        with suppress(DataError):
            rows = specifications.rows(data, readings[reading], columns[heading])
            for row, slope in fit(rows, "REG", columns[heading].terms).coef.items():
                slopes[reading, heading, row] = slope
    return pd.Series(slopes).reindex(keys)


def scale_slopes(data: pd.DataFrame) -> pd.DataFrame:
    """The starred slopes of mobility in Tables 1 to 3, and S: that of common growth (chapter 6).

    Index ``reading, heading, row``; ``coef``, ``S``, and ``raised``: where newcomers raise income.
    """
    judged = verdicts.judge(cases.slopes(data, cases=[cases.PAPER])).xs("paper", level="case")
    starred = judged[judged["stars"].ne("")].query("row in ['LM', 'LM_IA']")
    belts = {"S": data.assign(reg=placebo.scale(data)), "raised": placebo.belt(data, 1.5)}
    return starred[["coef"]].assign(**{n: of_keys(of, starred.index) for n, of in belts.items()})


def distances(data: pd.DataFrame) -> pd.DataFrame:
    """Model 1 with a city's distance from the mean of all cities as the outcome (chapter 7).

    A row per reading, case (all and clean rows) and kind of distance (money, logarithm, share of
    the mean): slope of LM, ``se, t, p, low, high`` by province, and ``clustered_p``.
    """
    lines = {}
    for reading, case in product(READINGS, (cases.PAPER, cases.CLEAN)):
        rows = specifications.rows(data, case.of(reading), MODEL1)
        for kind, scale in (("money", np.asarray), ("logarithm", np.log), ("share", np.asarray)):
            mean = pd.Series(scale(data["reg"]), data.index).groupby(data["year"]).mean()
            mean = rows["year"].map(mean)
            far = (scale(rows["REG"]) - mean).abs() / (mean if kind == "share" else 1)
            one = fit(rows.assign(REG=far), "REG", MODEL1.terms, clusters=("city", "province"))
            by = one.jackknife("province").table.loc["LM"].to_dict()
            p = one.table("clustered").loc["LM", "p"]
            lines[reading.name, case.key, kind] = {"coef": one.coef["LM"], **by, "clustered_p": p}
    return pd.DataFrame(lines).T


@dataclass(frozen=True)
class Findings:
    """What the front page and others tell; chapters 4, 6, 7 and 8 have the regressions.

    Each is computed when it is asked for, from a panel as :func:`lib.panel.load` gives it.
    """

    data: pd.DataFrame

    @cached_property
    def spread(self) -> pd.DataFrame:
        """By output, the ratios of spreads from the first year to 2020 and from 2020 to 2023."""
        lines = {}
        for key, of in self._outputs.items():
            yearly = spread(of)
            lines[key] = {
                f"{name}, {last}": yearly.loc[last, name] / yearly.loc[first, name]
                for name in yearly
                for first, last in (self._spans[0], (2020, 2023))
            }
        return pd.DataFrame(lines).T

    def slowing(self, *before: int) -> pd.DataFrame:
        """By output, how much slower incomes came closer after 2020 than before, by province."""
        lines = {}
        for key, of in self._outputs.items():
            late, early = (
                fit(changes.growth(of, *span), "REG", "start", "none", clusters="province")
                for span in ((2020, 2023), before)
            )
            apart = late.jackknife("province") - early.jackknife("province")
            lines[key] = apart.table.assign(coef=apart.coef).loc["start"]
        return pd.DataFrame(lines).T

    @cached_property
    def slower(self) -> pd.DataFrame:
        """:meth:`slowing` against 2015 to 2020."""
        return self.slowing(2015, 2020)

    @cached_property
    def left(self) -> pd.DataFrame:
        """By output, :func:`accounts` with the ends of ``eta`` and ``left`` by province."""
        lines = {}
        for key in OUTPUTS:
            found = without_each(self._unmoved[key, self._spans[0]], accounts, "province")
            ends = found.table.loc[["eta", "left"], ["low", "high"]].stack()
            lines[key] = pd.concat([found.coef, ends.set_axis(map("_".join, ends.index))])
        return pd.DataFrame(lines).T

    @cached_property
    def eta(self) -> pd.DataFrame:
        """The elasticity of output to residents: by output, in nine ways each."""
        decade = (["residents", "start"], ["residents", "wage"],
                  ["residents", "start", "province"], ["residents"], ["census", "start"],
                  ["residents", "start", "near_residents", "near_start"])  # fmt: skip
        first, *others = self._spans
        ways = [(first, x) for x in decade if first == COUNTED or "census" not in x]
        ways += [(span, decade[0]) for span in others]
        lines = []
        for key, (span, x) in product(OUTPUTS, ways):
            rows = (self._between if "census" in x else self._unmoved)[key, span]
            lines.append(changes.slope(rows, "output", x).rename((key, f"{span}, {', '.join(x)}")))
        return pd.DataFrame(lines)

    @cached_property
    def industry(self) -> pd.DataFrame:
        """Slopes of income on IA, residents and start held, by output, step and years."""
        lines = []
        for key, step, span in product(("index", "current"), (True, False), self._spans):
            rows = self._unmoved[key, span]
            if not step:
                rows = between(measured(self.data, key, step), *span).query("not moved")
            held = ["IA", "residents", "start"]
            lines.append(changes.slope(rows, "REG", held).rename((key, step, span)))
        return pd.DataFrame(lines)

    @cached_property
    def scale(self) -> pd.DataFrame:
        """As from :func:`scale_slopes`."""
        return scale_slopes(self.data)

    @cached_property
    def distances(self) -> pd.DataFrame:
        """As from :func:`distances`."""
        return distances(self.data)

    @cached_property
    def sides(self) -> pd.DataFrame:
        """Slopes of the stock on the distance from the mean of logs, clean rows, by province.

        Index ``official`` or ``invented`` (no effect of mobility), and ``rich`` or ``poor``, cities
        above and below the mean of the first year.
        """
        lines = {}
        for name, of in (("official", self.data), ("invented", placebo.belt(self.data))):
            rows, log = specifications.rows(of, cases.CLEAN.of(STOCK), MODEL1), np.log(of["reg"])
            far = (np.log(rows["REG"]) - rows["year"].map(log.groupby(of["year"]).mean())).abs()
            first = log.groupby(of["city"]).first()
            rich = rows["city"].map(first > first.mean())
            for side, some in (("rich", rich), ("poor", ~rich)):
                one = fit(rows.assign(REG=far)[some], "REG", MODEL1.terms, clusters="province")
                by = one.jackknife("province").table.loc["LM"]
                lines[name, side] = by.to_dict() | {"coef": one.coef["LM"]}
        return pd.DataFrame(lines).T

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The verdicts of all definitions and cases."""
        return verdicts.judge(cases.slopes(self.data, DEFINITIONS))

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return spans(self.data)

    @cached_property
    def _outputs(self) -> dict[str, pd.DataFrame]:
        return {key: measured(self.data, key) for key in OUTPUTS}

    @cached_property
    def _between(self) -> dict[tuple[str, tuple[int, int]], pd.DataFrame]:
        return {(key, span): between(self._outputs[key], *span)
                for key, span in product(OUTPUTS, self._spans)}  # fmt: skip

    @cached_property
    def _unmoved(self) -> dict[tuple[str, tuple[int, int]], pd.DataFrame]:
        return {key: rows[~rows["moved"]] for key, rows in self._between.items()}
