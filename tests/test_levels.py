"""No level of the yearbook can be computed from the panel that ships.

The yearbook's figures are whole numbers: of yuan, of students, of hundredths of 100 million yuan or
of 10,000 persons.  A ratio with many digits fits few pairs of whole numbers, and a series of ratios
often one.  Each test below is such a search; the last shows that three of them find levels.
"""

import io

import numpy as np
import pandas as pd
import pytest

from data.yearbook.build import build, coarse, load_exchange_rate, natural_growth
from data.yearbook.clean import clean
from data.yearbook.reading import read_yearbook
from data.yearbook.schema import SECTORS
from lib import panel

# The provinces' rates are published; a reading with them is that without them less the rate.
COLUMNS = [name for name in panel.INDICATORS if name not in ("k", "lm_flow", "lm_stock")]
SLACK = 1.02  # the last place was rounded from a figure that had been rounded to six digits


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    """The panel as text: what it gives away depends on its last digits."""
    return pd.read_csv(panel.DATA / "indicators.csv", dtype=str)


def figures(text: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Figures, and the half of one in the last place of each column or number.

    A final zero is not written, so a cell has as many decimals as most of its size.
    """
    value = text.astype(float).to_numpy()
    places = text.str.partition(".")[2].str.len().to_numpy(dtype=float)
    size = np.floor(np.log10(np.abs(np.where(value == 0, 1, value))))
    for each in np.unique(size):
        same = size == each
        places[same] = places[same].max()
    return value, 0.5 * 10.0**-places


def distance(values: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Mean distance from a whole number of values times each factor: 1/4 by chance."""
    product = values[:, None] * factors
    return np.abs(product - np.rint(product)).mean(axis=0)


@pytest.mark.parametrize("name", COLUMNS)
def test_no_constant_makes_a_column_whole(cells, name):
    """Wages are whole yuan over one mean, employment hundredths over another."""
    values, halves = (np.abs(each) for each in figures(cells[name].dropna()))
    for half in np.unique(halves):
        same = values[halves == half]
        spread = np.ptp(np.quantile(same, [0.1, 0.9]))
        if len(same) < 300 or spread < 200 * half:  # some factor would do by chance
            continue
        few = np.random.default_rng(1).choice(same, 100, replace=False)
        # Below, all products lie together; above, rounding makes each as good as any.
        low, high, step = 5 / spread, 0.15 / half, 0.1 / np.quantile(same, 0.9)
        factors = np.arange(low, max(low, high), step)
        near = [part[distance(few, part) < 0.2] for part in np.array_split(factors, 1000)]
        best = distance(same, np.concatenate(near)).min(initial=0.25)
        assert best > 0.2, f"{name}: a mean distance of {best:.3f} from whole numbers"


def starts(low: np.ndarray, high: np.ndarray, most: int) -> np.ndarray:
    """Whole numbers below `most` from which whole numbers can grow by factors between bounds."""
    number = np.arange(2 * most)
    fits = number > 0
    for least, largest in zip(low[::-1], high[::-1], strict=True):
        before = np.concatenate([[0], np.cumsum(fits)])
        first = np.ceil(least * number).astype(int).clip(0, len(number))
        end = (np.floor(largest * number).astype(int) + 1).clip(first, len(number))
        # What grows out of the range is not known to fail.
        fits = ((before[end] > before[first]) | (end == len(number))) & (number > 0)
    return np.flatnonzero(fits[:most])


def bounds(text: pd.Series, add: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    value, half = figures(text)
    return value + add - SLACK * half, value + add + SLACK * half


def test_no_city_s_residents_follow_from_their_growth(cells):
    """In tenths or hundredths of 10,000 persons, more than half of all numbers could be right."""
    for code, city in cells.groupby("city_code"):
        low, high = bounds(city["lm_flow_gross"].iloc[1:])
        found = starts(low, high, 50_000)
        for least, most in ((500, 5_000), (5_000, 50_000)):
            share = ((found >= least) & (found < most)).sum() / (most - least)
            assert share > 0.5, f"{code}: {share:.1%} of {least} to {most} fit"


def test_no_city_s_registered_population_follows_from_both_readings(cells):
    """It is printed in whole 10,000 persons in some years, residents over it being the stock."""
    for code, city in cells[cells["year"].between("2016", "2022")].groupby("city_code"):
        low, high = bounds(city["lm_flow_gross"].iloc[1:])
        least, most = bounds(city["lm_stock_gross"], 1.0)
        found = starts(low * least[:-1] / most[1:], high * most[:-1] / least[1:], 2_000)
        share = (found >= 200).sum() / 1_800
        assert share > 0.5, f"{code}: {share:.1%} of 200 to 2,000 fit"


def test_no_product_follows_from_its_sectors(cells):
    """Sectors are whole numbers with one sum: in tenths, many sums below 5,000 could be right."""
    number = np.arange(1, 5_000)
    shares = cells[["share_primary", "share_secondary", "share_tertiary"]].dropna()
    read = [figures(shares[name]) for name in shares]
    value, half = (np.stack([each[i] for each in read], axis=1) for i in (0, 1))
    for row, (share, width) in enumerate(zip(value, half, strict=True)):
        product = share[:, None] * number
        fits = np.abs(product - np.rint(product)) <= SLACK * width[:, None] * number
        fits = fits.all(axis=0) & (np.rint(product).sum(axis=0) == number)
        assert fits.sum() > 20, f"{shares.index[row]}: {number[fits]}"


UNIT = 2.9  # 10,000 yuan per resident of the Belt in 2008, nearly: public, so a searcher knows it


def test_no_city_s_residents_follow_from_all_columns_together(cells):
    """Output at current prices, its sectors, students and registered people are whole numbers.

    A number of residents in 2008 fits if residents can grow from it as they do and, in every year,
    whole numbers lie where the other ratios put these levels.  Current over constant prices is an
    implicit deflator: it gives growth of published output, and no level.
    """
    for code, city in cells.groupby("city_code"):
        growth = np.stack(bounds(city["lm_flow_gross"].iloc[1:]))
        number = np.arange(500, 50_000, 37.0)  # hundredths of 10,000 persons
        low, high = (np.outer(number, np.r_[1.0, np.cumprod(g)]) for g in growth)
        fits = np.ones(len(number), dtype=bool)
        levels = {"reg_current": UNIT, "reg": UNIT, "edl": 100.0, "lm_stock_gross": 1.0}
        for name, unit in levels.items():
            known = city[name].notna().to_numpy()
            add = 1.0 if name == "lm_stock_gross" else 0.0
            least, most = bounds(city.loc[known, name], add)
            if add:  # residents over registered people: these are residents over the ratio
                least, most = 1 / most, 1 / least
            ends = low[:, known] * least * unit, high[:, known] * most * unit
            fits &= (np.floor(ends[1]) >= np.ceil(ends[0])).all(axis=1)
        assert fits.mean() > 0.5, f"{code}: {fits.mean():.1%} of the numbers of residents fit"


def test_levels_are_found_before_the_rounding_and_none_after_it():
    """On an invented yearbook of whole crowns, hundredths of persons and tenths of output."""
    towns = panel.load_cities(panel.DATA / "synthetic_cities.csv")
    book = read_yearbook(panel.DATA / "synthetic_yearbook.csv", towns)
    book["resident_pop"] = book["resident_pop"].round(2)
    book["average_wage"] = (book["average_wage"] / 10).round()
    book[SECTORS] = book[SECTORS].round(1)
    cleaned = clean(book.assign(gdp=book[SECTORS].sum(axis=1)), towns)
    growth = natural_growth(cleaned, towns, None)
    exact = build(cleaned, load_exchange_rate(), growth)
    exact, rounded = (
        pd.read_csv(io.StringIO(table.to_csv(index=False, float_format="%.6g")), dtype=str)
        for table in (exact, coarse(exact))
    )
    for search in (
        lambda cells: test_no_constant_makes_a_column_whole(cells, "rlr"),
        test_no_city_s_residents_follow_from_their_growth,
        test_no_product_follows_from_its_sectors,
    ):
        with pytest.raises(AssertionError):
            search(exact)
        search(rounded)
