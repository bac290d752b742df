"""Sentences of the introduction."""

import numpy as np
from headline import Headline
from headline import panel as panel_in

from lib import panel

DATA = panel.load()


def apart(page, case):
    """The spread of log income and of income in 2023 over that in 2008."""
    wide = panel_in(DATA, case).pivot(index="city", columns="year", values="reg")[[2008, 2023]]
    both = wide.dropna()
    return [(part[2023].std() / part[2008].std()) for part in (np.log(both), both)]


HEADLINES = [
    Headline(
        "came closer in proportion",
        lambda page, case: apart(page, case)[0] < 1 < apart(page, case)[1],
    ),
    Headline(
        "As ratios the incomes of the cities",
        lambda page, case: apart(page, case)[0] < 1 < apart(page, case)[1],
    ),
]
NO_CLAIM = [
    "People move to cities where wages",
    "A city that gains people",
    "It may also become crowded",
]


def test_all_printed_coefficients_of_mobility_industry_and_their_product_are_positive(page):
    assert len(page.three) and (page.three["coef"] > 0).all()
