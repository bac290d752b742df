"""What chapter 11 says in words, from the page's own code."""

import numpy as np
import pytest
from headline import Headline

from studies import census


def spreads(page):
    return [", ".join(each) for each in page.cases.index]


def closer_and_apart(page, case):
    found = page.cases.loc[tuple(case.split(", "))]
    return found["proportion"] < 1 < found["money"] < found["mean"]


def rows_of(table, *keys):
    """The rows of one of the page's tables, and a function that finds one by its words."""
    words = getattr(table, "index", table).to_frame() if not keys else table[list(keys)]
    return [", ".join(map(str, row)) for row in words.to_numpy()]


def named(name, *keys):
    """For `over`: the rows of the page's table of that name."""
    return lambda page: rows_of(getattr(page, name), *keys)


def row(page, case, name, *keys):
    table = getattr(page, name)
    return table.iloc[rows_of(table, *keys).index(case)]


def within_range(page, case):
    found = row(page, case, "answers", "line", "output")["coef"]
    all_rows = page.answers
    return (
        all_rows["coef"].min() <= found <= all_rows["coef"].max()
        and all_rows["province_low"].min() < 0 < 1 < all_rows["province_high"].max()
    )


HEADLINES = [
    Headline("From 2008 to 2023 incomes", closer_and_apart, spreads),
    Headline(
        "Slower growth of residents in poor cities",
        lambda page, case: (
            0
            < page.parts["coef"].min()
            <= row(page, case, "parts")["coef"]
            <= page.parts["coef"].max()
            < 1
        ),
        named("parts"),
    ),
    Headline("One per cent more residents", lambda page, case: 0 < page.b < 1, ("index",)),
    Headline(
        "In current prices the figure is",
        lambda page, case: 0 < page.current["province_low"] and page.current["coef"] > page.b,
        ("current",),
    ),
    Headline("Over all rows of", within_range, named("answers", "line", "output")),
    Headline(
        "income rose faster where industry gathered",
        lambda page, case: row(page, case, "inside", "line", "way")["province_low"] > 0,
        named("inside", "line", "way"),
    ),
    Headline(
        "If residents and the starting income are held fixed",
        lambda page, case: page.by_index["coef"].min() < 0 < page.by_index["coef"].max(),
        ("",),
    ),
    Headline("Incomes came closer in proportion", closer_and_apart, spreads),
    Headline(
        "as observed, it did not",
        lambda page, case: (
            row(page, case, "given", "line", "output")["coef"] > 0
            and page.bare.set_index("output").loc["index", "coef"] < 0
        ),
        lambda page: [
            case for case in named("given", "line", "output")(page) if case.endswith(", index")
        ],
    ),
]


def test_in_every_case_together_in_proportion_and_apart_in_money_more_slowly_than_the_mean(page):
    assert len(page.cases) == 8
    assert (page.cases["proportion"] < 1).all() and (page.cases["money"] > 1).all()
    assert (page.cases["money"] < page.cases["mean"]).all()
    ends = page.change.loc["proportion", "province_high"], page.change.loc["money", "province_low"]
    assert ends[0] < 1 < ends[1]


def test_the_part_of_residents_is_that_of_the_slopes_and_positive_throughout(page):
    ratio = -page.slopes["residents"] / page.slopes["income"]
    assert page.part["coef"] == pytest.approx(ratio)
    assert page.slopes["income"] < 0 < page.slopes["residents"]
    assert len(page.parts) == 32 and 0 < page.parts["coef"].min() < page.parts["coef"].max() < 1


def test_the_jackknife_written_out_is_the_table_s(page):
    ends = ["coef", "low", "high", "province_low", "province_high"]
    assert np.allclose(page.estimate, page.grid.loc[("start", "index"), ends].astype(float))


def test_rich_cities_gained_residents_and_their_output_grew_more_slowly(page):
    start = page.fit.params["start"]
    assert start < 0 < page.auxiliary
    assert page.short["residents"] == pytest.approx(page.b + start * page.auxiliary)
    assert page.short["residents"] < 0 < page.b


def test_nothing_held_fixed_no_interval_by_province_excludes_zero(page):
    assert len(page.bare) == 4
    assert (page.bare["province_low"] < 0).all() and (page.bare["province_high"] > 0).all()


def test_other_slopes_lie_between_zero_and_one_and_their_intervals_on_both_sides(page):
    assert len(page.given) == 36
    assert page.given["coef"].gt(0).all() and page.given["coef"].lt(1).all()
    by_index = page.answers[page.answers["output"] == "index"]
    assert (by_index["province_low"] < 0).all() and (by_index["province_high"] > 0).all()
    assert page.given["province_low"].min() < 0 and page.given["province_high"].max() > 1


def test_only_current_prices_move_the_slope_by_more_than_their_error(page):
    significant = page.moves.index[page.moves["province_p"] < 0.05]
    assert significant.tolist() == ["current"]
    assert page.left_out.table.loc["residents", "p"] < 0.05
    assert page.left_out.coef["residents"] < 0
    assert page.first_stage["province_t"] ** 2 < 10


def test_wages_rose_with_residents_and_what_weakens_it(page):
    slope = {name: row["coef"] for name, row in page.wages.items()}
    first = [name for name in slope if name.startswith("wage of 2010")]
    assert all(slope[name] > 0 for name in first)
    assert slope["wage of 2010; 2010 to 2019"] < slope["wage of 2010"]
    assert page.wages["wage of 2010; 2010 to 2019"]["province_low"] < 0
    assert abs(slope["start"]) < 0.1 and slope["nothing"] < 0


def test_industry_within_provinces_is_positive_and_significant_in_all_cases(page):
    assert len(page.inside) == 16 and (page.inside["province_low"] > 0).all()
    negative = page.with_start[page.with_start["coef"] < 0]
    assert negative["way"].tolist() == ["Index, no step"] and len(page.with_start) == 8
    assert negative["fixed"].tolist() == ["start and province"]


def test_industry_given_residents_and_start(page):
    assert len(page.by_index) == 8
    kept = page.by_index[page.by_index["way"] == "Index"]["coef"]
    taken = page.by_index[page.by_index["way"] != "Index"]["coef"]
    assert kept.min() < 0 < kept.max() and taken.min() < 0 < taken.max()
    assert (page.same[page.same["way"].str.startswith("Current")]["coef"] > 0).all()


def test_starting_industry_has_one_sign_by_the_index_and_another_in_current_prices(page):
    line = "start; IA of 2010 in place of its change"
    assert page.by_way.loc[(line, "Index"), "province_low"] > 0
    current = page.by_way.loc[(line, "Current prices")]
    assert current["coef"] < 0 < current["province_high"]


def test_income_rose_more_than_independent_growth_gives(page):
    for way, band in page.grown.items():
        row = page.by_way.loc[("nothing", way)]
        assert row["coef"] > band.max()
        if way.startswith("Index"):
            assert row["province_low"] < band.min() and band.max() < row["province_high"]


def test_all_measures_of_output_stand_in_the_table(page):
    assert set(page.answers["output"]) == set(census.OUTPUTS)
