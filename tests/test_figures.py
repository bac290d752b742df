"""The points behind a coefficient, and slopes with their intervals."""

import numpy as np
import pytest
import shown

from lib import figures, panel


def test_claims_are_drawn_where_they_are():
    """Model 1 prints 0.501** for LM, and Model 2 −2.679** for TE; t of ten degrees is 2.228."""
    slopes = shown.slopes(
        "coef province_se",
        ("flow", "Model 1", "LM", "paper", 1.0, 0.5),
        ("flow", "Model 1", "LM", "mended", 3.0, 1.0),
        ("flow", "Model 2", "TE", "paper", -2.0, 0.1),
        ("flow", "Model 2", "TE", "mended", 2.0, 0.1),
        ("flow", "2008–2016", "IA", "paper", 9.0, 0.1),
        ("flow", "Upper reach", "LM", "paper", np.nan, np.nan),
    )
    left, right = figures.claims(slopes).figure.axes
    assert [ax.get_title(loc="left") for ax in (left, right)] == [
        "Model 1\nLM: 0.501**", "Model 2\nTE: −2.679**"
    ]  # fmt: skip
    assert [each.get_text() for each in left.get_yticklabels()] == [
        "flow, paper's case", "flow, mended"
    ]  # fmt: skip
    marks = [line for line in left.lines if line.get_marker() == "o"]
    assert [line.get_xydata()[0].tolist() for line in marks] == [[1, 0], [3, 1]]
    assert [line.get_markerfacecolor() == "white" for line in marks] == [True, False]
    ends = [part.get_segments()[0][:, 0] for part in left.collections]
    assert np.allclose(ends, [[1 - 1.114, 1 + 1.114], [3 - 2.228, 3 + 2.228]], atol=1e-3)
    grey = [
        ax.patches[0].get_extents().transformed(ax.transData.inverted()) for ax in (left, right)
    ]
    assert grey[0].x0 == pytest.approx(0) and grey[1].x1 == pytest.approx(0)
    with pytest.raises(panel.DataError, match="found none with an interval"):
        figures.claims(slopes.iloc[-1:])
    for ax in (left, right):  # nothing lies outside
        low, high = ax.get_xlim()
        assert all(low < part.get_segments()[0][0, 0] and part.get_segments()[0][1, 0] < high
                   for part in ax.collections)  # fmt: skip
