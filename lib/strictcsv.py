"""CSV files read strictly: taken as they stand, or refused with file, row, column, found, expected.

Our own, because pandas' reader guesses types, pads short rows and forgets on which line a cell
stood, and a schema library's reports take as many lines to become ours as these checks do.
A byte order mark, any line ending, blank lines, quoted cells and columns in any order are no
faults.
"""

from __future__ import annotations

import csv
import io
import math
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

SHOWN = 10
"""Failures that a message spells out."""
ROW_BYTES = 500  # a yearbook's row has about 170, a roster's about 80
MOST_BYTES = 8_000_000


class DataError(ValueError):
    """Data that are not what they claim to be: what was found, and what was expected."""


class Failure(NamedTuple):
    """One thing that is wrong with a file."""

    line: int | None  # line in the file, header = 1; None for the whole column or file
    column: str | None
    found: str
    expected: str
    kind: str = ""  # bytes, syntax, header, width, blemish, cell, range, unknown, lacking
    raw: tuple[str, ...] = ()  # the cell or row as it stands
    cause: str = ""  # what probably happened, where somebody has a guess


class FileError(DataError):
    """A file that cannot be used; `failures` says why, the message spells out the first ten."""

    def __init__(self, path: Path | str, failures: Iterable[Failure]) -> None:
        self.path = Path(path)
        self.failures = sorted(failures, key=lambda f: (f.line or 0, f.column or ""))
        lines = []
        for line, column, found, expected, _, _, cause in self.failures[:SHOWN]:
            where = [str(path)] + ([f"row {line}"] if line else [])
            where += [f"column {column}"] if column else []
            because = f"; likely cause: {cause}" if cause else ""
            lines.append(f"{', '.join(where)}: found {found}; expected {expected}{because}")
        if len(self.failures) > SHOWN:
            lines.append(f"and {len(self.failures) - SHOWN:,} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Cell:
    """What the cells of a column may hold.

    `expected` says so in words; `valid` is true of a text that is one, `parse` makes it a number.
    """

    expected: str
    valid: Callable[[str], object]
    type: type = str  # or int, float: the column is converted to it
    optional: bool = False  # an empty cell is a missing value, not a failure
    low: float = -1e12  # bounds, both included
    high: float = 1e12
    above: float = -math.inf  # a bound that a figure must exceed
    parse: Callable[[str], float] = float

    def bound(self, value: float) -> str:
        """Say which bound `value` breaks, or nothing."""
        if not math.isfinite(value):
            return "a finite number"
        if value <= self.above:
            return "a number above zero" if self.above == 0 else f"more than {self.above:g}"
        if self.low <= value <= self.high:
            return ""
        if self.low == 0 and value < 0:
            return "zero or more"
        return f"{self.low:g} to {self.high:g}"


def matching(pattern: str) -> Callable[[str], object]:
    """Whether a text matches a pattern as a whole."""
    return re.compile(pattern).fullmatch


def is_name(text: str) -> bool:
    """Whether a text can be a name: it begins with a letter or digit and has a letter.

    Letters and marks of any script, digits, spaces, apostrophes, hyphens, dots, round brackets;
    80 characters at most.  Nothing that a page, a spreadsheet or a shell could take for a command.
    """
    kinds = [unicodedata.category(character)[0] for character in text]
    plain = all(k in "LMN" or c in " '’-‐‑.·()（）" for k, c in zip(kinds, text, strict=True))
    return bool(text) and plain and "L" in kinds and kinds[0] in "LN" and len(text) <= 80


NUMBER = matching(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
NAME = Cell("a name: letters, digits, spaces, apostrophes, hyphens, dots, brackets", is_name)
CODE = Cell("a code of at most 12 letters and digits", matching(r"[^\W_][\w.-]{0,11}"))
YEAR = Cell("a year of four digits", matching("[0-9]{4}"), int, low=1949, high=2099)


def quoted(text: str) -> str:
    """Put text in quotes, its beginning if it is long."""
    return repr(text) if len(text) <= 80 else f"{text[:60]!r}…"


def read(
    path: Path | str,
    columns: Mapping[str, Cell],
    key: Sequence[str],
    most: int,
    what: str,
    lacking: Collection[str] = (),
) -> pd.DataFrame:
    """Read a CSV file that has exactly these columns; those of `lacking` may be absent.

    Parameters
    ----------
    key : sequence of str
        Columns whose values, together, no two rows share.
    most : int
        Rows that the file can have; one of more is refused before the whole of it is read.
    what : str
        Where `most` comes from, for the message.

    Returns
    -------
    DataFrame
        In the order of `columns`, an absent one missing throughout; the index is the row's line in
        the file, header = 1.

    Raises
    ------
    DataError
        The file is missing, unreadable, too large, not CSV in UTF-8, or has other columns; a cell
        is none of its column's; a key stands twice.
    """
    path = Path(path)
    taken = list(islice(rows(path, most_bytes=most * ROW_BYTES + 10_000), most + 2))
    if len(taken) > most + 1:
        found = f"more than {most:,} rows"
        raise FileError(path, [Failure(None, None, found, f"at most as many: {what}")])
    if len(taken) < 2:
        found = "a header and nothing below" if taken else "an empty file"
        raise FileError(path, [Failure(None, None, found, "a header and rows", "header")])
    header, expected = taken[0][1], ", ".join(columns)
    failures = [
        Failure(1, name, "the name twice", "one column a name", "header")
        for name in sorted({name for name in header if name and header.count(name) > 1})
    ]
    if len(header) < 2 or "" in header:
        found = f"{header.count('')} columns without a name"
        found = found if len(header) > 1 else f"no comma in {quoted(header[0][:60])}"
        failures.append(Failure(1, None, found, "a comma-separated header", "header", (*header,)))
    failures = failures or [
        *(Failure(1, name, "no such column", "the column", "lacking")
          for name in columns if name not in {*header, *lacking}),
        *(Failure(1, name, "an unknown column", expected, "unknown", (name,))
          for name in header if name not in columns),
    ]  # fmt: skip
    if failures:
        raise FileError(path, failures)
    return frame(path, header, taken[1:], columns, key)


def frame(
    path: Path | str,
    header: Sequence[str],
    taken: Sequence[tuple[int, Sequence[str]]],
    columns: Mapping[str, Cell],
    key: Sequence[str] = (),
) -> pd.DataFrame:
    """Make a table of rows with their lines in a file, as :func:`read` does; errors as there."""
    failures: list[Failure] = []
    for line, row in taken:
        if len(row) != len(header):
            found, expected = f"{len(row)} fields", f"{len(header)}, as in the header"
            failures.append(Failure(line, None, found, expected, "width", tuple(row)))
        elif not any(row):
            failures.append(Failure(line, None, "a row of empty cells", "figures", "width"))
    if failures:
        raise FileError(path, failures)
    for line, row in taken:
        for name, text in zip(header, row, strict=True):
            if name in columns and (UNSEEN.search(text) or text != text.strip()):
                seen = "text of one line, all of it seen"
                expected = seen if UNSEEN.search(text) else "no space around it"
                failures.append(Failure(line, name, quoted(text), expected, "blemish", (text,)))
    if failures:
        raise FileError(path, failures)
    lines, made = [line for line, _ in taken], {}
    for name, cell in columns.items():
        if name in header:
            at = header.index(name)
            made[name], wrong = _column(name, cell, lines, [row[at] for _, row in taken])
            failures += wrong
    out = pd.DataFrame(made, index=pd.Index(lines))
    failures += repeated(out, list(key)) if key else []
    if failures:
        raise FileError(path, failures)
    return out.reindex(columns=list(columns))


def _column(
    name: str, cell: Cell, lines: list[int], texts: list[str]
) -> tuple[pd.Series, list[Failure]]:
    """Convert the cells of a column; one that fails is left missing."""
    failures: list[Failure] = []
    values: list[object] = []
    for line, text in zip(lines, texts, strict=True):
        value: object = None
        if not text:
            if not cell.optional:
                failures.append(Failure(line, name, "nothing", "a value", "cell"))
        elif not cell.valid(text):
            failures.append(Failure(line, name, quoted(text), cell.expected, "cell", (text,)))
        elif cell.type is str:
            value = text
        else:
            number = cell.parse(text)
            if expected := cell.bound(number):
                plain = NUMBER(text) and float(text) == number
                found = f"{number:g}" if plain else f"{quoted(text)}, read as {number:g}"
                failures.append(Failure(line, name, found, expected, "range", (text,)))
            else:
                value = number
        values.append(value)
    kind = {str: "str", int: "float64", float: "float64"}[cell.type]
    column = pd.Series(values, index=lines, dtype=kind)
    return (column.astype("int64") if cell.type is int and not failures else column), failures


def repeated(frame: pd.DataFrame, key: list[str]) -> list[Failure]:
    """Find rows with the key of an earlier one, and say whether they differ from it."""
    failures: list[Failure] = []
    known = frame.dropna(subset=key)
    again = known.index[known.duplicated(key)]
    for line in again:
        same = (known[key] == known.loc[line, key]).all(axis=1)
        first = int(known.index[same][0])
        found = f"{', '.join(f'{value}' for value in known.loc[line, key])} again"
        if len(failures) < SHOWN:
            pair = known.loc[[first, line]].astype(str)
            differing = ", ".join(pair.columns[pair.iloc[0].ne(pair.iloc[1])])
            same_as = f", with other figures than in row {first}: {differing}"
            found += same_as if differing else f", the same as row {first}"
        failures.append(Failure(int(line), ", ".join(key), found, "each once", "again"))
    return failures


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]")
"""What no cell may hold: line breaks and other controls, characters not seen or lost."""


def rows(
    path: Path, delimiter: str = ",", encoding: str = "utf-8-sig", most_bytes: int = MOST_BYTES
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file that are not blank, each with its line, as texts.

    Raises
    ------
    DataError
        The file is missing, unreadable, of more bytes, or not CSV in this encoding.
    """
    text = _text(path, most_bytes, encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        failure = Failure(start, None, str(error), "a comma-separated file", "syntax")
        raise FileError(path, [failure]) from None


def _text(path: Path, most_bytes: int, encoding: str) -> str:
    try:
        state = path.stat()
        if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):  # a pipe would block
            raise FileError(path, [Failure(None, None, "no regular file", "a CSV file")])
        if stat.S_ISREG(state.st_mode) and state.st_size > most_bytes:
            found = f"a file of {state.st_size:,} bytes"
            raise FileError(path, [Failure(None, None, found, f"at most {most_bytes:,}")])
        data = path.read_bytes()
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise FileError(path, [Failure(None, None, found, "a CSV file")]) from None
    name = encoding.removesuffix("-sig").upper()
    try:
        text = data.decode(encoding)
        nul = text.find("\0")
        line = text.count("\n", 0, nul) + 1
        if nul < 0:
            return text
        found = "a NUL byte"
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}, which is not {name}"
        line = data.count(b"\n", 0, error.start) + 1
    raise FileError(path, [Failure(line, None, found, f"a CSV file in {name}", "bytes")])
