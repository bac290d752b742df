"""What chapter 18 says in words holds in the panel, computed here anew."""

import numpy as np
import pytest
from headline import Headline
from scipy import stats

from lib import panel

CITIES = "all cities", "borders stayed", "no recount", "within provinces"
SAMPLES = [f"{prices}, {cities}" for prices in ("index", "current") for cities in CITIES]


def logs(page, case):
    """The page's logs of income in one of SAMPLES."""
    prices, cities = case.split(", ")
    rows = page.logs if prices == "index" else page.priced
    if cities == "within provinces":
        rows = page.regional.several(rows)
        net = rows.filter(regex=r"\d$")
        return net - net.groupby(rows["province"]).transform("mean")
    out = {"all cities": (), "borders stayed": page.moved, "no recount": page.recounted}[cities]
    return rows[~rows["city"].isin(out)]


def wider(page, case):
    return all(page.ratio(logs(page, case), year) > 1 for year in (2008, 2015, 2019, 2022))


def mainly(page, case):
    """The part of the difference of variances that comes with where people live away."""
    rows = logs(page, case)
    variance = rows[["registered2022", "reg2022"]].var()
    part = 2 * rows["away2022"].cov(rows["reg2022"])
    return part / (variance["registered2022"] - variance["reg2022"]) > 2 / 3


def fell(page, case):
    """Both spreads fell, that per registered inhabitant less, from 2008 and from 2010."""
    return all(
        page.fall(rows, "reg", *span) < page.fall(rows, "registered", *span) < 1
        for rows in [logs(page, case)] for span in [(2008, 2022), (2010, 2019)]
    )  # fmt: skip


HEADLINES = [
    Headline("In 2022 the spread", wider, SAMPLES),
    Headline("From 2008 to 2022", fell, SAMPLES),
    Headline("The two differ mainly", mainly, SAMPLES),
    Headline("This holds within provinces", lambda *of: wider(*of) and mainly(*of), SAMPLES),
    Headline(
        "What policy did",
        lambda page, case: (
            page.left.abs().max() == 0
            and (page.dates.query("subject == 'hukou'")["what"].str.contains("Chongqing")).sum()
            == 1
        ),
        ("",),
    ),
    Headline("Incomes of residents came closer", fell, SAMPLES),
    Headline("Per resident the spread fell more", fell, SAMPLES),
]

DATA = panel.load()
PROVINCE = DATA.drop_duplicates("city").set_index("city")["province"]
LIVE = np.log(DATA.pivot(index="city", columns="year", values="reg"))
AWAY = np.log1p(DATA.pivot(index="city", columns="year", values="lm_stock_gross"))
HOME = LIVE + AWAY  # log of output over registered inhabitants
KIND = "(?:boundary:[a-z_]+|census_step:resident_pop)"
FLAGGED = DATA["flags"].str.contains(KIND) & DATA["year"].between(2009, 2022)
BORDER = DATA["flags"].str.contains("boundary:")
CASES = {"all": set(), "borders stayed": set(DATA.loc[BORDER, "city"]),
         "no recount": set(DATA.loc[FLAGGED | BORDER, "city"])}  # fmt: skip


def ends(statistic, cities, by):
    """A statistic of a list of cities with its 95 % jackknife ends, a unit left out at a time."""
    unit = cities if by == "city" else PROVINCE[cities].to_numpy()
    names = np.unique(unit)
    whole = statistic(cities)
    gaps = np.array([statistic(cities[unit != name]) for name in names]) - whole
    g = len(names)
    half = stats.t.ppf(0.975, g - 1) * np.sqrt((g - 1) / g * (gaps**2).sum())
    return whole, whole - half, whole + half


def spread(frame, cities, year, net=False):
    column = frame.loc[cities, year]
    column = column - column.groupby(PROVINCE[cities]).transform("mean") if net else column
    return column.std()


def cities_without(names):
    return np.array(sorted(set(LIVE.index) - names))


# One change at a time: in 2008 without recounts the interval by province begins at .98.
LINES = [("all", year) for year in (2008, 2015, 2019, 2022)]
LINES += [("borders stayed", 2022), ("no recount", 2022)]


@pytest.mark.parametrize("by", ["city", "province"])
@pytest.mark.parametrize(("case", "year"), LINES)
def test_income_is_spread_more_widely_per_registered_inhabitant(case, year, by):
    cities = cities_without(CASES[case])
    found, low, _ = ends(
        lambda some: spread(HOME, some, year) / spread(LIVE, some, year), cities, by
    )
    assert low > 1
    if case == "all" and year == 2022:
        assert found == pytest.approx(1.34, abs=0.005)


@pytest.mark.parametrize("by", ["city", "province"])
def test_people_live_away_where_income_is_high(by):
    cities = cities_without(set())

    def correlation(some):
        return np.corrcoef(AWAY.loc[some, 2022], LIVE.loc[some, 2022])[0, 1]

    assert ends(correlation, cities, by)[1] > 0.5
    twice = 2 * np.cov(AWAY[2022], LIVE[2022])[0, 1]
    assert twice / (HOME[2022].var() - LIVE[2022].var()) > 2 / 3  # "mainly"


WINDOWS = [("all", 2008, 2022, False), ("no recount", 2008, 2022, False),
           ("all", 2008, 2022, True), ("all", 2010, 2019, False)]  # fmt: skip


@pytest.mark.parametrize(("case", "first", "last", "net"), WINDOWS)
def test_the_fall_is_smaller_per_registered_inhabitant(case, first, last, net):
    cities = cities_without(CASES[case])
    if net:
        many = PROVINCE.value_counts()[lambda n: n > 1].index
        cities = cities[PROVINCE[cities].isin(many).to_numpy()]
    fell = [1 - spread(frame, cities, last, net) / spread(frame, cities, first, net)
            for frame in (LIVE, HOME)]  # fmt: skip
    assert fell[0] > 0 and 0 < fell[1] < 2 / 3 * fell[0]
    if case == "all" and not net and first == 2008:
        assert 0.2 < fell[0] < 0.3 and 0.09 < fell[1] < 0.13 and fell[1] < fell[0] / 2

        def apart(some):
            return spread(HOME, some, 2022) / spread(HOME, some, 2008) - spread(
                LIVE, some, 2022
            ) / spread(LIVE, some, 2008)

        assert ends(apart, cities, "city")[1] > 0 and ends(apart, cities, "province")[1] > 0


def test_all_cities_are_inside_the_belt():
    belt = {"Shanghai", "Jiangsu", "Zhejiang", "Anhui", "Jiangxi", "Hubei", "Hunan", "Chongqing",
            "Sichuan", "Guizhou", "Yunnan"}  # fmt: skip
    assert set(PROVINCE) == belt and len(PROVINCE) == 110
