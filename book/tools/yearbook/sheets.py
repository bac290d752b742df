"""The rows of a CSV file or of a sheet of a workbook, as texts, and likely causes of a refusal.

A cause is a hint behind the message: nothing is guessed into the data.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from lib import strictcsv
from lib.strictcsv import Failure, FileError
from tools.yearbook.settings import Settings

MOST_ROWS, MOST_COLUMNS = 20_000, 500  # 300 cities over 60 years, with room
MOST_UNZIPPED = 12_000_000
ENCODINGS = {"utf-8": "utf-8-sig", "gbk": "gb18030"}
CAUSES = pd.read_csv(Path(__file__).with_suffix(".csv"), dtype=str, keep_default_na=False)
"""Patterns, the first that fits the better: of which text, and what it tells."""


def rows(path: Path, settings: Settings) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file that are not empty, with their lines; a ZIP file is a workbook.

    DataError if it is too large, is no such file, or does not have the sheet.
    """
    if path.is_file() and zipfile.is_zipfile(path):  # a pipe would block
        table = _workbook(path, settings)
    else:
        encoding = ENCODINGS.get(settings.encoding, settings.encoding)
        table = strictcsv.rows(path, settings.delimiter, encoding)
    for line, row in table:
        if any(row):
            if line > MOST_ROWS or len(row) > MOST_COLUMNS:
                found = f"a table beyond row {MOST_ROWS:,} or column {MOST_COLUMNS}"
                raise FileError(path, [Failure(line, None, found, "a smaller table", "size")])
            yield line, row


def _workbook(path: Path, settings: Settings) -> Iterator[tuple[int, list[str]]]:
    """Rows of the sheet, all as wide as the headings; a formula stands with its last value."""
    import openpyxl  # not among the packages of students, who need no workbook

    warnings.filterwarnings("ignore", module="openpyxl")  # of styles, which hold no figure
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNZIPPED:
                raise ValueError(f"more than {MOST_UNZIPPED:,} bytes when it is unzipped")
        with path.open("rb") as file:  # the package refuses names that it does not know
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            names = [table.title for table in book.worksheets]
            if not names or settings.sheet not in ("", *names):
                found, expected = f"the sheets {', '.join(names)}", settings.sheet or "a sheet"
                raise FileError(path, [Failure(None, None, found, expected, "sheet")])
            table = book[settings.sheet or names[0]]
            table.reset_dimensions()  # the file may claim any
            width = 0
            for line, values in enumerate(table.iter_rows(values_only=True), 1):
                row = [_text(value, settings.decimal) for value in values]
                while row and not row[-1]:
                    row.pop()
                if line >= settings.header:  # a sheet has no end of a row
                    width = width or len(row)
                    row = [*row, *[""] * width][:width]
                yield line, row
    except FileError:
        raise
    except Exception as error:  # whatever a damaged file makes the package raise
        found = f"no workbook that can be read ({type(error).__name__}: {str(error)[:80]})"
        raise FileError(path, [Failure(None, None, found, "an xlsx file", "bytes")]) from None


def _text(value: object, decimal: str) -> str:
    """A cell as a CSV file in the same notation would have it; figures have 15 digits, as there."""
    if isinstance(value, float):
        return f"{value:.15g}".replace(".", decimal)
    return "" if value is None else str(value).removesuffix(" 00:00:00")


@contextmanager
def guessed() -> Iterator[None]:
    """Add likely causes to a refusal of a file that is raised within."""
    try:
        yield
    except FileError as error:
        failures = [f._replace(cause=f.cause or _cause(f)) for f in error.failures]
        raise FileError(error.path, failures) from None


def _cause(failure: Failure) -> str:
    kind = "cell" if failure.kind == "range" else failure.kind
    patterns, text = CAUSES[CAUSES["of"].eq(kind)], ",".join(failure.raw)[:200]
    fits = (row.cause for row in patterns.itertuples() if re.fullmatch(row.pattern, text, re.I))
    return next(fits, "")
