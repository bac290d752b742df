"""The variables of equations (1) to (4), distances and market potential.

Those of one variable take a *yearbook*, a frame with the columns of ``data/README.md`` sorted by
city_code and year, and return a Series aligned to its rows.
"""

import numpy as np
import pandas as pd

from lib.panel import DataError

BASE_YEAR = 2008
STEP = 2019
"""The first year of revised levels (the economic census of 2018 or the unified accounts)."""
SECTORS = ["va_primary", "va_secondary", "va_tertiary"]


def _base(yearbook: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """The base year's figures by city."""
    values = yearbook[yearbook["year"].eq(base_year)].set_index("city_code")
    if values.empty:
        found = f"years {yearbook['year'].min()} to {yearbook['year'].max()}"
        raise DataError(f"yearbook, column year: found {found}; expected the base year {base_year}")
    return values


def _unit(base: pd.DataFrame) -> float:
    """Output per resident of all cities."""
    known = base[["gdp", "resident_pop"]].dropna().sum()
    return float(known["gdp"] / known["resident_pop"])


def reg(yearbook: pd.DataFrame, base_year: int = BASE_YEAR) -> pd.Series:
    """Regional development, REG: real GDP per resident, all cities in the base year = 1.

    The product of the base year is carried forward by the growth index (so no deflator is needed,
    and the level breaks of the nominal series do not enter), and divided by the residents of the
    same year.  Missing before the base.
    """
    base, city = _base(yearbook, base_year), yearbook["city_code"]
    index = yearbook["gdp_index"].div(100).where(yearbook["year"].gt(base_year), 1.0)
    volume = index.groupby(city).cumprod() * city.map(base["gdp"])
    value = volume / yearbook["resident_pop"] / _unit(base)
    return value.where(yearbook["year"].ge(base_year))


def reg_current(yearbook: pd.DataFrame) -> pd.Series:
    """Income in current prices: GDP per resident over one deflator for all cities, base year = 1.

    The deflator of a year is the sum of output that is published for it over the sum of
    :func:`reg`'s output, so that both give all cities together the same output.  What is left of
    prices is how those of a city moved beside the others'.
    """
    unit = _unit(_base(yearbook, BASE_YEAR))
    volume = reg(yearbook) * unit * yearbook["resident_pop"]
    both = yearbook["gdp"].notna() & volume.notna()
    sums = pd.DataFrame({"gdp": yearbook["gdp"], "volume": volume})[both].groupby(yearbook["year"])
    deflator = sums["gdp"].sum() / sums["volume"].sum()
    return yearbook["gdp"] / yearbook["resident_pop"] / yearbook["year"].map(deflator) / unit


def lm_flow(yearbook: pd.DataFrame, k: pd.Series | float) -> pd.Series:
    """Labour mobility as a flow, equation (3) as printed: L_t / L_(t-1) - k_t, near one.

    L is the resident population, k natural growth as a share (5 per mille is .005), aligned to the
    rows; 0 leaves it out.
    """
    before = yearbook.groupby("city_code")["resident_pop"].shift(1)
    return yearbook["resident_pop"] / before - k


def lm_stock(yearbook: pd.DataFrame, k: pd.Series | float, base_year: int = BASE_YEAR) -> pd.Series:
    """Labour mobility as a stock, the paper's sentence: L_t / H_t - prod (1 + k_s), near zero.

    L is the resident population, H the registered one.  The product runs over the years s from
    base_year + 1 to t: it is one in the base year, and missing from the first year without k on.
    k is as in :func:`lm_flow`; 0 makes the product one.
    """
    growth = pd.Series(1.0, yearbook.index) + k
    growth = growth.where(yearbook["year"].gt(base_year), 1.0)
    product = growth.groupby(yearbook["city_code"]).cumprod(skipna=False)
    ratio = yearbook["resident_pop"] / yearbook["registered_pop"]
    return (ratio - product).where(yearbook["year"].ge(base_year))


def sector_shares(yearbook: pd.DataFrame) -> pd.DataFrame:
    """Share of each sector in the sum of the three: share_primary, _secondary, _tertiary."""
    shares = yearbook[SECTORS].div(yearbook[SECTORS].sum(axis=1, min_count=3), axis=0)
    return shares.rename(columns=lambda name: name.replace("va_", "share_"))


def without_step(panel: pd.DataFrame) -> pd.DataFrame:
    """The sector shares less the step of :data:`STEP`.

    The step of a city is the change of its share in that year less that of the median city;
    it, and with it true change, is taken from the city's share of that year and of all later ones.
    What industry and services lose, the primary sector gains.  Returns ``share_primary,
    share_secondary, share_tertiary`` and ``rissl``, the third over the second, aligned to the rows.
    """
    names = ["share_secondary", "share_tertiary"]
    wide = panel.pivot(index="city_code", columns="year", values=names)
    shares = {}
    for name in names:
        step = wide[name][STEP] - wide[name][STEP - 1]
        step = panel["city_code"].map(step - step.median()).fillna(0.0)
        shares[name] = panel[name] - step.where(panel["year"].ge(STEP), 0.0)
    out = pd.DataFrame(shares)
    out.insert(0, "share_primary", 1 - out.sum(axis=1, min_count=2))
    return out.assign(rissl=out["share_tertiary"] / out["share_secondary"])


def controls(yearbook: pd.DataFrame, exchange_rate: pd.Series) -> pd.DataFrame:
    """The control variables ``odi, te, gr, rlr, rissl, rdi, edl``.

    Over GDP are ODI, openness (foreign direct investment, by the yuan per US dollar of each year),
    GR, government (general public budget expenditure), and RDI, research (expenditure on science).
    Over the unweighted mean of the cities in the base year are TE, total employment, and RLR, the
    average wage.  RISSL, industrial structure, is the tertiary over the secondary sector, and EDL,
    education, students in regular higher education over residents.
    """
    gdp, base = yearbook["gdp"], _base(yearbook, BASE_YEAR)  # GDP is in 100 million yuan
    dollars = yearbook["year"].map(exchange_rate)
    return pd.DataFrame({
        "odi": yearbook["fdi"] * dollars / (100 * gdp),
        "te": yearbook["employment"] / base["employment"].mean(),
        "gr": yearbook["fiscal_expenditure"] / gdp,
        "rlr": yearbook["average_wage"] / base["average_wage"].mean(),
        "rissl": yearbook["va_tertiary"] / yearbook["va_secondary"],
        "rdi": yearbook["science_expenditure"] / (10_000 * gdp),
        "edl": yearbook["higher_ed_students"] / (10_000 * yearbook["resident_pop"]),
    })  # fmt: skip


def ia(panel: pd.DataFrame, share: str = "share_secondary", scaled: bool = False) -> pd.Series:
    """Industrial agglomeration, IA: equation (4) within each year, over the rows given.

    The equation divides a city's location quotient by the sum over cities.  With s_ij the share of
    sector j in city i and s_j that in the Belt, LQ_ij = s_ij / s_j, so that::

        IA_ij = LQ_ij / sum_i LQ_ij = (s_ij / s_j) / (sum_i s_ij / s_j) = s_ij / sum_i s_ij

    The Belt's share cancels: sector shares are enough, for any subset of cities.  Under uniformity
    the index of each of m cities is 1/m, not 0, and it falls as the sample grows.

    `share` names the column of the sector; the rows are the sample.  With `scaled`, the index is
    multiplied by the number of cities with a share that year, so that its mean is one.
    """
    by_year = panel[share].groupby(panel["year"])
    value = panel[share] / by_year.transform("sum")
    return value * by_year.transform("count") if scaled else value


def kilometres(places: pd.DataFrame) -> pd.DataFrame:
    """Great-circle distances, places by places, of ``lon, lat`` in degrees; radius 6,371 km."""
    lon, lat = (np.radians(places[name].to_numpy(float)) for name in ("lon", "lat"))
    north, east = lat[:, None] - lat, lon[:, None] - lon
    chord = np.sin(north / 2) ** 2 + np.outer(np.cos(lat), np.cos(lat)) * np.sin(east / 2) ** 2
    between = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return pd.DataFrame(between, index=places.index, columns=places.index)


def market_potential(size: pd.Series, distance: pd.DataFrame) -> pd.Series:
    """Market potential of each place: the sum of the others' sizes over distance.

    The measure is that of Harris (1954, *Annals of the Association of American Geographers* 44(4),
    315-348).  `size` is in any unit; `distance` is places by places.  Refuses indices that differ,
    a missing size, and two places without a distance between them.
    """
    same = size.index.equals(distance.index) and size.index.equals(distance.columns)
    apart = distance.to_numpy(float, copy=True)
    np.fill_diagonal(apart, np.inf)
    if not same or size.isna().any() or not (apart > 0).all():
        raise DataError(
            "market potential: found other places, a missing size or two places at the same point; "
            "expected a size of each place and some distance between any two"
        )
    return pd.Series((1 / apart) @ size.to_numpy(float), index=size.index)
