"""From census to census: what output did where residents and industry changed.

Residents were counted in 2010 and in 2020 only.  Output is carried by the growth index, or is that
published for the year (:data:`OUTPUTS`).  Neither knows of residents, so that neither side of these
regressions is a part of the other.

Intervals have 95 % coverage.  Those "by city" treat cities as independent (HC3 and ``t(n-k)``, or
the city jackknife where a regressor is instrumented); those "by province" are the jackknife over
provinces, CV3 with ``t(G-1)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
import statsmodels.api as sm

from lib import changes, indicators, space, style, within
from lib.jackknife import without_each
from lib.panel import DATA, DataError
from lib.within import Effects

SPANS = ((2010, 2020), (2008, 2020), (2010, 2022), (2008, 2023))
OUTPUTS = {
    "index": "by the growth index",
    "revised": "by the index and the revision of 2018/19",
    "current": "in current prices",
    "smooth": "in current prices without the step",
}
NEAR = 150.0
"""Kilometres within which a city is a neighbour."""


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


def between(data: pd.DataFrame, first: int = 2010, last: int = 2020) -> pd.DataFrame:
    """What :func:`lib.changes.between` gives, and what else these regressions need.

    Returns
    -------
    DataFrame
        Beside those columns: ``census``, the change of log residents from 2010 to 2020 in the
        borders of 2020; ``wages``, the change of log wages (missing after 2021); ``industry``, IA
        of the first year; ``near_residents`` and ``near_start``, means of the cities within
        :data:`NEAR` kilometres (of the nearest one where there is none).
    """
    rows = changes.between(data, first, last)
    places = data.drop_duplicates("city").set_index("city").loc[rows["city"]]
    wide = data.assign(ia=indicators.ia(data, scaled=True)).pivot(index="city", columns="year")
    wages = np.log(wide["rlr"].reindex(columns=[first, last])).diff(axis=1)[last]
    distance = space.kilometres(places[["lon", "lat"]]).to_numpy(copy=True)
    np.fill_diagonal(distance, np.inf)
    near = distance <= np.maximum(NEAR, distance.min(axis=1))[:, None]
    near = near / near.sum(axis=1)[:, None]
    return rows.assign(
        census=np.log(places["city_code"].map(load_residents())).to_numpy(),
        wages=rows["city"].map(wages),
        industry=rows["city"].map(wide["ia"][first]),
        near_residents=near @ rows["residents"].to_numpy(),
        near_start=near @ rows["start"].to_numpy(),
    )


def independent_growth(rows: pd.DataFrame, within: str = "", draws: int = 500) -> pd.DataFrame:
    """Slopes on the change of IA if industry and the rest of output grow independently.

    A draw gives the growth of industry per resident and that of the rest per resident to cities in
    random order, and computes share, IA (over the mean of these cities) and income anew.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`between`, and ``share_first``, the share of industry in the first year.
    within : str
        A column such as ``province``: growth is shuffled within its groups, which have effects.

    Returns
    -------
    DataFrame
        A row a draw: the least-squares slopes of ``REG`` and of ``rest`` on the change of IA.
    """
    rng = np.random.default_rng(1)
    share = rows["share_first"].to_numpy()
    rest, whole = rows["rest"].to_numpy(), rows["REG"].to_numpy()
    industry = whole + np.log((share + rows["share"].to_numpy()) / share)
    group = pd.factorize(rows[within])[0] if within else np.zeros(len(rows), int)
    place, size = np.argsort(group, kind="stable"), np.bincount(group)

    def shuffled(growth: np.ndarray) -> np.ndarray:
        drawn = np.empty_like(growth)
        drawn[place] = growth[np.lexsort((rng.random(len(growth)), group))]
        return drawn

    slopes = []
    for _ in range(draws):
        grown, apart = shuffled(industry), shuffled(rest)
        part, left = share * np.exp(grown), (1 - share) * np.exp(apart)
        later = part / (part + left)
        ia = later / later.mean() - share / share.mean()
        ia = ia - (np.bincount(group, ia) / size)[group]
        slopes.append([ia @ np.log(part + left) / (ia @ ia), ia @ apart / (ia @ ia)])
    return pd.DataFrame(slopes, columns=["REG", "rest"])


def slope(
    rows: pd.DataFrame, y: str, x: Sequence[str], instead: Mapping[str, str] | None = None
) -> pd.Series:
    """The slope of a column on the first of others, with its intervals by city and by province.

    Parameters
    ----------
    rows : DataFrame
        A row a city, with ``province``; rows with a missing value go.
    x : sequence of str
        Regressors, beside a constant.  ``province`` stands for an effect of each: provinces with
        a single city then go.
    instead : mapping, optional
        Regressor to its instrument: two-stage least squares.

    Returns
    -------
    Series
        ``coef``; ``t, p, low, high`` by city, and the same with ``province_`` before them; ``N``,
        ``provinces``.
    """
    instead = dict(instead or {})
    names = [name for name in x if name != "province"]
    effects: Effects = "time" if "province" in x else "none"
    tools = [instead.get(name, name) for name in names] if instead else None
    both = ("city", "province")
    fit = within.fit(rows, y, names, effects, time="province", clusters=both, z=tools)
    used, term, ends = fit.rows, names[0], ["t", "p", "low", "high"]
    by_city, by_province = (fit.table("jackknife", by).loc[term, ends] for by in both)
    if not instead:
        regressors = used[names].assign(constant=1.0)
        if "province" in x:
            dummies = pd.get_dummies(used["province"], drop_first=True, dtype=float)
            regressors = regressors.join(dummies)
        ols = sm.OLS(used[y], regressors).fit(cov_type="HC3", use_t=True)
        by_city[ends] = [ols.tvalues[term], ols.pvalues[term], *ols.conf_int().loc[term]]
    size = {"N": len(used), "provinces": used["province"].nunique()}
    errors = by_city.to_dict() | by_province.add_prefix("province_").to_dict()
    return pd.Series({"coef": fit.coef[term]} | errors | size)


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


def spread_change(data: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Spread of the last year over that of the first.

    Returns
    -------
    DataFrame
        Index ``proportion, money``; ``coef``; ``low, high`` by the city jackknife, and with
        ``province_`` before them by province.  Intervals are those of the logarithms.
    """
    ends = data[data["year"].isin((first, last))]

    def ratios(rows: pd.DataFrame) -> pd.Series:
        return np.log(spread(rows)).diff().loc[last]

    city, province = (without_each(ends, ratios, cluster) for cluster in ("city", "province"))
    by_city, by_province = (errors.table[["low", "high"]] for errors in (city, province))
    return np.exp(by_city.join(by_province.add_prefix("province_")).assign(coef=city.coef))


def scatter(rows: pd.DataFrame, named: Sequence[str]) -> style.Chart:
    """Change of output against change of residents, as it is and once the start is taken out.

    ``rows`` are as from :func:`lib.changes.between`.  A line is least squares; on the right its
    slope is that of residents in the regression on residents and start (Frisch, Waugh and Lovell).
    """
    pair = ["residents", "output"]
    start = np.column_stack([np.ones(len(rows)), rows["start"]])
    net = rows[pair] - start @ np.linalg.lstsq(start, rows[pair].to_numpy(), rcond=None)[0]
    fig, axes = style.figure(style.WIDTH, 3.7, 1, 2)
    panels = {"As it is": rows, "Given the start": rows.assign(**net)}
    for ax, (heading, points) in zip(axes, panels.items(), strict=True):
        sns.scatterplot(
            points, x="residents", y="output", hue="reach", hue_order=style.REACH, style="reach",
            palette=style.REACH, markers=style.MARKER, s=22, linewidth=0, alpha=0.8, ax=ax,
            legend=heading == "As it is",
        )  # fmt: skip
        sns.regplot(points, x="residents", y="output", scatter=False, ci=None, color=style.INK,
                    line_kws={"linewidth": 1.8}, ax=ax)  # fmt: skip
        for city in points[points["city"].isin(named)].itertuples():
            ax.annotate(city.city, (city.residents, city.output), xytext=(4, 3),
                        textcoords="offset points")  # fmt: skip
        ax.set(title=heading, xlabel="Change of log residents", ylabel="")
    axes[0].set_ylabel("Change of log output")
    handles, words = axes[0].get_legend_handles_labels()
    axes[0].get_legend().remove()
    fig.legend(handles, [f"{word} reach" for word in words], loc="outside lower center", ncols=3)
    return style.Chart(fig, "Output and residents from census to census")
