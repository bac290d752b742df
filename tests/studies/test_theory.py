"""Chapter 2: the functions on the page against cleared markets, published formulas, regressions."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jupytext
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.optimize import brentq, minimize

from studies import theory

PAGE = Path(__file__).parents[2] / "book" / "02-theory.md"


@pytest.fixture(scope="module")
def page():
    """Run the cells that define the model, as a reader would, and return what they define."""
    found: dict[str, object] = {}
    for cell in jupytext.read(PAGE).cells:
        defines = "def " in cell.source or "class " in cell.source
        if cell.cell_type == "code" and defines and "solution" not in cell.metadata.get("tags", []):
            exec(cell.source, found)
    return SimpleNamespace(**found)


@pytest.fixture(params=[(3, 0.6, 0.2, 2.5, 0), (2, 0.5, 0.3, 1.5, 0.1), (5, 0.4, 0.05, 4, 0.03)])
def economy(request, page):
    return page.Economy(*request.param)


PLACES = [(0.55, 0.3), (0.8, 0.6), (0.35, 0.9), (1.0, 0.5)]


def market(e, share, phi, mobile=7.0, cost=0.4, houses=3.0, buyers=None):
    """Clear the markets in primitives: unit costs, iceberg costs, prices and quantities.

    Uses none of the ratios of the chapter; `mobile`, `cost` and `houses` are arbitrary scales.
    `buyers` lets mobile people shop elsewhere than where their firms are.
    """
    tau = phi ** (1 / (1 - e.sigma))
    firms = np.array([share, 1 - share]) * mobile
    shop = share if buyers is None else buyers
    people = e.rho * mobile + np.array([shop, 1 - shop]) * mobile
    crowd = e.rho * mobile + firms
    costs = cost / (crowd / crowd.mean()) ** e.delta
    mill = costs * e.sigma / (e.sigma - 1)
    price = mill * np.array([[1, tau], [tau, 1]])  # rows: place of sale; columns: origin
    index = (price ** (1 - e.sigma) @ firms) ** (1 / (1 - e.sigma))
    bought = e.mu * price**-e.sigma * index[:, None] ** (e.sigma - 1)  # of a variety, per person
    output = (bought * people[:, None] * np.array([[1, tau], [tau, 1]])).sum(axis=0)
    profit = (mill - costs) * output
    rent = e.gamma * people / houses
    utility = profit + e.mu * np.log(e.mu / index) - e.mu + e.gamma * np.log(e.gamma / rent)
    return SimpleNamespace(
        profit=profit, utility=utility, index=index, price=price, rent=rent, bought=bought,
        people=people, firms=firms, mill=mill, output=output, base=cost * e.sigma / (e.sigma - 1),
        farm=e.wage * e.rho * mobile - costs * output * firms, mobile=mobile,
    )  # fmt: skip


@pytest.mark.parametrize(("share", "phi"), PLACES[:3])
def test_what_people_buy_is_what_a_numerical_optimiser_buys(economy, share, phi):
    clear = market(economy, share, phi)
    for place in (0, 1):

        def loss(log_basket, place=place):
            near, far, home = np.exp(log_basket)
            goods = clear.firms @ np.array([near, far]) ** (1 - 1 / economy.sigma)
            spent = clear.firms @ (clear.price[place] * np.array([near, far]))
            bundle = economy.sigma / (economy.sigma - 1) * np.log(goods)
            farm = 10 - spent - clear.rent[place] * home
            return -(farm + economy.mu * bundle + economy.gamma * np.log(home))

        best = minimize(loss, np.log([0.1, 0.1, 0.1]), method="BFGS", options={"gtol": 1e-9})
        np.testing.assert_allclose(np.exp(best.x[:2]), clear.bought[place], rtol=1e-4)
        expected = clear.utility[place] - clear.profit[place] + 10 - economy.gamma
        assert -best.fun == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("share", "phi"), PLACES)
def test_the_page_agrees_with_the_cleared_markets(page, economy, share, phi):
    for e in (economy, economy._replace(wage=1.5)):
        clear = market(e, share, phi)
        shares = np.array([share, 1 - share])
        np.testing.assert_allclose(page.reward(shares, phi, e), clear.profit, rtol=1e-12)
        expected = clear.utility[0] - clear.utility[1]
        assert page.gap(share, phi, e) == pytest.approx(expected, abs=1e-12)
        output, industry = page.accounts(shares, phi, e)
        goods = clear.output * clear.firms
        real = (clear.farm + clear.base * goods) / clear.people
        np.testing.assert_allclose(output, real, rtol=1e-12)
        made = clear.mill * goods
        np.testing.assert_allclose(industry, made / (made + clear.farm), rtol=1e-12, atol=1e-15)


def test_the_five_forces_are_the_parts_of_the_slope(economy):
    e, step = economy, 1e-5
    b = 2 * e.rho + 1
    kappa = 1 + (e.sigma - 1) * e.delta / b
    for phi in (0.2, 0.5, 0.85):
        z = (1 - phi) / (1 + phi)

        def lead(part, phi=phi, **moved):
            pair = getattr(market(e, **({"share": 0.5, "phi": phi} | moved)), part)
            return pair[0] - pair[1]

        shops = lead("profit", buyers=0.5 + step)
        firms = lead("profit", share=0.5 + step, buyers=0.5)
        index = market(e, 0.5 + step, phi).index
        rent = market(e, 0.5 + step, phi).rent
        market_size, living = e.mu * z / e.sigma, kappa * e.mu * z / (e.sigma - 1)
        spillovers = e.mu * (e.sigma - 1) * e.delta / e.sigma
        competition, rents = kappa * e.mu * b * z**2 / e.sigma, e.gamma / b
        close = {"rel": 1e-5, "abs": 1e-8}
        assert market_size == pytest.approx(shops / step / 4, **close)
        assert living == pytest.approx(-e.mu * np.log(index[0] / index[1]) / step / 4, **close)
        assert spillovers - competition == pytest.approx(firms / step / 4, **close)
        assert rents == pytest.approx(e.gamma * np.log(rent[0] / rent[1]) / step / 4, **close)


def test_break_points_are_where_the_even_split_turns(page, economy):
    def slope(phi):
        utility = market(economy, 0.5 + 1e-4, phi).utility
        return utility[0] - utility[1]

    found = page.break_points(economy)
    middle = (found[0] + min(found[1], 1)) / 2
    assert found[0] == pytest.approx(brentq(slope, 0.01, middle), abs=1e-5)
    limit = economy.gamma * economy.sigma / (economy.mu * (economy.sigma - 1))
    if economy.delta < limit / (2 * economy.rho + 1):
        assert found[1] == pytest.approx(brentq(slope, middle, 0.999), abs=1e-5)
    else:
        assert found[1] > 1 and slope(0.999) > 0
    assert page.break_points(economy._replace(gamma=0.9, delta=0)).size == 0


@pytest.mark.parametrize(("sigma", "rho"), [(6, 1), (4, 2), (3, 2.5)])
def test_without_housing_and_spillovers_the_break_point_is_pfluegers(page, sigma, rho):
    # The slope of his utility gap at the even split, set to zero and solved for freeness.
    expected = (2 * rho * (sigma - 1) - sigma) / (2 * rho * (sigma - 1) + 3 * sigma - 2)
    found = page.break_points(page.Economy(sigma, 0.3, 0.0, rho))
    assert found == pytest.approx([expected, 1])


def test_people_rest_where_the_cleared_markets_let_them(page, economy):
    opening = page.break_points(economy)[0]
    for phi in (opening / 2, opening + 0.02, 0.7, 0.97):
        table = theory.stable_shares(page.gap, np.array([phi]), economy)
        shares = np.linspace(0.5, 1, 302)[1:]
        utility = np.array([market(economy, share, phi).utility for share in shares])
        pull = np.sign(utility[:, 0] - utility[:, 1])
        rest = [0.5] if pull[0] < 0 else []
        rest += list((shares[1:] + shares[:-1])[pull[1:] < pull[:-1]] / 2)
        rest += [1.0] if pull[-1] > 0 else []
        assert table["share"].tolist() == pytest.approx(rest, abs=0.002)


def test_slopes_are_those_of_regressions_with_dummies(page):
    e = page.Economy()
    gaps = page.history(e)
    assert gaps["phase"].iloc[0] == 1  # a lead grows from the break point on
    lam = page.migrate(0.55, np.linspace(page.break_points(e)[0], 0.95, 91)[1:], e)
    people = e.rho + lam
    np.testing.assert_allclose(
        gaps["flow"], people[1:] / people[:-1] - (6 - people)[1:] / (6 - people)[:-1], atol=1e-12
    )
    for phase in (1, -1):
        part = gaps[gaps["phase"] == phase].rename_axis("period").reset_index()
        halves = [part.set_index("period") * half for half in (0.5, -0.5)]
        panel = pd.concat(halves, keys=["a", "b"], names=["region", "period"]).reset_index()
        for x in ("flow", "stock", "agglomeration", "product"):
            for both, extra in ((False, ""), (True, " + C(region)")):
                fit = smf.ols(f"output ~ {x} + C(period){extra}", panel).fit()
                found = page.slope(e, phase, x, both)
                assert found == pytest.approx(fit.params[x], rel=1e-8)


def test_signs_that_the_reviewers_rederived(page):
    """The flow's slope with sigma 4, mu .4, gamma .1, from the sustain point on: -4.03 and 4.65."""
    e = page.Economy(4, 0.4, 0.1)
    start = brentq(lambda phi: page.gap(1.0, phi, e), 0.5, 0.6)
    freeness = np.linspace(start, 0.95, 91)
    lam = page.migrate(0.55, freeness, e)
    output = page.accounts(lam, freeness, e)[0] - page.accounts(1 - lam, freeness, e)[0]
    flow = (e.rho + lam)[1:] / (e.rho + lam)[:-1] - (e.rho + 1 - lam)[1:] / (e.rho + 1 - lam)[:-1]
    for sign, expected in ((1, -4.03), (-1, 4.65)):
        at = np.sign(flow.round(9)) == sign
        slope = (flow[at] * output[1:][at]).sum() / (flow[at] ** 2).sum()
        assert slope == pytest.approx(expected, abs=0.005)


def test_pictures_carry_what_they_show(page):
    e = page.Economy()
    table = theory.stable_shares(page.gap, np.array([0.4, 0.7, 0.9]), e)
    (ax,) = theory.lead_chart({"one": (table, page.break_points(e))}).figure.axes
    assert ax.lines[0].get_ydata().tolist() == [0.5, 1, 0.5]
    dots = np.asarray(ax.collections[0].get_offsets())[:, 0]
    assert dots == pytest.approx(page.break_points(e))
    gaps = page.history(e)
    for ax, measure in zip(theory.loop_chart(gaps).figure.axes, ("flow", "stock"), strict=True):
        parting = np.asarray(ax.collections[0].get_offsets())[:, 0]
        expected = 100 * gaps.loc[gaps["phase"] == 1, measure].to_numpy()
        assert parting == pytest.approx(expected)
        assert sum(len(marks.get_offsets()) for marks in ax.collections) == len(gaps)
