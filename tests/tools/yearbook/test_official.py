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
from compilations import SHA256, YEARBOOK

from lib import panel
from tools.yearbook import __main__ as command
from tools.yearbook.clean import clean
from tools.yearbook.judge import judge
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import LEVELS, RATES

OFFICIAL = Path(os.environ.get("BELT_YEARBOOK") or YEARBOOK)
official = pytest.mark.skipif(
    not OFFICIAL.is_file(),
    reason=f"the official yearbook is not here ({OFFICIAL}, sha256 {SHA256}): "
    "the page Data, book/data.md, says how to come by it",
)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(OFFICIAL).sort_values(panel.KEY).reset_index(drop=True)


@official
def test_the_yearbook_gives_what_ships_to_the_byte(tmp_path, monkeypatch):
    assert hashlib.sha256(OFFICIAL.read_bytes()).hexdigest() == SHA256
    for key, value in {"YEARBOOK": OFFICIAL, "OUT": tmp_path, "CITIES": "", "REGION": ""}.items():
        monkeypatch.setenv(key, str(value))
    assert command.main() == 0
    for name in ("indicators.csv", "cell_notes.csv"):
        assert (tmp_path / name).read_bytes() == (panel.DATA / name).read_bytes(), name


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


@official
@pytest.mark.slow
def test_no_official_part_is_refused(raw):
    """Provinces, windows of years, some cities alone, and cities drawn by lot."""
    cities, dollar = read_cities(), panel.load_exchange_rate()
    draw = np.random.default_rng(5)
    parts = [part for _, part in raw.groupby(raw["city_code"] // 10_000)]
    parts += [raw[raw["year"].between(first, first + 2 + first % 9)] for first in range(2008, 2022)]
    parts += [part for _, part in [*raw.groupby("city_code")][::8]]
    parts += [raw[raw["city_code"].isin(draw.choice(cities["city_code"], 12))] for _ in range(20)]
    for part in parts:
        own = cities[cities["city_code"].isin(part["city_code"])]
        part = part.reset_index(drop=True)
        assert not judge(part, clean(part, own), dollar), (part["city_code"].unique(), own)


# --- without it ---------------------------------------------------------------------------------


def test_notes_agree_with_flags():
    notes = pd.read_csv(panel.DATA / "cell_notes.csv")
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
