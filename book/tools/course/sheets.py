"""Tables as offices, platforms and students save them: CSV in UTF-8 or GBK, or xlsx."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd

from lib.strictcsv import UNSEEN, Failure, FileError

MOST_BYTES = 20_000_000
# A Chinese character beside a Latin letter: the text is in Latin-1, and half of it was swallowed.
_MIXED = re.compile("\ufffd|[A-Za-z][\u3400-\u9fff]|[\u3400-\u9fff][A-Za-z]")


def plain(path: Path | str) -> str:
    """A path as one line: what is not seen, such as a line break, as Python writes it."""
    return UNSEEN.sub(lambda found: repr(found[0])[1:-1], str(path))


def refusal(path: Path, found: str, expected: str, line: int | None = None) -> FileError:
    return FileError(plain(path), [Failure(line, None, found, expected)])


def read(path: Path | str, most: int) -> pd.DataFrame:
    """Read a table of texts: CSV with commas, semicolons or tabs, or the first sheet of an xlsx.

    The index is the row in the file, of which at most `most` are not empty; cells have no space
    around them.  Raises a `FileError` where the file is none, or a row is shorter or longer than
    the headings.
    """
    path = Path(path)
    if not path.is_file():  # a pipe would block
        raise refusal(path, "no regular file", "a CSV or xlsx file")
    if (size := path.stat().st_size) > MOST_BYTES:
        raise refusal(path, f"{size:,} bytes", f"at most {MOST_BYTES:,}")
    data = path.read_bytes()
    rows: dict[int, list[str]] = {}
    try:
        for line, cells in (_of_sheet if data.startswith(b"PK") else _of_text)(data):
            row = [UNSEEN.sub("", cell).strip() for cell in cells]
            if any(row):
                rows[line] = row
            if len(rows) > most + 1:
                raise ValueError(f"more than {most:,} rows")
    except Exception as error:  # a broken workbook raises many kinds
        raise refusal(path, plain(str(error))[:80], "a CSV or xlsx file of a class") from None
    if len(rows) < 2:
        raise refusal(path, "no row below the headings", "headings and rows")
    (first, header), *_ = rows.items()
    while not header[-1]:
        header.pop()
    if len({*header, ""}) <= len(header):
        raise refusal(path, "a heading twice or none", "a heading for each column", first)
    for line, row in rows.items():
        if len(row) < len(header) or any(row[len(header) :]):
            raise refusal(path, f"{len(row)} fields", f"{len(header)}, as in the headings", line)
    texts = [row[: len(header)] for row in rows.values()]
    return pd.DataFrame(texts[1:], [*rows][1:], header, dtype=str)


def _of_text(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
        if _MIXED.search(text):
            raise ValueError("neither UTF-8 nor GBK") from None
    sign = max(",;\t，；", key=text.lstrip().partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    start = 1
    for row in reader:
        yield start, row
        start = reader.line_num + 1


def _of_sheet(data: bytes) -> Iterator[tuple[int, list[str]]]:
    if sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist()) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES:,} bytes, unzipped")
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    rows = sheet.iter_rows(max_row=50_000, max_col=100, values_only=True)
    for line, row in enumerate(rows, start=1):
        yield line, ["" if cell is None else str(cell).removesuffix(".0") for cell in row]
