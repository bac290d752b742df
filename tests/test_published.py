"""The paper's printed tables, cell by cell, against two readings that do not come from the files.

The first is a transcription kept here, typed from the printed page; it needs nothing else.
The second parses the paper's own text, where the folder ``../shared/paper`` is present.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT / "data" / "published"
PAPER = ROOT.parent / "shared" / "paper" / "paper_zh.txt"

HEADER = [
    "table", "column", "column_printed", "row", "row_printed", "coef", "stars", "t", "text",
]  # fmt: skip
NUMBER = r"-?\d\.\d{3}"
EFFECTS = ("entity_effects", "time_effects")
STATISTICS = ("adj_r2", "hausman_p", *EFFECTS)

# Typed from the printed page: the row's key, its printed label, then one printed cell a column.
# "Mode12" is how the journal printed the heading of Model 2.
TRANSCRIPTION = {
    1: """
        - | 变量 | Model1 | Mode12
        lm | LM(劳动力流动) | 0.501**(2.131) | -
        ia | IA(产业集聚) | 0.287*(1.643) | -
        lm_ia | LM_IA(劳动力流动和产业集聚交互) | - | 0.372*(1.672)
        odi | ODI(对外开放水平) | - | 0.613*(1.859)
        te | TE(就业人员总数) | - | -2.679**(-2.391)
        gr | GR(政府干预程度) | - | 0.214***(2.673)
        rlr | RLR(地区劳动力报酬水平) | - | 0.348***(2.881)
        rissl | RISSL(地区产业结构高度化水平) | - | -0.620**(-3.472)
        adj_r2 | Adj. R2 | 0.934 | 0.932
        hausman_p | Hausman test p值 | 0.048 | 0.046
        entity_effects | 个体效应 | 控制 | 控制
        time_effects | 时间效应 | 控制 | 控制
    """,
    2: """
        - | 变量 | 2008-2016年 | 2017-2023年
        lm | LM(劳动力流动) | 0.843*(1.960) | 0.348**(1.974)
        ia | IA(产业集聚) | 1.198(1.232) | 0.359*(1.655)
        lm_ia | LM_IA(劳动力流动和产业集聚交互) | 0.214(0.312) | 0.342*(1.643)
        adj_r2 | Adj. R2 | 0.834 | 0.721
        hausman_p | Hausman test p值 | 0.036 | 0.051
        entity_effects | 个体效应 | 控制 | 控制
        time_effects | 时间效应 | 控制 | 控制
    """,
    3: """
        - | 变量 | 长江经济带上游区域 | 长江经济带中游区域 | 长江经济带下游区域
        lm | LM(劳动力流动) | 0.747*(1.895) | 0.658**(2.343) | 0.385**(2.198)
        ia | IA(产业集聚) | 0.442(0.673) | 0.388(0.563) | 0.575*(1.785)
        lm_ia | LM_IA(劳动力流动和产业集聚交互) | 0.331(0.515) | 0.386*(1.698) | 0.277*(1.640)
        adj_r2 | Adj. R2 | 0.674 | 0.546 | 0.812
        hausman_p | Hausman test p值 | 0.041 | 0.061 | 0.054
        entity_effects | 个体效应 | 控制 | 控制 | 控制
        time_effects | 时间效应 | 控制 | 控制 | 控制
    """,
}

# The keys this project gives to the printed columns, in printed order.
COLUMNS = {
    1: ["model1", "model2"],
    2: ["2008-2016", "2017-2023"],
    3: ["upper", "middle", "lower"],
}


def transcribed(table: int) -> tuple[list[str], list[str], list[str], list[list[str]]]:
    """Row keys, row labels, column headings and cells (rows by columns) of the transcription."""
    lines = [[part.strip() for part in line.split("|")]
             for line in TRANSCRIPTION[table].strip().splitlines()]  # fmt: skip
    keys, labels, cells = zip(*((line[0], line[1], line[2:]) for line in lines), strict=True)
    return list(keys[1:]), list(labels[1:]), cells[0], list(cells[1:])


def parsed(table: int, text: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Row labels, column headings and cells (rows by columns), read from the paper's text.

    The text gives a table as the word 变量, the row labels, and then column after column: the
    heading followed by one cell a label.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    caption = next(i for i, line in enumerate(lines) if re.match(rf"表{table} .*回归结果$", line))
    first = lines.index("变量", caption) + 1
    last = lines.index("时间效应", first)
    labels = lines[first : last + 1]
    rest, step = lines[last + 1 :], len(labels) + 1
    columns = [rest[k * step : (k + 1) * step] for k in range(len(COLUMNS[table]))]
    headings = [column[0] for column in columns]
    return labels, headings, [list(row) for row in zip(*(c[1:] for c in columns), strict=True)]


def read(table: int) -> pd.DataFrame:
    """One published table as strings: an empty field stays an empty string."""
    path = PUBLISHED / f"table{table}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def as_printed(cell: pd.Series) -> str:
    """A cell as the page shows it: ``coef stars (t)``, or the text of the rows below."""
    return f"{cell.coef}{cell.stars}({cell.t})" if cell.coef else cell.text


def grid(frame: pd.DataFrame, table: int, rows: list[str]) -> list[list[str]]:
    """The file's cells, rows by columns in the given order."""
    cells = frame.set_index(["row", "column"])
    return [[as_printed(cells.loc[(row, column)]) for column in COLUMNS[table]] for row in rows]


@pytest.fixture(params=sorted(TRANSCRIPTION), ids=lambda table: f"table{table}")
def table(request: pytest.FixtureRequest) -> int:
    return request.param


def test_every_cell_is_as_transcribed(table: int) -> None:
    keys, labels, headings, cells = transcribed(table)
    frame = read(table)
    assert grid(frame, table, keys) == cells
    assert list(zip(frame.row, frame.row_printed, strict=True)) == (
        list(zip(keys, labels, strict=True)) * len(headings)
    )
    assert list(dict.fromkeys(frame.column_printed)) == headings


def test_every_cell_is_as_in_the_paper(table: int) -> None:
    if not PAPER.is_file():
        pytest.skip("the paper's text (../shared/paper/paper_zh.txt) is not present here")
    labels, headings, cells = parsed(table, PAPER.read_text(encoding="utf-8"))
    frame = read(table)
    printed = dict(zip(frame.row_printed, frame.row, strict=True))
    assert list(printed) == labels
    assert list(dict.fromkeys(frame.column_printed)) == headings
    assert grid(frame, table, [printed[label] for label in labels]) == cells


def test_file_is_complete(table: int) -> None:
    frame = read(table)
    keys, _, headings, _ = transcribed(table)
    assert list(frame.columns) == HEADER
    assert set(frame.table) == {str(table)}
    expected = [(column, row) for column in COLUMNS[table] for row in keys]
    assert list(zip(frame.column, frame.row, strict=True)) == expected
    assert list(dict.fromkeys(zip(frame.column, frame.column_printed, strict=True))) == list(
        zip(COLUMNS[table], headings, strict=True)
    )


def test_cells_are_well_formed(table: int) -> None:
    frame = read(table)
    estimated = frame.coef != ""
    assert frame.coef[estimated].str.fullmatch(NUMBER).all()
    assert frame.t[estimated].str.fullmatch(NUMBER).all()
    assert frame.stars[estimated].isin(["", "*", "**", "***"]).all()
    assert (frame.text[estimated] == "").all()
    assert (frame.loc[~estimated, ["stars", "t"]] == "").all(axis=None)
    below = frame.row.isin(STATISTICS)
    assert not (below & estimated).any()
    assert (frame.text[~below & ~estimated] == "-").all()
    assert frame.text[frame.row.isin(["adj_r2", "hausman_p"])].str.fullmatch(r"0\.\d{3}").all()
    assert (frame.text[frame.row.isin(EFFECTS)] == "控制").all()


def test_a_coefficient_and_its_t_share_their_sign(table: int) -> None:
    frame = read(table).query("coef != ''")
    assert (frame.coef.str.startswith("-") == frame.t.str.startswith("-")).all()


def test_there_are_twenty_three_coefficients() -> None:
    counts = {number: int((read(number).coef != "").sum()) for number in TRANSCRIPTION}
    assert counts == {1: 8, 2: 6, 3: 9}


def test_files_are_plain_utf8_with_unix_line_ends(table: int) -> None:
    raw = (PUBLISHED / f"table{table}.csv").read_bytes()
    raw.decode("utf-8")
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\n")
