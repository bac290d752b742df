"""Sentences of the introduction."""

import numpy as np
from headline import Headline
from headline import panel as panel_in

from lib import panel

DATA = panel.load()


def apart(page, case):
    """In 2023 the spread of log income is smaller than in 2008, and that of income larger."""
    wide = panel_in(DATA, case).pivot(index="city", columns="year", values="reg")[[2008, 2023]]
    ratio, money = (part[2023].std() / part[2008].std() for part in (np.log(wide), wide))
    return ratio < 1 < money


HEADLINES = [
    Headline("came closer in proportion", apart),
    Headline("As ratios the incomes of the cities", apart),
]
NO_CLAIM = [
    "People move to cities where wages",
    "A city that gains people",
    "But the city may also become crowded",
]


def test_all_printed_coefficients_of_mobility_industry_and_their_product_are_positive(page):
    assert len(page.three) and (page.three["coef"] > 0).all()
