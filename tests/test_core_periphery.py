"""The two-region economy against brute force, published formulas and identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.optimize import brentq, minimize

from lib import core_periphery as model
from lib import core_periphery_figures as figures

ECONOMIES = [
    model.Economy(elasticity=3, manufactures=0.6, housing=0.2, immobile=2.5),
    model.Economy(elasticity=2, manufactures=0.5, housing=0.3, immobile=1.5),
    model.Economy(elasticity=5, manufactures=0.4, housing=0.05, immobile=4.0),
]
PLACES = [(0.55, 0.3), (0.8, 0.6), (0.35, 0.9)]


@pytest.fixture(params=ECONOMIES, ids=lambda e: f"sigma{e.elasticity}")
def economy(request):
    return request.param


@pytest.fixture
def panel():
    phi = np.linspace(model.sustain_points(ECONOMIES[0]).opening, 0.95, 91)
    return model.migrate(ECONOMIES[0], 0.55, phi, speed=4.0)


def market(economy, share, phi, mobile=7.0, cost=0.4, houses=3.0, buyers=None):
    """Clear the markets in primitives: iceberg cost, firms, prices and quantities.

    Uses none of the ratios of the chapter (z, b, lead): only what each person buys at the
    posted prices.  The scale of the economy, `mobile`, `cost` and `houses`, is arbitrary.
    `buyers` lets mobile people shop elsewhere than where their firms are.
    """
    sigma, mu, gamma = economy.elasticity, economy.manufactures, economy.housing
    tau = phi ** (1 / (1 - sigma))
    firms = np.array([share, 1 - share]) * mobile
    shop = share if buyers is None else buyers
    people = economy.immobile * mobile + np.array([shop, 1 - shop]) * mobile
    mill = cost * sigma / (sigma - 1)
    price = mill * np.array([[1, tau], [tau, 1]])  # rows: place of sale; columns: origin
    index = (price ** (1 - sigma) @ firms) ** (1 / (1 - sigma))
    bought = mu * price**-sigma * index[:, None] ** (sigma - 1)  # of one variety, each person
    shipped = (bought * people[:, None]) * np.array([[1, tau], [tau, 1]])
    output = shipped.sum(axis=0)
    profit = (mill - cost) * output
    rent = gamma * people / houses
    utility = profit + mu * np.log(mu / index) - mu + gamma * np.log(gamma / rent) - gamma
    labour = cost * output * firms
    return {"profit": profit, "utility": utility, "index": index, "price": price, "rent": rent,
            "bought": bought, "people": people, "firms": firms, "labour": labour, "mill": mill,
            "output": output, "immobile": economy.immobile * mobile}


def gap(economy, share, phi):
    utility = market(economy, share, phi)["utility"]
    return utility[0] - utility[1]


@pytest.mark.parametrize(("share", "phi"), PLACES)
def test_what_people_buy_is_what_a_numerical_optimiser_buys(economy, share, phi):
    clear = market(economy, share, phi)
    sigma, firms = economy.elasticity, clear["firms"]
    for place in (0, 1):
        price, rent = clear["price"][place], clear["rent"][place]

        def loss(log_basket, price=price, rent=rent):
            near, far, home = np.exp(log_basket)
            goods = firms @ np.array([near, far]) ** (1 - 1 / sigma)
            farm = 10 - firms @ (price * np.array([near, far])) - rent * home
            composite = sigma / (sigma - 1) * np.log(goods)
            return -(farm + economy.manufactures * composite + economy.housing * np.log(home))

        best = minimize(loss, np.log([0.1, 0.1, 0.1]), method="BFGS", options={"gtol": 1e-9})
        np.testing.assert_allclose(np.exp(best.x[:2]), clear["bought"][place], rtol=1e-4)
        expected = clear["utility"][place] - clear["profit"][place] + 10
        assert -best.fun == pytest.approx(expected, abs=1e-8)


def test_the_markup_is_the_most_profitable_one(economy):
    sigma, cost = economy.elasticity, 0.4
    prices = np.linspace(cost, 6 * cost, 200_001)[1:]
    best = prices[np.argmax((prices - cost) * prices**-sigma)]
    assert market(economy, 0.6, 0.5, cost=cost)["mill"] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize(("share", "phi"), PLACES)
def test_closed_forms_agree_with_the_cleared_markets(economy, share, phi):
    clear = market(economy, share, phi)
    np.testing.assert_allclose(model.rewards(economy, share, phi), clear["profit"], rtol=1e-12)
    ratio = clear["index"][0] / clear["index"][1]
    assert model.relative_price_index(economy, share, phi) == pytest.approx(ratio, rel=1e-12)
    expected = clear["utility"][0] - clear["utility"][1]
    assert model.utility_gap(economy, share, phi) == pytest.approx(expected, abs=1e-12)


def test_the_forces_add_up_to_the_slope_of_the_cleared_markets(economy):
    phi, step = np.array([0.2, 0.5, 0.85]), 1e-5
    slope = [(gap(economy, 0.5 + step, p) - gap(economy, 0.5 - step, p)) / (2 * step) for p in phi]
    parts = model.forces(economy, phi)
    np.testing.assert_allclose(parts.sum(axis=1), slope, rtol=1e-6, atol=1e-8)
    # Each by the piece of utility that it comes from.
    clear = [market(economy, 0.5 + step, p) for p in phi]
    index = [-economy.manufactures * np.log(c["index"][0] / c["index"][1]) / step for c in clear]
    rent = [-economy.housing * np.log(c["rent"][0] / c["rent"][1]) / step for c in clear]
    shops = [market(economy, 0.5, p, buyers=0.5 + step)["profit"] for p in phi]
    firms = [market(economy, 0.5 + step, p, buyers=0.5)["profit"] for p in phi]
    np.testing.assert_allclose(parts["market_size"], -np.diff(shops)[:, 0] / step, rtol=1e-6)
    np.testing.assert_allclose(parts["competition"], -np.diff(firms)[:, 0] / step, rtol=1e-6)
    np.testing.assert_allclose(parts["cost_of_living"], index, rtol=1e-6)
    np.testing.assert_allclose(parts["housing"], rent, rtol=1e-6)


def test_break_points_are_where_the_cleared_markets_change_sign(economy):
    def slope(phi):
        return gap(economy, 0.5 + 1e-4, phi)

    found = model.break_points(economy)
    middle = (found.opening + found.closing) / 2
    assert found.opening == pytest.approx(brentq(slope, 0.01, middle), abs=1e-6)
    assert found.closing == pytest.approx(brentq(slope, middle, 0.999), abs=1e-6)


@pytest.mark.parametrize(("sigma", "rho"), [(6, 1), (4, 2), (3, 2.5)])
def test_without_housing_the_break_point_is_pfluegers(sigma, rho):
    economy = model.Economy(elasticity=sigma, manufactures=0.3, housing=0, immobile=rho)
    # The slope of his utility gap at the even split, set to zero and solved for freeness.
    expected = (2 * rho * (sigma - 1) - sigma) / (2 * rho * (sigma - 1) + 3 * sigma - 2)
    assert model.break_points(economy).opening == pytest.approx(expected, rel=1e-12)
    assert model.break_points(economy).closing == pytest.approx(1)


def test_a_break_point_worked_by_hand():
    # σ = 3: a = 5/2; γ/μ = 1/3: y² - 5y/2 + 1 = 0, so y = 2 or 1/2; b = 6.
    found = model.break_points(ECONOMIES[0])
    assert (found.opening, found.closing) == pytest.approx((4 / 8, 5.5 / 6.5))


def test_sustain_points_are_where_the_first_leaver_of_the_core_gains(economy):
    found = model.sustain_points(economy)
    grid = np.linspace(0.02, 0.999, 4001)
    lasts = np.array([gap(economy, 1.0, phi) for phi in grid]) >= 0
    inside = (grid >= found.opening) & (grid <= found.closing)
    np.testing.assert_array_equal(lasts, inside)
    assert inside.any() and not inside.all()
    assert gap(economy, 1.0, found.opening) == pytest.approx(0, abs=1e-10)
    assert gap(economy, 1.0, found.closing) == pytest.approx(0, abs=1e-10)


def test_equilibria_are_where_the_cleared_markets_let_people_rest(economy):
    breaks, sustains = model.break_points(economy), model.sustain_points(economy)
    regimes = {
        breaks.opening / 2: [True],
        (breaks.opening + sustains.opening) / 2: [True, False, True],
        (sustains.opening + sustains.closing) / 2: [True, False, True],
        (breaks.closing + sustains.closing) / 2: [True, False, True],
        (1 + breaks.closing) / 2: [True],
    }
    shares = np.linspace(0, 1, 302)
    for phi, stable in regimes.items():
        table = model.equilibria(economy, phi)
        assert table["stable"].tolist() == stable
        pull = np.sign([gap(economy, share, phi) for share in shares])
        rest = [0.0] if pull[0] < 0 else []
        rest += list((shares[1:] + shares[:-1])[pull[1:] < pull[:-1]] / 2)
        rest += [1.0] if pull[-1] > 0 else []
        np.testing.assert_allclose(table.loc[table["stable"], "share"], rest, atol=1 / 301)
        inner = table.loc[table["share"].between(0, 1, inclusive="neither"), "share"]
        assert [gap(economy, share, phi) for share in inner] == pytest.approx([0] * len(inner))


def test_the_bifurcation_opens_at_a_break_point_and_fills_at_a_sustain_point(economy):
    table = model.bifurcation(economy)
    breaks, sustains = model.break_points(economy), model.sustain_points(economy)
    uneven = table.loc[table["share"] > 0.5 + 1e-9, "freeness"]
    full = table.loc[table["share"] > 1 - 1e-9, "freeness"]
    assert breaks.opening <= uneven.min() < uneven.max() <= breaks.closing
    assert (full.min(), full.max()) == pytest.approx((sustains.opening, sustains.closing))
    assert np.diff(table["freeness"].unique()).max() < 0.02
    # The outermost pair stays close to the even split: the transition is smooth.
    assert table.loc[table["freeness"].isin([uneven.min(), uneven.max()]), "share"].max() < 0.55


@pytest.mark.parametrize(("share", "phi"), [*PLACES, (1.0, 0.6)])
def test_gdp_per_resident_is_what_the_regions_produce(economy, share, phi):
    clear = market(economy, share, phi)
    made = clear["mill"] * clear["output"] * clear["firms"]
    farm = clear["immobile"] - clear["labour"]
    houses = clear["rent"] * 3.0
    table = model.accounts(economy, share, phi)
    np.testing.assert_allclose(table["reg"], (made + farm + houses) / clear["people"], rtol=1e-12)
    expected = made / (made + farm + houses)
    np.testing.assert_allclose(table["share_manufactures"], expected, rtol=1e-12)
    np.testing.assert_allclose(table["residents"], clear["people"] / 7.0, rtol=1e-12)


@pytest.mark.parametrize(("share", "phi"), PLACES)
def test_newcomer_effect_against_finite_differences(economy, share, phi):
    step = 1e-4
    low, mid, high = (
        model.accounts(economy, share + k * step, phi)["reg"].iloc[0] for k in (-1, 0, 1)
    )
    found = model.newcomer_effect(economy, share, phi)
    assert found.effect == pytest.approx((high - low) / (2 * step), abs=1e-6)
    assert found.change == pytest.approx((high - 2 * mid + low) / step**2, abs=1e-5)


def test_migration_follows_the_utility_gap_of_the_cleared_markets(panel):
    one = panel[panel["region"] == 1].set_index("period")
    for t in (0, 5, 80):
        step = 4.0 * gap(ECONOMIES[0], one["share"][t], one["freeness"][t])
        assert one["share"][t + 1] == pytest.approx(one["share"][t] + step, abs=1e-12)
    assert one["share"].between(0, 1).all() and one["share"].max() == 1


def test_the_panel_holds_the_papers_variables(panel):
    assert panel.groupby("period")["share"].sum().to_numpy() == pytest.approx(1)
    assert panel.groupby("period")["ia"].mean().to_numpy() == pytest.approx(1)
    people = panel["share"] + ECONOMIES[0].immobile
    growth = people.groupby(panel["region"]).transform(lambda s: s / s.shift() - 1)
    np.testing.assert_allclose(panel["lm"], growth, atol=1e-12)
    last = panel[panel["period"] == 30]
    clear = market(ECONOMIES[0], last["share"].iloc[0], last["freeness"].iloc[0])
    made = clear["mill"] * clear["output"] * clear["firms"] / clear["people"]
    total = made + (clear["immobile"] - clear["labour"]) / clear["people"]
    s = made / (total + ECONOMIES[0].housing)
    np.testing.assert_allclose(last["ia"], 2 * s / s.sum(), rtol=1e-12)


def test_associations_are_those_of_regressions_with_dummies(panel):
    found = model.associations(panel)
    phase = model.gaps(panel)["phase"].rename_axis("period").reset_index()
    data = panel.dropna().merge(phase, on="period")
    # Direction of movement, told from the shares and not from lm.
    one = panel[panel["region"] == 1].set_index("period")["share"].diff()
    assert (phase.set_index("period")["phase"] == "opening").equals(one.drop(0) > 0)
    parts = {name: data[data["phase"] == name] for name in ("opening", "closing")}
    for name, part in (parts | {"whole": data}).items():
        for variable in ("lm", "ia"):
            for column, extra in (("period", ""), ("two_way", " + C(region)")):
                fit = smf.ols(f"reg ~ {variable} + C(period){extra}", part).fit()
                expected = pytest.approx(fit.params[variable], rel=1e-8)
                assert found.loc[name, f"{variable}_{column}"] == expected


def test_freeness_and_barrier():
    assert model.freeness([1, 2], elasticity=3) == pytest.approx([1, 0.25])
    assert model.barrier([1, 0.25]) == pytest.approx([0, 0.6])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: model.Economy(1, 0.5, 0.1, 2), "elasticity is 1; expected above 1"),
        (lambda: model.Economy(3, 0.5, -0.1, 2), "housing is -0.1; expected at least 0"),
        (lambda: model.Economy(3, 0.5, 0.1, 0), "immobile is 0; expected above 0"),
        (lambda: model.Economy(3, float("nan"), 0.1, 2), "manufactures is nan; expected between"),
        (lambda: model.Economy(3, 0.7, 0.3, 9), "expected below 1, so that a wage"),
        (lambda: model.Economy(6, 0.8, 0.1, 1), "needs 2 of its immobile people"),
        (lambda: model.freeness(0.9, 3), "trade cost 0.9; expected at least 1"),
        (lambda: model.barrier(0.0), "trade freeness 0.0; expected above 0"),
        (lambda: model.break_points(model.Economy(3, 0.4, 0.3, 4)), "expected housing below"),
        (lambda: model.break_points(model.Economy(1.5, 0.4, 0.01, 1)), "immobile above"),
        (lambda: model.sustain_points(model.Economy(3, 0.4, 0.3, 4)), "does not last"),
        (lambda: model.migrate(ECONOMIES[0], 1.2, [0.5], 1), "start is 1.2; expected between"),
        (lambda: model.migrate(ECONOMIES[0], 0.5, [0.5], 0), "speed is 0; expected above 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_break_point_limits_are_the_ones_the_errors_name():
    a = 2.5
    limit = 0.4 * a**2 / 12
    model.break_points(model.Economy(3, 0.4, limit - 1e-6, 4))
    with pytest.raises(ValueError):
        model.break_points(model.Economy(3, 0.4, limit + 1e-6, 4))


def test_figures_carry_what_they_show(panel):
    economy = ECONOMIES[0]
    breaks, sustains = model.break_points(economy), model.sustain_points(economy)
    whole = figures.bifurcation(economy).figure.axes[0]
    marks = {c.get_label(): np.asarray(c.get_offsets()) for c in whole.collections}
    assert marks["break point"] == pytest.approx(
        np.array([[breaks.opening, 0.5], [breaks.closing, 0.5]])
    )
    assert marks["sustain point"][:, 0] == pytest.approx([sustains.opening, sustains.closing])
    dashed = next(line for line in whole.lines if line.get_linestyle() == "--")
    assert dashed.get_xdata() == pytest.approx([breaks.opening, breaks.closing])
    scatter = figures.loop(panel).figure.axes[0].collections
    assert sum(len(c.get_offsets()) for c in scatter) == panel["period"].max()
    _, right = figures.migration({"a": panel}).figure.axes
    reg = panel.loc[panel["region"] == 2, "reg"]
    assert right.lines[1].get_ydata() == pytest.approx(reg.to_numpy())
    curve = figures.utility_gap(economy, {"a": 0.68}).figure.axes[0]
    assert pd.Series(curve.collections[0].get_offsets()[:, 0]).tolist() == [0, 1]
    gather, spread, _ = figures.forces(economy).figure.axes[0].lines
    crossings = np.flatnonzero(np.diff(np.sign(gather.get_ydata() - spread.get_ydata())))
    found = gather.get_xdata()[crossings]
    assert found == pytest.approx([breaks.opening, breaks.closing], abs=0.002)
