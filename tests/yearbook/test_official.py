"""The official road: what ships is what the yearbook gives, and the yearbook the compilations.

The official levels are not ours to publish: tests of them are skipped, aloud, where the yearbook
is not at hand.  The compilations of these tests are invented.
"""

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.make import compilations
from data.yearbook import __main__ as command
from data.yearbook.schema import COLUMNS, FIELDS, LEVELS
from lib import panel
from lib.panel import KEY, DataError

OFFICIAL = Path(os.environ.get("BELT_YEARBOOK") or compilations.YEARBOOK)
official = pytest.mark.skipif(
    not OFFICIAL.is_file(),
    reason=f"no official yearbook here ({OFFICIAL}): the page Data says how to come by it",
)


@official
def test_the_yearbook_gives_what_ships_to_the_byte(tmp_path, monkeypatch):
    assert hashlib.sha256(OFFICIAL.read_bytes()).hexdigest() == compilations.SHA256
    monkeypatch.setenv("YEARBOOK", str(OFFICIAL))
    monkeypatch.setenv("OUT", str(tmp_path / "data"))
    assert command.main() == 0
    for name in ("indicators.csv", "cell_notes.csv"):
        assert (tmp_path / "data" / name).read_bytes() == (panel.DATA / name).read_bytes(), name


@official
def test_no_level_stands_in_the_repository():
    """No figure of seven digits or more of the yearbook is in a page, a twin or a table."""
    figures = {f"{value:.10g}" for value in pd.read_csv(OFFICIAL)[LEVELS].stack()}
    # Of fewer digits some stand elsewhere by chance.
    levels = {text for text in figures if len(text.strip("0.").replace(".", "")) >= 7}
    assert len(levels) > 1500
    root = panel.DATA.parent
    files = [*root.glob("book/*.md"), *root.glob("notebooks/*.ipynb"), *root.glob("data/**/*.csv")]
    for path in files:
        if not path.name.startswith(("synthetic", "hand_example")) and "raw" not in path.parts:
            text = path.read_text(encoding="utf-8").replace(",", "_")
            assert not levels & {*re.findall(r"(?<![\d.])\d+\.?\d*(?![\d.])", text)}, path


# --- the compilations -----------------------------------------------------------------------------

CITIES = pd.DataFrame({"city_code": [990100, 990200], "city_zh": ["甲市", "乙市"]})
CELLS = pd.MultiIndex.from_product([CITIES["city_code"], [2008, 2023]], names=KEY)
# Figures that every column may have, all different, and gaps.
FIGURES = pd.DataFrame(50 + np.arange(72.0).reshape(4, 18) / 10, CELLS, [*FIELDS])
FIGURES.loc[(990200, 2023), ["registered_pop", "natural_growth"]] = np.nan
SOURCES = {source["short"]: source for source in compilations.SOURCES}


def write(folder, short, cells=4, sheet="") -> str:
    """A file in the layout of a compilation, with more than is used; its digest."""
    source = SOURCES[short]
    names = [name for name in source["columns"] if name in FIELDS]
    frame = FIGURES[names][:cells].reset_index()
    for name in {*names} & {*compilations.HUNDREDTHS}:
        frame[name] = frame[name].astype("float32").astype(float)  # single precision, to be undone
    # A city has a code, perhaps with noughts behind it, or a name, with or without 市.
    texts = {990100: 99010000.0 if short.endswith("xlsx") else 990100, 990200: "乙"}
    others = frame.iloc[[0, 0, 0]].assign(city_code=["甲", 880000, None], year=[1999, 2008, 2008])
    frame = pd.concat([frame.assign(city_code=frame["city_code"].map(texts)), others])
    frame = frame.rename(columns=source["columns"]).assign(extra="x")
    path = folder / (source["file"] if short == "g2.xlsx" else short)
    if short.endswith("csv"):
        frame.to_csv(path, index=False, encoding="utf-8-sig")
    else:
        frame.to_excel(path, index=False, sheet_name=sheet or source.get("sheet", "Sheet1"))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_column_comes_from_its_file_or_what_lacks_is_named(tmp_path, monkeypatch, capsys):
    def put(short, **how):
        monkeypatch.setitem(SOURCES[short], "sha256", write(tmp_path, short, **how))

    for short in SOURCES:
        put(short)
    monkeypatch.setattr(compilations.panel, "load_cities", lambda: CITIES)
    monkeypatch.setenv("FROM", str(tmp_path))
    monkeypatch.setenv("OUT", str(tmp_path / "raw" / "yearbook.csv"))
    assert compilations.main() == 0
    assert "2 cities, 2008 to 2023" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "raw" / "yearbook.csv")
    assert list(table) == COLUMNS and table["city_zh"].tolist() == ["甲市"] * 2 + ["乙市"] * 2
    pd.testing.assert_frame_equal(table.set_index(KEY)[[*FIELDS]], FIGURES)
    expected = SOURCES["andy.csv"]["sha256"]
    found = write(tmp_path, "andy.csv", cells=3)
    refusal = rf"andy\.csv: found SHA-256 {found}; expected {expected}"
    with pytest.raises(DataError, match=refusal):
        compilations.yearbook(tmp_path, CITIES)
    put("andy.csv")
    put("g4.xlsx", cells=2)
    with pytest.raises(DataError, match=r"g4\.xlsx: found no 乙市; expected every city"):
        compilations.yearbook(tmp_path, CITIES)
    put("g3.xlsx", sheet="other")
    with pytest.raises(DataError, match=r"g3\.xlsx: found the sheets other; expected 面板数据"):
        compilations.yearbook(tmp_path, CITIES)
    (tmp_path / "g3.xlsx").unlink()
    assert compilations.main() == 2
    assert "无缺失.xlsx; expected it, or g3.xlsx" in capsys.readouterr().err
