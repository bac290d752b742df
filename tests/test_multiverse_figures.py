"""Figures and tables of the multiverse show what they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import multiverse_figures as pictures
from lib import multiverse_register as register
from lib import multiverse_shares as shares
from lib.curve_test import CurveTests
from lib.multiverse import Multiverse

CLAIM = register.claims()[0]


@pytest.fixture
def found() -> Multiverse:
    """All admitted specifications of LM in Table 1, larger where REG is a level."""
    frame = register.universe()
    frame = frame[frame["scope"].eq("whole") & frame["product"].isin(["none", "raw", "centred"])]
    frame = frame.reset_index(drop=True)
    term = pd.Categorical(["lm"] * len(frame), register.options("term"))
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, len(frame))
    r = np.where(frame["outcome"].eq("reg"), 0.3, -0.3) + noise
    p = np.where(np.abs(r) > 0.3, 0.01, 0.5)
    frame = frame.assign(term=term, r=r, coef=r, p_clustered=p, p_classical=p)
    frame = frame.assign(p_driscoll_kraay=p)
    nothing = np.zeros(len(frame))
    return Multiverse(frame, nothing[:, None], nothing[:, None], nothing, nothing, nothing)


def test_curve_draws_every_specification_once_and_in_order(found):
    chart = pictures.specification_curve(found, CLAIM)
    curve, grid = chart.figure.axes[:2]
    points = np.concatenate([line.get_xydata() for line in curve.lines if line.get_ls() == "None"])
    points = points[np.argsort(points[:, 0])]
    assert len(points) == len(found.estimates)
    np.testing.assert_allclose(points[:, 1], np.sort(found.estimates["r"]))
    printed = [line for line in curve.lines if line.get_linestyle() == "--"]
    assert printed[0].get_ydata()[0] == pytest.approx(CLAIM.r)
    labels = [text.get_text() for text in grid.get_yticklabels()]
    assert labels[:3] == ["REG", "level", "logarithm"]
    assert len(labels) == sum(map(len, (register.options(c) for c in shares.VARYING))) - 2 + 7
    assert "Specification curve" in repr(chart) and chart._repr_png_()[:4] == b"\x89PNG"


def test_cells_are_frequencies_beside_an_even_spread(found):
    grid = pictures.specification_curve(found, CLAIM).figure.axes[1]
    cells = np.ma.asarray(grid.collections[0].get_array())
    level, logarithm = cells[1], cells[2]
    # All levels are above all logarithms: nothing in one half, twice as many in the other.
    assert level[:26].max() == 0 and logarithm[26:].max() == 0
    assert level[26:].mean() == pytest.approx(2) and logarithm[:26].mean() == pytest.approx(2)
    assert cells[0].mask.all()
    means = cells.mean(axis=1).compressed()
    np.testing.assert_allclose(means, 1)


def test_legend_of_the_curve_counts(found):
    curve = pictures.specification_curve(found, CLAIM).figure.axes[0]
    words = [text.get_text() for text in curve.get_legend().get_texts()]
    shown = [int(word.split()[0]) for word in words]
    r, clear = found.estimates["r"], found.estimates["p_clustered"] < 0.05
    expected = [(~clear).mean(), (clear & (r < 0)).mean(), (clear & (r > 0)).mean()]
    assert shown == [round(100 * share) for share in expected]


def test_claims_plot_shows_quantiles_and_the_printed_figure(found):
    ax = pictures.claims_plot(found, [CLAIM]).figure.axes[0]
    nine, half = (each.get_segments()[0][:, 0] for each in ax.collections[:2])
    r = found.estimates["r"]
    assert nine.tolist() == pytest.approx(r.quantile([0.05, 0.95]).tolist())
    assert half.tolist() == pytest.approx(r.quantile([0.25, 0.75]).tolist())
    assert ax.collections[2].get_offsets()[0][0] == pytest.approx(r.median())
    assert ax.collections[3].get_offsets()[0][0] == pytest.approx(CLAIM.r)


def test_decomposition_writes_per_cent():
    frame = pd.DataFrame([[0.39, 0.61], [0.054, 0.946]], ["one", "two"], ["outcome", "effects"])
    ax = pictures.decomposition_plot(frame).figure.axes[0]
    assert [text.get_text() for text in ax.texts] == ["39", "61", "5", "95"]


def test_bands_are_drawn_beside_the_data():
    place = np.linspace(0, 1, 5)
    band = pd.DataFrame({"place": place, "seen": place, "low": -place, "middle": 0, "high": place})
    chart = pictures.bands_plot({"LM": band, "IA": band})
    assert len(chart.figure.axes) == 2
    lines = {line.get_label(): line for line in chart.figure.axes[1].lines}
    assert lines["the data"].get_ydata().tolist() == place.tolist()


def test_registers_are_shown_in_full_and_in_words():
    table = pictures.register_table("c", "tab-x")
    assert len(table.frame) == len(register.register())
    rules = pictures.exclusions_table("c", "tab-y").frame.set_index("Left out")
    assert len(rules) == len(register.exclusions())
    assert rules.loc["IA: employment", "With"] == "Controls: five, seven"
    assert rules.loc["Sample: Delta", "With"] == (
        "Table or column: Upper reach, Middle reach, Lower reach"
    )
    assert rules.loc["LM: logarithm", "With"] == "anything"
    assert "_" not in "".join(rules.index) + "".join(rules["With"])


def test_counts_table_adds_up():
    frame = pictures.counts_table("c", "tab-x").frame.set_index("")
    numbers = frame.map(lambda text: int(text.replace(",", "")))
    assert numbers.drop("All").sum().tolist() == numbers.loc["All"].tolist()


def test_agreement_table_in_per_cent(found):
    agree = shares.agreement(found, [CLAIM])
    row = pictures.agreement_table(agree, [CLAIM], "c", "tab-x").frame.iloc[0]
    assert row["Claim"] == "Table 1: LM" and row["Printed"] == "0.501**"
    assert row["Sign"] == "50"
    expected = 100 * agree.loc[0, "agrees_clustered_5"]
    assert row["5\u00a0%, by\u00a0city"] == f"{expected:.0f}"


def test_options_table_in_per_cent(found):
    table = pictures.options_table(shares.by_option(found, CLAIM, "outcome"), "c", "tab-x")
    assert table.frame["Positive, %"].tolist() == ["100", "0"]
    assert table.frame["Options"].tolist() == ["level", "logarithm"]


def test_test_table_shows_p_values_and_their_error():
    row = {"label": "Table 1: LM", "specifications": 1234, "family_p": 0.5}
    for name, value in {"median": -0.0123, "share": 0.256, "z": -46.6}.items():
        row |= {name: value, f"{name}_p": 0.02, f"{name}_error": 0.0057}
    tested = CurveTests(pd.DataFrame([row]), {})
    one = pictures.test_table({"all": tested}, "c", "tab-x").frame.iloc[0]
    assert one.tolist() == [
        "Table 1: LM", "1,234", "−0.012", "0.020 (0.006)", "26", "0.020 (0.006)", "−47",
        "0.020 (0.006)", "0.500",
    ]  # fmt: skip
    two = pictures.test_table({"a": tested, "b": tested}, "c", "tab-x", family=False).frame
    assert two["Curve"].tolist() == ["Table 1: LM, a", "Table 1: LM, b"]
    assert "p of z, all claims" not in two
