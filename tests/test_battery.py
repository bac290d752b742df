"""All tests of all columns: that each is the test it says, and what the tables make of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import battery, diagnostics, error_tests, functional_form, influence, moran, unit_roots
from lib import diagnostics_figures as pictures
from lib import panel as panels
from lib.denominator import levels_and_changes
from lib.diagnostics import Sample
from lib.estimation import Statistic, hausman
from lib.published import printed_text
from lib.specifications import BASELINE, SPECIFICATIONS, prepare, rows_of
from lib.style import Chart
from lib.tables import Table, number, p_value

KEYS = [question.key for question in battery.QUESTIONS]
SPEC = SPECIFICATIONS[2]


@cache
def data() -> pd.DataFrame:
    return panels.load_indicators()


@cache
def rows() -> pd.DataFrame:
    return rows_of(prepare(data()), SPEC)


@cache
def found() -> dict[str, Statistic]:
    return battery.run(rows(), SPEC, battery.places_of(data()))


@cache
def table() -> pd.DataFrame:
    """As over_columns makes it, with figures of our own."""
    rng = np.random.default_rng(1)
    cells = [
        {"reading": reading, "column": spec.column, "heading": spec.heading, "test": key,
         "stat": float(rng.uniform(0, 2000)), "df": (2, 99), "p": float(rng.uniform(0, 0.1))}
        for reading in ("Baseline", "LM gross of natural growth")
        for spec in SPECIFICATIONS for key in KEYS
    ]  # fmt: skip
    return pd.DataFrame(cells)


def test_each_key_is_its_test():
    sample = Sample.of(rows(), SPEC.terms)
    places = data().drop_duplicates("city_code").set_index("city_code")
    shape = functional_form.level_against_log(sample)
    expected = {
        "city_effects": diagnostics.effects_f(sample, "twoway", "year"),
        "year_effects": diagnostics.effects_f(sample, "twoway", "city"),
        "slopes_cities": diagnostics.equal_slopes(sample, sample.cities[:, None]),
        "slopes_years": diagnostics.equal_slopes(sample, sample.years[None, :]),
        "random_effects": diagnostics.mundlak(sample),
        "serial": error_tests.wooldridge(sample, year_effects=True).test,
        "cross_section": error_tests.cross_section(sample).test,
        "reset": functional_form.reset(sample).clustered,
        "level": shape.level,
        "log": shape.log,
    }
    assert set(found()) == set(KEYS) == {*expected, "variances", "neighbours"}
    assert {key: found()[key] for key in expected} == expected
    equal = error_tests.equal_variances(sample)
    assert (found()["variances"].stat, found()["variances"].p) == (equal.test.stat, equal.p)
    near = moran.pooled(sample, places, "nearest")
    assert (found()["neighbours"].stat, found()["neighbours"].p) == (near.statistic, near.p)


def test_columns_and_readings_are_all_there(monkeypatch):
    seen = []

    def run(part, spec, places):
        seen.append((spec.column, len(part)))
        return {"serial": Statistic(float(len(part)), (1,), 0.01)}

    monkeypatch.setattr(battery, "run", run)
    prepared = {"A": prepare(data()), "B": prepare(data()).iloc[::2]}
    frame = battery.over_columns(prepared, battery.places_of(data()))
    assert frame["reading"].tolist() == ["A"] * 7 + ["B"] * 7
    assert frame["column"].tolist() == [spec.column for spec in SPECIFICATIONS] * 2
    assert frame["heading"].iloc[4] == SPECIFICATIONS[4].heading
    for spec, stat in zip(SPECIFICATIONS, frame["stat"], strict=False):
        assert stat == len(rows_of(prepared["A"], spec))


def test_one_test_over_all_columns():
    counted = battery.over({"A": prepare(data())}, lambda sample: sample.nobs)
    assert list(counted) == [("A", spec.column) for spec in SPECIFICATIONS]
    used = rows().dropna(subset=["y", *SPEC.terms])
    assert counted["A", SPEC.column] == len(used)


def test_rejections_are_counted_by_reading():
    frame = table()
    part = frame[(frame["test"] == "reset") & (frame["reading"] == "Baseline")]
    counts = battery.rejections(frame, "reset")
    assert counts["Baseline"] == sum(p < 0.05 for p in part["p"])
    assert counts.index.tolist() == ["Baseline", "LM gross of natural growth"]


def test_slopes_of_their_own_are_found():
    rng = np.random.default_rng(2)
    own = np.linspace(-2, 3, 30)[:, None]
    x = rng.normal(size=(1, 30, 400))
    y = own * x[0] + rng.normal(size=(30, 1)) + np.sin(np.arange(400))
    present = np.ones((30, 400), dtype=bool)
    present[5, 3:] = False  # too few rows
    made = Sample(y * present, x * present, present, ("a",), np.arange(30), np.arange(400))
    found_spread = battery.spread(made)
    left = np.delete(own.ravel(), 5)
    expected = np.quantile(left, [0.25, 0.5, 0.75])
    assert_allclose(found_spread.loc["a", ["q1", "median", "q3"]], expected, atol=0.15)
    assert found_spread.loc["a", "cities"] == 29


def test_places_are_those_of_the_roster():
    places = battery.places_of(data())
    assert len(places) == 110
    assert_allclose(places.loc[310000], [121.407, 31.09])


# -- tables ---------------------------------------------------------------------------------------


def cell(frame: Table, row: int, column: str) -> str:
    return frame.frame.iloc[row][column]


def test_a_column_table_has_statistic_and_p_of_each_reading():
    made = pictures.columns_table(table(), ("reset", "serial"), "C", "tab-c", "Note.")
    assert made.frame["Column"].tolist() == [spec.heading for spec in SPECIFICATIONS]
    assert len(made.frame.columns) == 5
    one = table().set_index(["reading", "column", "test"]).loc[
        ("LM gross of natural growth", "model2", "serial")
    ]  # fmt: skip
    stat = f"{one['stat']:,.0f}" if one["stat"] >= 1000 else number(one["stat"], 2)
    title = "Wooldridge, errors without memory: LM gross"
    assert cell(made, 1, title) == f"{stat} ({p_value(one['p'])})"


def test_the_summary_draws_the_consequence_from_the_p_value():
    frame = table()
    added = {"Test": "One more", "Statistic": "1", "df": "–", "p": "–", "Verdict": "v",
             "Consequence": "c", "Rejects in": "–"}  # fmt: skip
    made = pictures.summary_table(frame, "model1", [added], "C", "tab-c").frame
    assert len(made) == len(KEYS) + 1 and made["Test"].iloc[-1] == "One more"
    one = frame[(frame["reading"] == "Baseline") & (frame["column"] == "model1")]
    p = one.set_index("test")["p"]
    for question, row in zip(battery.QUESTIONS, made.to_dict("records"), strict=False):
        rejects = p[question.key] < 0.05
        assert row["Verdict"] == ("rejected" if rejects else "not rejected")
        assert row["Consequence"] == (question.rejected if rejects else question.kept)
        counts = battery.rejections(frame, question.key)
        assert row["Rejects in"] == ", ".join(f"{count}/7" for count in counts)
    assert {"rejected", "not rejected"} <= set(made["Verdict"])


def test_hausman_stands_beside_mundlak_and_the_printed_p():
    one = hausman(rows(), "y", SPEC.terms)
    tests = dict.fromkeys((spec.column for spec in SPECIFICATIONS), one)
    made = pictures.hausman_table(table(), tests, "C", "tab-c").frame
    assert made["Printed p"].tolist() == [
        printed_text(spec.table, spec.column, "hausman_p") for spec in SPECIFICATIONS
    ]
    assert made["Hausman, one variance"].iloc[0] == f"{number(one.stat, 2)} ({p_value(one.p)})"
    assert len(made.columns) == 5


def test_memory_and_changes_are_shown_by_column_and_reading():
    memory = {
        (reading, spec.column): error_tests.SerialCorrelation(k / 10, Statistic(k, (1, 9), 0.5))
        for reading in ("Baseline", "Other") for k, spec in enumerate(SPECIFICATIONS)
    }  # fmt: skip
    made = pictures.memory_table(memory, "C", "tab-c").frame
    assert made["Rho: Other"].tolist() == [f"{k / 10:.2f}" for k in range(7)]
    assert made["F: baseline"].iloc[3] == "3.00 (0.500)"
    changes = levels_and_changes(rows(), "y")
    shown = pictures.changes_table({("Baseline", "log REG"): changes}, "C", "tab-c").frame
    assert shown["Regressor: reading"].tolist() == ["LM: baseline", "IA: baseline"]
    assert shown["log REG, changes"].iloc[1] == (
        f"{number(changes.loc['ia', 'change'])} [{number(changes.loc['ia', 'change_t'], 1)}]"
    )


def test_roots_deletions_and_rows_are_shown():
    root = unit_roots.PanelUnitRoot(-1.234, 0.04, 0.25, 110, 16)
    made = pictures.roots_table({("log_reg", 0): root, ("log_reg", 1): root}, "C", "tab-c").frame
    assert made.iloc[0].tolist() == [
        "log REG", "110", "16", "−1.23 (0.040)", "25 %", "−1.23 (0.040)", "25 %"
    ]  # fmt: skip
    sample = Sample.of(prepare(data()), ("lm", "ia"))
    provinces = data().groupby("city_code")["province"].first().to_dict()
    left = influence.leave_out(sample, provinces)
    shown = pictures.left_out_table(left, ("lm",), "C", "tab-c").frame
    assert shown["Without"].tolist() == sorted(set(provinces.values()) - {"Guizhou"})
    first = left.iloc[0]
    assert shown["LM"].iloc[0] == f"{number(first['lm'])} [{number(first['lm_t'], 1)}]"
    single = influence.dfbetas(sample)
    listed = pictures.rows_table(single, data(), "lm", "C", "tab-c").frame
    assert len(listed) == 6
    assert listed["LM"].str.replace("−", "-").astype(float).abs().is_monotonic_decreasing
    top = single["lm"].abs().idxmax()
    flags = data().set_index(["city_code", "year"]).loc[top, "flags"]
    assert ("boundary" in flags) == ("boundary" in listed["Flags"].iloc[0])


def test_collinearity_is_shown_raw_and_centred():
    made = pictures.collinearity_table(prepare(data()), "C", "tab-c").frame.set_index("Column")
    raw = diagnostics.collinearity(Sample.of(rows(), SPEC.terms))
    mid = diagnostics.collinearity(Sample.of(diagnostics.centred(rows()), SPEC.terms))
    row = made.loc[SPEC.heading]
    assert row["VIF, raw"] == number(raw.vif.max(), 1)
    assert row["Condition number, centred"] == number(mid.condition, 1)
    assert made.loc["Model 1", "VIF, centred"] == "–"


# -- figures --------------------------------------------------------------------------------------


def test_the_grid_fills_what_is_rejected():
    text = repr(pictures.grid(table()))
    frame = table()
    for reading, label in (("Baseline", "baseline"), ("LM gross of natural growth", "LM gross")):
        part = frame[frame["reading"] == reading]
        assert f"{label}: rejected: {(part['p'] < 0.05).sum()} points" in text
        assert f"{label}: not rejected: {(part['p'] >= 0.05).sum()} points" in text


def test_curves_and_marks_hold_what_was_found():
    power = pd.DataFrame(
        {"root": [0.5, 1.0], "share": 1.0, "alone": [0.2, 0.05], "panel": [1, 0.1]}
    )
    mixed = power.assign(share=[0.0, 1.0])
    assert "panel: 2 points; x 0.5 to 1" in repr(pictures.power_curves(power, mixed, 110, 16))
    years = pd.DataFrame({"I": [0.1, 0.5], "p": [0.2, 0.01]}, index=[2010, 2011])
    shown = repr(pictures.moran_years({"baseline": years}))
    assert "baseline: 1 points; x 2011" in shown
    assert "baseline, not significant: 1 points; x 2010" in shown
    curve = pd.Series([-5.0, 0.0, -3.0], index=[0.0, 0.2, 1.0])
    made = pictures.box_cox_curves({"Baseline": functional_form.BoxCox(curve, 0.2, 0.1, 0.3)})
    assert "baseline: 3 points; x 0 to 1" in repr(made)


def test_the_slopes_without_a_city_stand_in_order():
    sample = Sample.of(prepare(data(), BASELINE), ("lm", "ia"))
    left = {"Baseline": influence.leave_out(sample)}
    names = data().groupby("city_code")["city"].first()
    made = pictures.left_out(left, {"Baseline": sample.fit()}, names)
    assert isinstance(made, Chart)
    axes = made.figure.axes[0]
    shown = axes.collections[-1].get_offsets()[:, 1]
    assert (np.diff(shown) >= 0).all() and len(shown) == len(sample.cities)
    labels = {text.get_text() for text in axes.texts}
    lowest = names[left["Baseline"]["lm"].idxmin()]
    assert f"without {lowest}" in labels


@pytest.mark.parametrize("value, text", [(3.14159, "3.14"), (-2.5, "−2.50"), (1234.5, "1,234")])
def test_large_statistics_lose_their_decimals(value, text):
    assert pictures._statistic(value) == text
