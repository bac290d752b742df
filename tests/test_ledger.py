"""The ledger against verdicts handed out on purpose, and against one estimate after another."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import ledger, published
from lib import specifications as sp

KEYS = ["table", "column", "row"]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Nine cities, all years, random series; three of them in the Delta."""
    rng = np.random.default_rng(9)
    rows = pd.DataFrame([(c, y) for c in range(9) for y in range(2008, 2024)])
    rows = rows.set_axis(["city_code", "year"], axis=1)
    n = len(rows)
    controls = {name: rng.normal(size=n) for name in sp.CONTROLS}
    return rows.assign(
        reach=np.take(["upper", "middle", "lower"], rows["city_code"] % 3),
        province=np.take(["Sichuan", "Hubei", "Jiangsu"], rows["city_code"] % 3),
        reg=np.exp(rng.normal(size=n)),
        lm_flow=rng.normal(size=n),
        share_secondary=rng.uniform(0.2, 0.6, n),
        flags="",
        **controls,
    )


READINGS = (
    sp.BASELINE,
    replace(sp.BASELINE, name="log", outcome="log_reg"),
    replace(sp.BASELINE, name="Delta", sample="delta41"),
)


@pytest.fixture(scope="module")
def kept(data) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "READINGS", READINGS)
        return ledger.ledger(data)


def test_there_is_a_row_for_each_of_the_23_printed_coefficients_in_order(kept) -> None:
    printed = pd.concat([published.coefficients(table) for table in (1, 2, 3)])
    assert len(kept) == 23
    assert kept[KEYS].to_numpy().tolist() == printed[KEYS].to_numpy().tolist()
    assert kept["printed"].tolist() == printed["coef"].tolist()


def test_figures_and_verdicts_are_those_of_the_baseline(data, kept) -> None:
    cells = [published.compare(spec, sp.estimate(data, spec)) for spec in sp.SPECIFICATIONS]
    expected = pd.concat(cells, ignore_index=True)
    pd.testing.assert_frame_equal(kept[expected.columns], expected)


def test_counts_are_those_of_one_estimate_after_another(data, kept) -> None:
    held, verdicts = Counter(), Counter()
    for reading in READINGS:
        for spec in sp.SPECIFICATIONS:
            if reading.sample == "delta41" and spec.column in ("upper", "middle"):
                continue
            for cell in published.compare(spec, sp.estimate(data, spec, reading)).itertuples():
                held[(spec.column, cell.row)] += 1
                verdicts[(spec.column, cell.row, cell.verdict)] += 1
    for cell in kept.itertuples():
        assert cell.readings == held[(cell.column, cell.row)]
        assert cell.agree == verdicts[(cell.column, cell.row, "agrees")]
        assert cell.contradict == verdicts[(cell.column, cell.row, "contradicts")]


def test_a_column_that_a_reading_does_not_have_is_not_counted(kept) -> None:
    counts = kept.groupby("column")["readings"].unique().map(list).to_dict()
    assert counts == {
        "model1": [3], "model2": [3], "2008-2016": [3], "2017-2023": [3],
        "upper": [2], "middle": [2], "lower": [3],
    }  # fmt: skip


def test_every_reading_of_the_register_is_run() -> None:
    assert ledger.READINGS is sp.READINGS and ledger.BASELINE is sp.BASELINE


# Verdict of every cell under each of four readings; the first is the baseline.
SCRIPT = {"Baseline": "partly", "a": "agrees", "b": "agrees", "c": "contradicts", "d": "not found"}


def test_agreement_and_contradiction_are_counted_over_all_readings(monkeypatch) -> None:
    """Five readings: two agree, one contradicts, and the verdict shown is the baseline's."""

    def scripted(spec: sp.Specification, reading: sp.Reading) -> pd.DataFrame:
        cells = pd.DataFrame({"row": spec.terms, "verdict": SCRIPT[reading.name]})
        return cells.assign(table=spec.table, column=spec.column)

    readings = [replace(sp.BASELINE, name=name) for name in SCRIPT]
    monkeypatch.setattr(ledger, "READINGS", readings)
    monkeypatch.setattr(ledger, "prepare", lambda data, reading: reading)
    monkeypatch.setattr(ledger, "estimates", lambda reading, columns: reading)
    monkeypatch.setattr(
        ledger, "compare_table", lambda specs, found: pd.concat(scripted(s, found) for s in specs)
    )
    kept = ledger.ledger(pd.DataFrame())
    assert len(kept) == 23
    assert set(kept["verdict"]) == {"partly"}
    assert kept[["readings", "agree", "contradict"]].drop_duplicates().to_numpy().tolist() == [
        [5, 2, 1]
    ]
