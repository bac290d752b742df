"""The rows of a CSV file or of a sheet of a workbook, each with its line, as texts."""

from __future__ import annotations

import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lib import strictcsv
from lib.strictcsv import Failure, FileError
from tools.yearbook.settings import Settings

MOST_ROWS, MOST_COLUMNS = 20_000, 500  # 300 cities over 60 years, with room
MOST_UNZIPPED = 12_000_000
ENCODINGS = {"utf-8": "utf-8-sig", "gbk": "gb18030"}
FORMULA = re.compile(rb"<(\w+:)?f[ >/]")


def rows(path: Path, sheet: str, settings: Settings) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file that are not empty, with their lines; a ZIP file is a workbook.

    Raises
    ------
    lib.panel.DataError
        The file is too large, is no such file, or does not have the sheet.
    """
    width, book = 0, _is_zip(path)
    if book:
        taken = _workbook(path, sheet, settings)
    else:
        encoding = ENCODINGS.get(settings.encoding, settings.encoding)
        taken = strictcsv.rows(path, settings.delimiter, encoding)
    for line, row in taken:
        if any(row) and (line > MOST_ROWS or len(row) > MOST_COLUMNS):
            found = f"a table beyond row {MOST_ROWS:,} or column {MOST_COLUMNS}"
            raise FileError(path, [Failure(line, None, found, "a smaller table", "size")])
        if book and line >= settings.header:  # a sheet has no end of a row
            width = width or len(row)
            row = [*row[:width], *[""] * (width - len(row))]
        if any(row):
            yield line, row


def _is_zip(path: Path) -> bool:
    if not path.is_file():  # a pipe would block
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _workbook(path: Path, sheet: str, settings: Settings) -> Iterator[tuple[int, list[str]]]:
    try:
        if path.stat().st_size > strictcsv.MOST_BYTES:
            raise ValueError(f"more than {strictcsv.MOST_BYTES:,} bytes")
        with zipfile.ZipFile(path) as parts:
            xml = [part for part in parts.infolist() if part.filename.endswith((".xml", ".rels"))]
            if sum(part.file_size for part in xml) > MOST_UNZIPPED:
                raise ValueError(f"more than {MOST_UNZIPPED:,} bytes when it is unzipped")
            formulas = any(FORMULA.search(parts.read(part)) for part in xml)
        values = _values(path, sheet)
        written = _values(path, sheet, formulas=True) if formulas else itertools.repeat(())
        for line, (row, texts) in enumerate(zip(values, written, strict=False), 1):
            row = row if any(row[MOST_COLUMNS:]) else row[:MOST_COLUMNS]
            # A formula without a value is no gap: it stands here as it is written.
            cells = itertools.zip_longest(row, texts[: len(row)])
            yield line, [_text(a if a is not None else b, settings.decimal) for a, b in cells]
    except FileError:
        raise
    except Exception as error:  # whatever a damaged file makes the package raise
        found = f"no workbook that can be read ({type(error).__name__}: {str(error)[:80]})"
        raise FileError(path, [Failure(None, None, found, "an xlsx file", "bytes")]) from None


def _values(path: Path, sheet: str, formulas: bool = False) -> Iterator[tuple]:
    import openpyxl  # not among the packages of students, who need no workbook

    warnings.filterwarnings("ignore", module="openpyxl")  # of styles, which hold no figure
    with path.open("rb") as file:  # the package refuses names that it does not know
        book = openpyxl.load_workbook(file, read_only=True, data_only=not formulas)
        names = [table.title for table in book.worksheets]
        if not names or sheet not in ("", *names):
            found = f"the sheets {', '.join(names) or 'none'}"
            raise FileError(path, [Failure(None, None, found, sheet or "a sheet", "sheet")])
        table = book[sheet or names[0]]
        table.reset_dimensions()  # the file may claim any
        yield from table.iter_rows(values_only=True)


def _text(value: object, decimal: str) -> str:
    """A cell as a CSV file in the same notation would have it."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", decimal)
    return str(value).removesuffix(" 00:00:00")
