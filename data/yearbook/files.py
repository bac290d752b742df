"""The rows of a CSV file or of a workbook as texts, and how a file is refused.

Not by pandas' reader of CSV files, which guesses types and pads short rows: a yearbook is taken as
it stands, or refused with file, row, column, what was found and what was expected.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib.panel import DataError

SHOWN = 10
"""How many failures, cells or rows a message or a receipt spells out."""
MOST = 200_000
"""Rows of a file: ten times those of all cities of China in half a century."""
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")  # of a sheet


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

    FileError if there is no such file, it cannot be read, it has more than `MOST` rows, or it does
    not have the sheet.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise FileError(path, [Failure(None, None, found, "a CSV file or a workbook")])
    book = zipfile.is_zipfile(path)
    if _long(path, book):  # before any of it is kept
        found, most = f"more than {MOST:,} rows", f"{MOST:,} at most"
        raise FileError(path, [Failure(None, None, found, most)])
    table = _workbook(path, sheet) if book else _csv(path)
    return [(line, row) for line, row in table if any(row)]


def _long(path: Path, book: bool) -> bool:
    """Whether a CSV file, or a sheet of a workbook, has more than `MOST` rows."""
    if not book:
        with path.open("rb") as file:
            return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b"")) > MOST
    with contextlib.suppress(Exception), zipfile.ZipFile(path) as parts:  # a damaged one is told of
        for name in parts.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]*\.xml", name) and _rows(parts, name) > MOST:
                return True
    return False


def _rows(parts: zipfile.ZipFile, name: str) -> int:
    """The rows of a sheet, counted until they are too many."""
    count, rest = 0, b""
    with parts.open(name) as sheet:
        while count <= MOST and (part := sheet.read(1 << 20)):
            text = rest + part
            ends = [row.end() for row in _ROW.finditer(text)]
            count += len(ends)
            rest = text[max(len(text) - 99, *ends[-1:], 0) :]  # a tag may lie across two parts
    return count


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
