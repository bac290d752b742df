"""Distances on the globe and market potential, by hand."""

import numpy as np
import pandas as pd
import pytest

from lib import indicators
from lib.panel import DataError


def test_market_potential_of_three_cities_by_hand():
    size = pd.Series({"a": 10.0, "b": 20.0, "c": 30.0})
    apart = pd.DataFrame([[0, 2, 5], [2, 0, 10], [5, 10, 0]], size.index, size.index, float)
    found = indicators.market_potential(size, apart)
    assert found.tolist() == pytest.approx([20 / 2 + 30 / 5, 10 / 2 + 30 / 10, 10 / 5 + 20 / 10])
    steep = indicators.market_potential(size, apart, decay=2)
    assert steep["a"] == pytest.approx(20 / 4 + 30 / 25)
    wrong = (size.replace(20.0, np.nan), apart), (size[["b", "a", "c"]], apart)
    for arguments in (*wrong, (size, apart.replace(2.0, 0.0))):
        with pytest.raises(DataError, match="expected a size of each place and some distance"):
            indicators.market_potential(*arguments)
