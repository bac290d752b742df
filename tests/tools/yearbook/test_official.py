"""The official road: what ships is what the yearbook gives, byte for byte.

Its levels are not ours to publish, so the yearbook is not in the repository: these tests are
skipped, aloud, where it is not at hand.  The page *Data* (``book/data.md``) says how to come by it.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import panel
from tools.yearbook import __main__ as command
from tools.yearbook import build
from tools.yearbook.schema import LEVELS, RATES, SECTORS
from tools.yearbook.sources import SHA256, YEARBOOK

NAME = YEARBOOK.name
PLACES = [panel.DATA / "raw", panel.DATA.parents[1] / "shared" / "data"]
OFFICIAL = Path(os.environ.get("BELT_YEARBOOK", ""))
if not OFFICIAL.is_file():
    found = [folder / NAME for folder in PLACES if (folder / NAME).is_file()]
    OFFICIAL = found[0] if found else PLACES[0] / NAME
official = pytest.mark.skipif(
    not OFFICIAL.is_file(),
    reason=f"the official yearbook is not here ({NAME}, sha256 {SHA256}): "
    "the page Data, book/data.md, says how to come by it",
)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(OFFICIAL).sort_values(panel.KEY).reset_index(drop=True)


@pytest.fixture(scope="module")
def notes() -> pd.DataFrame:
    return pd.read_csv(panel.DATA / "cell_notes.csv")


@official
def test_it_is_the_yearbook_that_the_book_was_made_from():
    assert hashlib.sha256(OFFICIAL.read_bytes()).hexdigest() == SHA256


@official
def test_rebuilt_to_the_byte(tmp_path):
    assert command.main([str(OFFICIAL), "--data", str(tmp_path)]) == 0
    for name in ("indicators.csv", "cell_notes.csv"):
        assert (tmp_path / name).read_bytes() == (panel.DATA / name).read_bytes(), name


@official
def test_indicators_against_the_raw_columns(raw, notes):
    """Ratios recomputed from the file as it stands, cell by cell, where nothing was filled."""
    shipped = panel.load()
    rate = raw["year"].map(panel.load_exchange_rate())
    first = raw[raw["year"].eq(2008)]
    by_city = raw.groupby("city_code")
    k = shipped["k"]
    product = (1 + k.where(raw["year"].gt(2008), 0)).groupby(raw["city_code"]).cumprod()
    expected = {
        "odi": (raw["fdi"] * 1e6 * rate / (raw["gdp"] * 1e8), ["fdi", "gdp"]),
        "gr": (raw["fiscal_expenditure"] / raw["gdp"], ["fiscal_expenditure", "gdp"]),
        "rdi": (raw["science_expenditure"] * 1e4 / (raw["gdp"] * 1e8),
                ["science_expenditure", "gdp"]),
        "edl": (raw["higher_ed_students"] / (raw["resident_pop"] * 1e4),
                ["higher_ed_students", "resident_pop"]),
        "te": (raw["employment"] / first["employment"].mean(), ["employment"]),
        "rlr": (raw["average_wage"] / first["average_wage"].mean(), ["average_wage"]),
        "share_secondary": (raw["va_secondary"] / raw[SECTORS].sum(axis=1, min_count=3), SECTORS),
        "rissl": (raw["va_tertiary"] / raw["va_secondary"], SECTORS),
        "lm_stock": (raw["resident_pop"] / raw["registered_pop"] - product,
                     ["resident_pop", "registered_pop"]),
        "lm_flow": (raw["resident_pop"] / by_city["resident_pop"].shift() - k, ["resident_pop"]),
    }  # fmt: skip
    touched = notes[notes["kind"].isin(["suspect", "interpolated"])]
    for name, (value, fields) in expected.items():
        cells = touched.loc[touched["field"].isin(fields), panel.KEY]
        later = cells.assign(year=cells["year"] + 1) if name == "lm_flow" else cells[:0]
        filled = pd.MultiIndex.from_frame(pd.concat([cells, later]))
        same = ~pd.MultiIndex.from_frame(shipped[panel.KEY]).isin(filled)
        digits = build.DIGITS.get(name, 9)
        near = {"share_secondary": 6e-5, "lm_stock": 6e-4, "lm_flow": 6e-4}.get(name, 0)
        np.testing.assert_allclose(
            shipped.loc[same, name], value[same], rtol=6 * 10.0**-digits, atol=near, err_msg=name
        )


@official
def test_no_note_gives_away_a_level(raw, notes):
    """No number of a detail is the figure it speaks of, or a neighbour's."""
    levels = raw.set_index(panel.KEY)
    for note in notes[~notes["kind"].isin(["definition", "copied"])].itertuples():
        numbers = {float(n) for n in re.findall(r"\d+\.?\d*", note.detail)}
        for year in {note.year - 1, note.year, note.year + 1} & set(range(2008, 2024)):
            assert levels.at[(note.city_code, year), note.field] not in numbers, note


@official
def test_no_level_stands_in_the_repository(raw):
    """No figure of seven digits or more of the yearbook is in a page, a twin or a table."""
    figures = {f"{value:.10g}" for value in raw[LEVELS].to_numpy().ravel() if value == value}
    # Of fewer digits some stand elsewhere by chance.
    levels = {text for text in figures if len(text.strip("0.").replace(".", "")) >= 7}
    assert len(levels) > 1500
    root = panel.DATA.parent
    files = [*root.glob("book/*.md"), *root.glob("notebooks/*.ipynb"), *root.glob("data/**/*.csv")]
    for path in files:
        if path.name.startswith(("synthetic", "hand_example")) or "raw" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        shown = set(re.findall(r"(?<![\d.])\d+\.?\d*(?![\d.])", text.replace(",", "_")))
        assert not levels & shown, path


# --- without it ---------------------------------------------------------------------------------


def test_notes_agree_with_flags(notes):
    order = ["city_code", "year", "field", "kind"]
    assert list(notes) == [*order, "detail"]
    pd.testing.assert_frame_equal(notes, notes.sort_values(order).reset_index(drop=True))
    assert set(notes["field"]) <= set(LEVELS + RATES)
    flagged = {
        (code, year, *flag.split(":"))
        for code, year, flags in panel.load()[[*panel.KEY, "flags"]].itertuples(index=False)
        for flag in flags.split(";")
        if flag and flag != "interpolated:k"
    }
    noted = notes[notes["kind"].isin(panel.FLAGS) & notes["field"].ne("area")]
    assert flagged == set(
        noted[["city_code", "year", "kind", "field"]].itertuples(index=False, name=None)
    )


def test_the_plain_errors_are_found(notes):
    """Cells that a reader of the yearbook finds by eye, each many times off or out and back."""
    keys = ["city_code", "year", "field"]
    found = set(notes.loc[notes["kind"].eq("suspect"), keys].itertuples(index=False, name=None))
    huainan, kunming, changzhou, suzhou_anhui, hangzhou = 340400, 530100, 320400, 341300, 330100
    assert {(huainan, 2022, field) for field in ["gdp", *SECTORS]} <= found
    assert (kunming, 2008, "higher_ed_students") in found
    assert (changzhou, 2015, "resident_pop") in found
    assert (suzhou_anhui, 2017, "employment") in found
    parts = notes[notes["kind"].eq("parts")].set_index("city_code")["detail"]
    assert "the product leaves the course, its parts do not" in parts[hangzhou]
    # Rare: an error is the exception in an official yearbook of more than twenty thousand cells.
    assert len(found) < 30
