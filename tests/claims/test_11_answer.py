import numpy as np
import pytest
from headline import ONCE, Headline, labels, row
from headline import turns as unsettled

BY_OUTPUT, BY_WAY = ("line", "output"), ("line", "way")


def closer_and_apart(page, case):
    spread = row(page, case, "cases")
    return spread["proportion"] < 1 < spread["money"] < spread["mean"]


def part(page, case):
    return 0 < row(page, case, "parts")["coef"] < 1


def within_range(page, case):
    found, rows = row(page, case, "answers", *BY_OUTPUT)["coef"], page.answers
    return rows["coef"].min() <= found <= rows["coef"].max()


def holds_zero_and_one(page, _):
    low, high = page.answers["province_low"], page.answers["province_high"]
    return ((low < 0) & (high > 0)).any() and ((low < 1) & (high > 1)).any()


def as_observed(page, case):
    bare = page.bare.set_index("output").loc["index", "coef"]
    return row(page, case, "given", *BY_OUTPUT)["coef"] > 0 > bare


HEADLINES = [
    Headline("so income would rise faster in such cities",
             lambda p, _: (p.inside["mean"] > 0).all(), ONCE),
    Headline("From 2008 to 2023 incomes", closer_and_apart, labels("cases")),
    Headline("residents grew more slowly in poor cities", part, labels("parts")),
    Headline("this slow growth accounts for", part, labels("parts")),
    Headline("With other years, cities and measures it is", part, labels("parts")),
    Headline("one per cent more residents by 2020", lambda p, _: 0 < p.b < 1, ("index",)),
    Headline("If output is measured in current prices",
             lambda p, _: p.current["province_low"] > 0 and p.current["coef"] > p.b, ("current",)),
    Headline("measures of output and variables held fixed", within_range,
             labels("answers", *BY_OUTPUT)),
    Headline("Some 95 % intervals contain", holds_zero_and_one, ONCE),
    Headline("income rose faster where industry gathered",
             lambda p, case: row(p, case, "inside", *BY_WAY)["province_low"] > 0,
             labels("inside", *BY_WAY)),
    Headline("is positive in some periods and negative in others",
             lambda p, _: unsettled(p.by_index), ONCE),
    Headline("Incomes came closer in proportion", closer_and_apart, labels("cases")),
    Headline("but not without this condition", as_observed,
             lambda p: [case for case in labels("given", *BY_OUTPUT)(p) if "index" in case]),
]  # fmt: skip


def contains(rows, value=0):
    return ((rows["province_low"] < value) & (rows["province_high"] > value)).all()


def test_the_regressions_written_out_are_the_tables(page):
    ends = ["coef", "low", "high", "province_low", "province_high"]
    assert np.allclose(page.estimate, page.grid.loc[("start", "index"), ends].astype(float))
    assert page.part["coef"] == pytest.approx(-page.slopes["residents"] / page.slopes["income"])
    long = page.b + page.fit.params["start"] * page.auxiliary
    assert page.short["residents"] == pytest.approx(long) and long < 0 < page.b


def test_intervals_of_the_spread_and_of_output_and_what_moves_the_slope(page):
    assert page.change.loc["proportion", "province_high"] < 1
    assert page.change.loc["money", "province_low"] > 1
    assert page.given["coef"].between(0, 1).all()
    assert contains(page.bare) and contains(page.answers[page.answers["output"] == "index"])
    assert page.moves.index[page.moves["province_p"] < 0.05].tolist() == ["current"]
    start = page.left_out
    assert start.table.loc["residents", "p"] < 0.05 and start.coef["residents"] < 0
    assert page.first_stage["province_t"] ** 2 < 10


def test_wages_rose_with_residents_and_what_weakens_it(page):
    slope = {name: found["coef"] for name, found in page.wages.items()}
    later = "wage of 2010; 2010 to 2019"
    assert all(value > 0 for name, value in slope.items() if name.startswith("wage of 2010"))
    assert slope[later] < slope["wage of 2010"] and page.wages[later]["province_low"] < 0
    assert abs(slope["start"]) < 0.1 and slope["nothing"] < 0


def test_what_turns_the_sign_of_industry(page):
    negative = page.with_start[page.with_start["coef"] < 0]
    assert negative[["fixed", "way"]].to_numpy().tolist() == [
        ["start and province", "Index, no step"]
    ]
    with_step = page.by_index["way"] == "Index"
    assert unsettled(page.by_index[with_step]) and unsettled(page.by_index[~with_step])
    assert (page.same[page.same["way"].str.startswith("Current")]["coef"] > 0).all()
    starting = page.by_way.loc["start; IA of 2010 in place of its change"]
    assert starting.loc["Index", "province_low"] > 0
    current = starting.loc["Current prices"]
    assert current["coef"] < 0 < current["province_high"]


def test_income_rose_more_than_independent_growth_gives(page):
    for way, band in page.grown.items():
        slope = page.by_way.loc[("nothing", way)]
        assert slope["coef"] > band.max()
        if way.startswith("Index"):
            assert slope["province_low"] < band.min() and band.max() < slope["province_high"]
    assert len(page.inside) == 16 and set(page.above["way"]) == {"Current prices"}
    bands = page.industry.loc[page.industry["fixed"] == "province", "way"]
    assert page.inside["way"].tolist() == bands.tolist()  # each beside the band of its way
