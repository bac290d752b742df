"""Chapter 6 against algebra, linearmodels and the ledger."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose

from lib import placebo, specifications, style, verdicts
from lib.specifications import MIDDLE, MODEL1, READINGS
from studies import arithmetic

FEW = (MODEL1, MIDDLE)


@pytest.fixture(scope="module")
def found(data):
    return arithmetic.slopes(data)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(arithmetic, "COLUMNS", FEW)


def test_cells_are_those_of_the_ledger(data, few):
    ledger = verdicts.ledger(data, columns=FEW).query("errors == 'jackknife'")
    ledger = ledger.set_index(["reading", "heading", "row"])
    ours = arithmetic.cells(data)
    assert list(ours.index) == list(ledger.index)
    assert_allclose(ours[["coef", "p", "t"]], ledger[["coef", "p", "t"]], rtol=1e-7)
    assert list(ours["verdict"]) == list(ledger["verdict"])


def test_a_belt_returns_all_its_own_verdicts_and_another_does_not(data, few):
    # Inventing a Belt again from an invented one, with the same elasticity, changes nothing.
    invented = placebo.belt(data, 2.0)
    counts = arithmetic.returned(invented, [2.0, -2.0]).set_index("elasticity")
    assert counts["decided"].nunique() == 1 and counts.loc[2.0, "decided"] > 2
    assert counts.loc[2.0, "returned"] == counts.loc[2.0, "decided"]
    assert counts.loc[-2.0, "returned"] < counts.loc[-2.0, "decided"]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_in_logarithms_what_is_left_is_the_slope_of_output(data, found, reading):
    rows = specifications.rows(data, reading, MODEL1)
    people = placebo.residents(data).set_axis(pd.MultiIndex.from_frame(data[["city", "year"]]))
    rows = rows.set_index(["city", "year"])
    rows["output"] = np.log(rows["REG"] * people.loc[rows.index])
    fit = PanelOLS.from_formula("output ~ 1 + LM + IA + period + EntityEffects", rows).fit()
    left = found.loc[("twoway", "log", reading.name, "official less invented")]["coef"]
    assert_allclose(left[["LM", "IA"]], fit.params[["LM", "IA"]], rtol=1e-7)


def test_a_verdict_decides_where_its_own_interval_excludes_zero(found):
    official = found.xs("official", level="kind")
    excludes = np.sign(official["low"]) == np.sign(official["high"])
    assert (excludes == official["verdict"].ne("cannot tell")).all()
    wide = np.sign(official["low_province"]) == np.sign(official["high_province"])
    firm = official["firm"] & excludes
    assert (wide & excludes).sum() == firm.sum() and 0 < firm.sum() < excludes.sum()
    assert found.xs("invented", level="kind")["verdict"].isna().all()
    other = found.drop("official", level="kind")
    assert ((other["p"] < 0.05) == (np.sign(other["low"]) == np.sign(other["high"]))).all()


def fills(chart):
    return [
        [to_hex(each) for points in ax.collections[2:] for each in points.get_facecolors()]
        for ax in chart.figure.axes
    ]


def test_fills_are_dark_where_a_difference_is_told_from_zero(found):
    beyond = fills(arithmetic.along_paths(found, "official less invented", "beyond"))
    dark = sum(each.count(style.INK) for each in beyond)
    assert sum(map(len, beyond)) == 24
    assert dark == (found.xs("official less invented", level="kind")["p"] < 0.05).sum()


def test_the_slopes_along_paths_by_hand():
    """Marks stand in the panel of their path, on the line of their reading and outcome."""
    levels = (("twoway", "start", "trend"), ("level", "log"), ("flow", "stock"),
              ("official", "invented"), ("LM", "IA"))  # fmt: skip
    names = ["path", "outcome", "reading", "kind", "row"]
    found = pd.DataFrame(index=pd.MultiIndex.from_product(levels, names=names))
    found["coef"] = np.arange(len(found)) / 4 - 3
    for end, half in (("", 0.1), ("_province", 0.2)):
        found[f"low{end}"], found[f"high{end}"] = found["coef"] - half, found["coef"] + half
    found["verdict"], found["firm"] = "supported", found["coef"] > 0
    axes = arithmetic.along_paths(found, "official", "t").figure.axes
    assert [ax.get_title(loc="left") for ax in axes[:3]] == [
        "No own paths", "Paths from 2008", "A trend per city"
    ]  # fmt: skip
    for ax, (term, path) in zip(axes, product(("LM", "IA"), levels[0]), strict=True):
        assert ax.get_xlabel() == f"Slope of {term}"
        labels = [text.get_text() for text in axes[0].get_yticklabels()]
        lines = dict(zip(labels, axes[0].get_yticks(), strict=True))
        province, city, marks = ax.collections
        ends = {round(s[0, 1]): s[:, 0] for s in city.get_segments()}
        wide = {round(s[0, 1]): s[:, 0] for s in province.get_segments()}
        colours = dict(zip(marks.get_offsets()[:, 1], marks.get_facecolors(), strict=True))
        dots = dict(marks.get_offsets()[:, ::-1].tolist())
        crosses = {round(y + 0.3): x for x, y in ax.lines[1].get_xydata()}
        for reading, outcome in product(levels[2], levels[1]):
            y = lines[f"{reading}, {outcome}"]
            b = found.loc[(path, outcome, reading, "official", term), "coef"]
            assert dots[y] == b and np.allclose(
                [*ends[y], *wide[y]], b + np.array([-0.1, 0.1, -0.2, 0.2])
            )
            assert to_hex(colours[y]) == (style.VERDICT if b > 0 else style.SOFT)["supported"]
            assert crosses[y] == found.loc[(path, outcome, reading, "invented", term), "coef"]
