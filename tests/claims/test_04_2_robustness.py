"""Sentences of the section on two-stage least squares, in every case."""

import numpy as np
from headline import ONCE, Headline

CELLS = {("stock", "Model 1", "LM"): "supported", ("stock", "Model 2", "LM_IA"): "supported",
         ("flow", "Model 2", "LM_IA"): "opposed"}  # fmt: skip


def decided(page, _):
    found = page.paper["verdict"]
    return len(found) == 16 and dict(found[found.ne("cannot tell")]) == CELLS


def stock(page, case):
    line = page.lm["stock"].loc[case]
    return line["coef"] > 0 and (line["province_p"] < 0.05) == (case != "clean")


def flow(page, case):
    """The sign of mobility in each case is not all that there is to it: it turns over the cases."""
    line, every = page.product["flow"].loc[case], page.lm["flow"]["coef"]
    return every.min() < 0 < every.max() and line["coef"] < 0 and line["province_p"] > 0.05


def positive(page, case):
    return page.lm["stock"].loc[case, "coef"] > 0 and page.product["stock"].loc[case, "coef"] > 0


HEADLINES = [
    Headline("is positive in all six cases", stock),
    Headline("in all cases but one", stock),
    Headline("If mobility is a *flow*", flow),
    Headline("the 2SLS slopes of mobility", lambda p, c: positive(p, c) and flow(p, c)),
    Headline("below the true slope", lambda p, _: p.simulated.max() < 0, ONCE),
    Headline("so there are {eval}", decided, ("paper",)),
    Headline("our 2SLS supports", decided, ("paper",)),
    Headline("2SLS finds the printed sign", positive),
    Headline("in all cases but clean rows", stock),
    Headline("With the flow, the slope of LM is", flow),
    Headline("is then negative in every case", flow),
]
NO_CLAIM = ["Workers go to cities where output grows."]


def test_the_regression_in_sight_and_the_engine_give_the_slopes_of_the_table(page):
    for name, found in page.found.items():
        heading, reading = name.split(", ")
        ours = page.every.xs((reading, heading, "paper"), level=["reading", "heading", "case"])
        assert np.allclose(found.coef, ours["coef"][list(found.x)], rtol=1e-7)
        assert np.allclose(found.province["p"], ours["province_p"][list(found.x)], rtol=1e-6)
    assert np.allclose(
        page.found["Model 1, stock"].coef[["LM", "IA"]], page.fit.params[["LM", "IA"]], rtol=1e-8
    )


def test_instruments_are_strong_for_the_stock_and_hang_on_tongling(page):
    found, alone = page.found, page.alone
    for each in (found, alone):
        assert min(each["Model 1, stock"].cragg_donald, each["Model 1, stock"].kleibergen_paap) > 40
        assert each["Model 1, flow"].cragg_donald < 3
    assert alone["Model 1, flow"].kleibergen_paap < 10
    for name in ("Model 1, stock", "Model 2, stock"):
        assert page.alone_explained[name] > 1.5 * page.explained[name]
    assert alone["Model 1, stock"].coef["LM"] < found["Model 1, stock"].coef["LM"]
