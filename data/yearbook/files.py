"""The rows of a CSV file or of a workbook as texts, and how a file is refused.

Not by pandas' reader of CSV files, which guesses types and pads short rows: a yearbook is taken as
it stands, or refused with file, row, column, what was found and what was expected.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib.panel import DataError

SHOWN = 10
"""How many failures, cells or rows a message or a receipt spells out."""


class Failure(NamedTuple):
    """One thing that is wrong with a file."""

    line: int | None  # line in the file, header = 1; None for the whole column or file
    column: str | None
    found: str
    expected: str

    def __str__(self) -> str:
        row = f", row {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{row}{column}: found {self.found}; expected {self.expected}"


class FileError(DataError):
    """A file that cannot be used: the message spells out the first ten failures."""

    def __init__(self, path: Path | str, failures: Iterable[Failure]) -> None:
        ordered = sorted(failures, key=lambda f: (f.line or 0, f.column or ""))
        lines = [f"{path}{failure}" for failure in ordered[:SHOWN]]
        if len(ordered) > SHOWN:
            lines.append(f"and {len(ordered) - SHOWN:,} more")
        super().__init__("\n".join(lines))


def quoted(text: str) -> str:
    """Put text in quotes, its beginning if it is long."""
    return repr(text) if len(text) <= 80 else f"{text[:60]!r}…"


def listed(texts: Sequence[object]) -> str:
    """Join texts with commas: ten of them, and how many more there are."""
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(map(str, texts[:SHOWN])) + more


def rows(path: Path, sheet: str = "") -> list[tuple[int, list[str]]]:
    """The rows of a file that are not empty, with their lines; a ZIP file is a workbook.

    FileError if there is no such file, it cannot be read, or it does not have the sheet.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise FileError(path, [Failure(None, None, found, "a CSV file or a workbook")])
    table = _workbook(path, sheet) if zipfile.is_zipfile(path) else _csv(path)
    return [(line, row) for line, row in table if any(row)]


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    data, line = path.read_bytes(), 1
    try:
        text = data.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise FileError(path, [Failure(line, None, found, "a CSV file in UTF-8")]) from None
    except csv.Error as error:
        raise FileError(path, [Failure(line, None, str(error), "a CSV file")]) from None


def _workbook(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with pd.ExcelFile(path) as book:
            names = [str(name) for name in book.sheet_names]
            place = sheet if sheet in names else 0
            table = pd.read_excel(book, place, header=None, dtype=str, na_filter=False)
    except Exception as error:  # whatever a damaged file makes the package raise
        found = f"no workbook that can be read ({type(error).__name__}: {str(error)[:80]})"
        raise FileError(path, [Failure(None, None, found, "an xlsx file")]) from None
    if sheet and sheet not in names:
        raise FileError(path, [Failure(None, None, f"the sheets {', '.join(names)}", sheet)])
    yield from enumerate(table.to_numpy().tolist(), 1)
