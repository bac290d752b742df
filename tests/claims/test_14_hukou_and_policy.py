from headline import ONCE, Headline, above_zero

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
    """Both spreads fell, that per registered inhabitant by less than two thirds as much."""
    rows = logs(page, case)
    for span in ((2008, 2022), (2010, 2019)):
        registered, residents = (1 - page.fall(rows, x, *span) for x in ("registered", "reg"))
        if not 0 < registered < 2 / 3 * residents:
            return False
    return True


def no_trace(page, _):
    local = page.dates.query("subject == 'hukou'")["what"].str.contains("Chongqing")
    return page.left.abs().max() == 0 and local.sum() == 1


HEADLINES = [
    Headline("In 2022 the spread", wider, SAMPLES),
    Headline("From 2008 to 2022", fell, SAMPLES),
    Headline("The two spreads differ mainly", mainly, SAMPLES),
    Headline("These findings also hold", lambda *of: wider(*of) and mainly(*of), SAMPLES),
    Headline("cannot show what policy did", no_trace, ONCE),
    Headline("Incomes of residents came closer", fell, SAMPLES),
    Headline("Per resident the spread fell more", fell, SAMPLES),
]


def test_intervals_of_the_ratio_are_above_one_people_moved_to_income_and_the_falls_differ(page):
    lows = [ratio[["low", "province_low"]].min() for ratio in page.cases.values()]
    assert len(lows) == 8 and min(lows) > 1
    assert above_zero(page.apart) and above_zero(page.towards) and 0 < page.by_moving < 1
