"""CSV files read strictly: taken as they stand, or refused with file, row, column, found, expected.

Our own, because pandas' reader guesses types, pads short rows and forgets on which line a cell
stood.  A byte order mark, any line ending, blank lines, quoted cells and columns in any order are
no faults.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

SHOWN = 10
"""Failures that a message spells out."""
MOST_BYTES = 8_000_000
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]")
"""What no cell may hold: line breaks and other controls, characters not seen or lost."""


class DataError(ValueError):
    """Data that are not what they claim to be: what was found, and what was expected."""


class Failure(NamedTuple):
    """One thing that is wrong with a file."""

    line: int | None  # line in the file, header = 1; None for the whole column or file
    column: str | None
    found: str
    expected: str
    kind: str = ""  # bytes, syntax, header, width, blemish, cell, range
    raw: tuple[str, ...] = ()  # the cell or row as it stands
    cause: str = ""  # what probably happened, where somebody has a guess

    def __str__(self) -> str:
        row = f", row {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        cause = f"; likely cause: {self.cause}" if self.cause else ""
        return f"{row}{column}: found {self.found}; expected {self.expected}{cause}"


class FileError(DataError):
    """A file that cannot be used; `failures` says why, the message spells out the first ten."""

    def __init__(self, path: Path | str, failures: Iterable[Failure]) -> None:
        self.path = Path(path)
        self.failures = sorted(failures, key=lambda f: (f.line or 0, f.column or ""))
        lines = [f"{path}{failure}" for failure in self.failures[:SHOWN]]
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

    def fault(self, text: str) -> tuple[str, str, str] | None:
        """What is found where a text is no such cell, what is expected, and the kind of failure."""
        if not text:
            return None if self.optional else ("nothing", "a value", "cell")
        if UNSEEN.search(text):
            return quoted(text), "text of one line, all of it seen", "blemish"
        if text != text.strip():
            return quoted(text), "no space around it", "blemish"
        if not self.valid(text):
            return quoted(text), self.expected, "cell"
        if self.type is str:
            return None
        value = self.parse(text)
        if self.low <= value <= self.high and value > self.above:
            return None
        plain = NUMBER(text) and float(text) == value
        expected = f"{self.low:g} to {self.high:g}"
        if value <= self.above:
            expected = f"a number above {self.above:g}"
        elif value < 0 == self.low:
            expected = "zero or more"
        return f"{value:g}" if plain else f"{quoted(text)}, read as {value:g}", expected, "range"

    def converted(self, texts: pd.Series) -> pd.Series:
        """Texts without a fault in the type of the column, an empty one missing."""
        known = texts.where(texts.ne(""))
        return known if self.type is str else known.map(self.parse, "ignore").astype(self.type)


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

    Columns stand in the order of `columns`, an absent one missing throughout; the index is the
    row's line in the file, header = 1.

    Refuses with a :class:`FileError` a file that is missing, unreadable, too large, not CSV in
    UTF-8, or has other columns; a cell that is none of its column's; two rows with the same values
    of `key`.  A file of more than `most` rows is refused before the whole of it is read; `what`
    says where that limit comes from.
    """
    taken = list(islice(rows(Path(path)), most + 2))
    if len(taken) > most + 1:
        found = f"more than {most:,} rows"
        raise FileError(path, [Failure(None, None, found, f"at most as many: {what}")])
    if len(taken) < 2:
        found = "a header and nothing below" if taken else "an empty file"
        raise FileError(path, [Failure(None, None, found, "a header and rows")])
    (line, header), *below = taken
    wrong = {name: "no such column" for name in columns if name not in {*header, *lacking}}
    wrong |= dict.fromkeys(Counter(header) - Counter([*columns]), "a column too many")
    if wrong:
        expected, raw = f"{', '.join(columns)}, each once", (*header,)
        failures = [Failure(line, *fault, expected, "header", raw) for fault in wrong.items()]
        raise FileError(path, failures)
    return frame(path, header, below, columns, key)


def frame(
    path: Path | str,
    header: Sequence[str],
    taken: Sequence[tuple[int, Sequence[str]]],
    columns: Mapping[str, Cell],
    key: Sequence[str] = (),
) -> pd.DataFrame:
    """Make a table of rows with their lines in a file, as :func:`read` does; errors as there."""
    expected = f"{len(header)} fields, as in the header"
    failures = [
        Failure(line, None, f"{len(row)} fields" if any(row) else "empty cells", expected, "width")
        for line, row in taken
        if len(row) != len(header) or not any(row)
    ]
    if failures:
        raise FileError(path, failures)
    lines, texts = zip(*taken, strict=True)
    sheet = pd.DataFrame(texts, lines, header, dtype=str)
    cells = {name: cell for name, cell in columns.items() if name in sheet}
    failures = [
        Failure(line, name, *fault, (text,))
        for name, cell in cells.items()
        for line, text in zip(lines, sheet[name], strict=True)
        if (fault := cell.fault(text))
    ]
    if failures:
        raise FileError(path, failures)
    out = pd.DataFrame({name: cell.converted(sheet[name]) for name, cell in cells.items()})
    if key and (failures := repeated(out, list(key))):
        raise FileError(path, failures)
    return out.reindex(columns=list(columns))


def repeated(frame: pd.DataFrame, key: list[str]) -> list[Failure]:
    """Find rows with the key of an earlier one."""
    text = frame[key].astype(str).agg(", ".join, axis=1)
    again = text[text.duplicated()]
    first = pd.Series(frame.index, text).groupby(level=0).first()
    found = again + " again, as in row " + again.map(first).astype(str)
    return [Failure(line, ", ".join(key), words, "each once") for line, words in found.items()]


def rows(
    path: Path, delimiter: str = ",", encoding: str = "utf-8-sig"
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file that are not blank, each with its line, as texts.

    Refuses a file that is missing, unreadable, of too many bytes, or not CSV in this encoding.
    """

    def refusal(line: int | None, found: str, expected: str, kind: str = "") -> FileError:
        return FileError(path, [Failure(line, None, found, expected, kind)])

    try:
        size = path.stat().st_size if path.is_file() else None  # a pipe would block
        if size is None or size > MOST_BYTES:
            found = "no such file" if size is None else f"a file of {size:,} bytes"
            raise refusal(None, found, f"a CSV file of at most {MOST_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise refusal(None, str(error.strerror), "a CSV file") from None
    name = encoding.removesuffix("-sig").upper()
    line, expected = 1, f"a CSV file in {name}"
    try:
        text = data.decode(encoding)
        if "\0" in text:
            line += text.partition("\0")[0].count("\n")
            raise refusal(line, "a NUL byte", expected, "bytes")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        found = f"byte 0x{data[error.start]:02x}, which is not {name}"
        raise refusal(line, found, expected, "bytes") from None
    except csv.Error as error:
        raise refusal(line, str(error), "a comma-separated file", "syntax") from None
