"""Chapter 6: the page's own ten lines, and S by the sum over cities."""

import pytest

from lib import cases
from lib.specifications import MODEL1, READINGS


def test_the_ten_lines_give_the_bar_of_the_figure(page):
    bar = page.bars.loc[("mended", "index")]
    ends = page.compatible.min(), page.compatible.max()
    assert ends == pytest.approx(bar[["low", "high"]].tolist(), abs=0.02)


def test_s_is_the_sum_of_income_times_tilt(page):
    for reading in READINGS:
        tilt = page.tilts[reading.name]
        by_regression = cases.fit(page.scale, reading, MODEL1, cases.MENDED).coef["LM"]
        assert page.rich[tilt.index] @ tilt == pytest.approx(by_regression, rel=1e-9)
        assert tilt.sum() == pytest.approx(0, abs=1e-9)
