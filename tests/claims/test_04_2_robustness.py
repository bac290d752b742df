import numpy as np
from headline import ONCE, Headline

CELLS = {("stock", "Model 1", "LM"): "supported", ("stock", "Model 2", "LM_IA"): "supported",
         ("flow", "Model 2", "LM_IA"): "opposed"}  # fmt: skip


def decided(page, _):
    verdicts = page.paper["verdict"]
    return len(verdicts) == 16 and dict(verdicts[verdicts.ne("cannot tell")]) == CELLS


def stock(page, case):
    slope = page.lm["stock"].loc[case]
    return slope["coef"] > 0 and (slope["province_p"] < 0.05) == (case != "clean")


def flow(page, case):
    """The sign of mobility turns over the cases; the product's does not."""
    product, mobility = page.product["flow"].loc[case], page.lm["flow"]["coef"]
    turns = mobility.min() < 0 < mobility.max()
    return turns and product["coef"] < 0 and product["province_p"] > 0.05


def positive(page, case):
    return page.lm["stock"].loc[case, "coef"] > 0 and page.product["stock"].loc[case, "coef"] > 0


HEADLINES = [
    Headline("our 2SLS supports", decided, ("paper",)),
    Headline("is positive in all six cases", stock),
    Headline("both slopes under the stock", lambda p, c: positive(p, c) and flow(p, c)),
    Headline("below the true slope", lambda p, _: p.simulated.max() < 0, ONCE),
    Headline("2SLS finds the printed sign", positive),
    Headline("in all cases but clean rows", stock),
    Headline("Under the flow the sign of mobility", flow),
]


def test_the_regression_in_sight_gives_the_slopes_of_the_table(page):
    ours = page.every.xs(("stock", "Model 1", "paper"), level=["reading", "heading", "case"])
    assert np.allclose(page.fit.params[["LM", "IA"]], ours["coef"][["LM", "IA"]], rtol=1e-7)


def test_instruments_are_strong_for_the_stock_and_weak_for_the_flow(page):
    for tests in (page.found, page.alone):
        stock, flow = tests["Model 1, stock"], tests["Model 1, flow"]
        assert min(stock.cragg_donald, stock.kleibergen_paap) > 40
        assert flow.cragg_donald < 3
