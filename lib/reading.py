"""A CSV file as text, or a refusal that says what it is instead and what probably happened to it.

Nothing is guessed or repaired: a file that was saved in another encoding or layout is named, and
goes back to whoever saved it.  A byte order mark, any line ending, blank lines, quoted cells and
columns in any order are no faults.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

SHOWN = 10  # failures that a message spells out
ROW_BYTES = 500  # a yearbook's row has about 170, a roster's about 80


class DataError(ValueError):
    """A file or frame that cannot be used; the message says where, what was found and expected."""


class Failure(NamedTuple):
    """One thing that is wrong with a file."""

    line: int | None  # line in the file, header = 1; None for the whole column
    column: str | None
    found: str
    expected: str
    cause: str = ""  # what probably happened, where there is a guess


def refusal(path: Path, failures: Iterable[Failure]) -> DataError:
    """Make the error whose message spells out `failures`, a line each, in the order of the file."""
    failures = sorted(failures, key=lambda f: (f.line or 0, f.column or ""))
    lines = []
    for line, column, found, expected, cause in failures[:SHOWN]:
        where = [str(path)] + ([f"row {line}"] if line else [])
        where += [f"column {column}"] if column else []
        because = f"; likely cause: {cause}" if cause else ""
        lines.append(f"{', '.join(where)}: found {found}; expected {expected}{because}")
    if len(failures) > SHOWN:
        lines.append(f"and {len(failures) - SHOWN:,} more")
    return DataError("\n".join(lines))


_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook (xlsx) or another zip archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls): save the sheet as CSV"),
    (b"\x1f\x8b", "a file compressed by gzip: unpack it"),
    (b"BZh", "a file compressed by bzip2: unpack it"),
    (b"\xfd7zXZ", "a file compressed by xz: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Rar!", "a rar archive: unpack it"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document (rtf)"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file that it points to"),
    (b"\xff\xfe", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
    (b"\xfe\xff", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
)
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", "，": "full-width commas"}
_EXPECTED = "a CSV file in UTF-8"


def quoted(text: str) -> str:
    """Put text in quotes, its beginning if it is long."""
    return repr(text) if len(text) <= 80 else f"{text[:60]!r}…"


def _bytes(path: Path, most_bytes: int) -> bytes:
    try:
        state = path.stat()
        if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):  # a pipe would block
            raise refusal(path, [Failure(None, None, "no regular file", "a CSV file")])
        if stat.S_ISREG(state.st_mode) and state.st_size > most_bytes:
            found = f"a file of {state.st_size:,} bytes"
            raise refusal(path, [Failure(None, None, found, f"at most {most_bytes:,}")])
        return path.read_bytes()
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise refusal(path, [Failure(None, None, found, "a CSV file")]) from None


def _decoded(path: Path, data: bytes) -> str:
    """Decode UTF-8, or say what the file is instead."""
    for magic, cause in _MAGIC:
        if data.startswith(magic):
            found = f"a file that begins with {data[:4]!r}"
            raise refusal(path, [Failure(None, None, found, _EXPECTED, cause)])
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"<", b"{", b"["):
        kind = "a web page" if start[:1] == b"<" else "a JSON file"
        found = quoted(start[:60].decode("utf-8", "replace"))
        cause = f"{kind} saved under the name of a table"
        raise refusal(path, [Failure(1, None, found, _EXPECTED, cause)])
    if (nul := data.find(b"\0")) >= 0:
        many = data.count(b"\0") > len(data) / 8
        cause = "saved as UTF-16 without a byte order mark" if many else "a damaged file"
        line = data.count(b"\n", 0, nul) + 1
        raise refusal(path, [Failure(line, None, "a NUL byte", _EXPECTED, cause)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        line = data.count(b"\n", 0, error.start) + 1
        if error.end >= len(data) and error.reason == "unexpected end of data":
            cause = "the file was cut off within a character"
        else:
            cause = _encoding(data)
        raise refusal(path, [Failure(line, None, found, _EXPECTED, cause)]) from None


def _encoding(data: bytes) -> str:
    """Guess in which encoding a file was saved: Chinese, if all of it reads as common Chinese."""
    for name, label in (("gb18030", "GBK or GB18030"), ("big5", "Big5")):
        try:
            foreign = [c for c in data.decode(name) if ord(c) > 127]
        except UnicodeDecodeError:
            continue
        chinese = sum("\u4e00" <= c <= "\u9fff" for c in foreign)
        # A letter with an accent stands alone among plain ones; of a character both bytes are high.
        alone = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", data))
        if chinese > 0.9 * len(foreign) and alone < 0.1 * len(foreign):
            return f"saved as {label}, as Excel does under Chinese Windows: save it as CSV UTF-8"
    return "saved in another encoding, such as Latin-1 or Windows-1252: save it as CSV UTF-8"


def _syntax(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text or "field larger" in text:
        return "a quote that opens in this row and is not closed"
    return "a quote within a quoted cell, which must be doubled" if "expected after" in text else ""


def _header(path: Path, header: list[str], rows: list[tuple[int, list[str]]]) -> None:
    """Refuse a header that does not name each column once."""
    first = ",".join(header)
    if re.fullmatch(r"sep=.?", first, re.I):
        cause = "a line that Excel reads as a setting: delete it"
        raise refusal(path, [Failure(1, None, repr(first), "a header", cause)])
    if len(header) < 2:
        counts = {label: first.count(mark) for mark, label in _DELIMITERS.items()}
        likely = max(counts, key=lambda label: counts[label])
        cause = f"columns separated by {likely}" if counts[likely] else ""
        if not cause and any(len(row) > 1 for _, row in rows[:10]):
            cause = "a title above the header: delete it"
        found = f"no comma in {header[0][:60]!r}"
        raise refusal(path, [Failure(1, None, found, "a comma-separated header", cause)])
    failures = [
        Failure(1, name, "the name twice", "one column a name")
        for name in sorted({name for name in header if name and header.count(name) > 1})
    ]
    if empty := header.count(""):
        found = f"{empty} columns without a name" if empty > 1 else "a column without a name"
        behind = not any(header[-empty:])
        cause = "commas at the end of each row, as a spreadsheet leaves them" if behind else ""
        failures.append(Failure(1, None, found, "a name for each column", cause))
    if failures:
        raise refusal(path, failures)


def _ragged(line: int, row: list[str], width: int, last: bool) -> Failure:
    cause = ""
    if len(row) == 1:
        cause = "a remark or a title, which is no row of the table"
    elif len(row) < width and last:
        cause = "a file that was cut off"
    elif len(row) > width and not any(row[width:]):
        cause = "commas at the end of the row"
    elif len(row) > width:
        cause = "thousands separators, a decimal comma or a comma within a cell, without quotes"
    return Failure(line, None, f"{len(row)} fields", f"{width}, as in the header", cause)


# What no cell may hold: blanks around it, line breaks and other controls, characters not seen.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd]")


def _blemish(cell: str) -> tuple[str, str] | None:
    """Say what a cell should not hold, and why it may."""
    if mark := _UNSEEN.search(cell):
        name = f"U+{ord(mark[0]):04X}"
        if mark[0] == "\ufffd":
            return "text in which every character is known", "text that was lost in re-encoding"
        if mark[0] in "\r\n":
            return "a cell of one line", "a line break within a cell, or a quote that is not closed"
        if "\x80" <= mark[0] <= "\x9f":
            return "text in UTF-8", f"{name}: text that was opened in another encoding, saved again"
        return "text without control characters", f"the character {name}, which is not seen"
    if cell != cell.strip():
        return "no space around it", "spaces typed or padded around the text"
    return None


def read_text(path: Path, most: int, what: str) -> pd.DataFrame:
    """Read a CSV file as text.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8.
    most : int
        Rows that the file can have; one of more, or of more than `ROW_BYTES` for each, is refused
        before the whole of it is read.
    what : str
        Where `most` comes from, for the message.

    Returns
    -------
    DataFrame
        Cells as they stand (str); the index is the row's line in the file, header = 1.

    Raises
    ------
    DataError
        If the file is not there or no CSV file in UTF-8; if its rows are more than `most` or of
        unequal length; if a name stands twice in the header; if a cell has blanks around it or
        holds a line break or a character that is not seen.
    """
    text = _decoded(path, _bytes(path, most * ROW_BYTES + 10_000))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for row in reader:
            if row:
                rows.append((start, row))
            if len(rows) > most + 1:
                found = f"more than {most:,} rows"
                raise refusal(path, [Failure(None, None, found, f"at most as many: {what}")])
            start = reader.line_num + 1
    except csv.Error as error:
        failure = Failure(start, None, str(error), "a comma-separated file", _syntax(error))
        raise refusal(path, [failure]) from None
    if not rows:
        raise refusal(path, [Failure(None, None, "an empty file", "a header and rows")])
    (_, header), *body = rows
    _header(path, header, body)
    if not body:
        raise refusal(path, [Failure(None, None, "a header and nothing below", "rows")])
    failures = [
        _ragged(line, row, len(header), line == body[-1][0])
        for line, row in body
        if len(row) != len(header)
    ]
    cause = "an empty row, as a spreadsheet leaves it below or within a table: delete it"
    failures += [
        Failure(line, None, "a row of empty cells", "figures", cause)
        for line, row in body
        if len(row) == len(header) and not any(row)
    ]
    if failures:
        raise refusal(path, failures)
    for line, row in rows:
        for name, cell in zip(header, row, strict=True):
            if blemish := _blemish(cell):
                column = None if line == rows[0][0] else name
                failures.append(Failure(line, column, quoted(cell), *blemish))
    if failures:
        raise refusal(path, failures)
    return pd.DataFrame(
        [row for _, row in body], index=[line for line, _ in body], columns=header, dtype="str"
    )


def misnamed(name: str, known: Sequence[str], frame: pd.DataFrame) -> str:
    """Guess why a header has a column `name` that is not `known`."""
    if name.strip().lower() in known:
        return f"{name.strip().lower()}, spelt differently"
    if re.fullmatch(r"[+-]?[0-9.]+", name):
        return "a file without a header, whose first row holds figures"
    if any(len(set(known).intersection(row)) > len(known) / 2 for row in frame.head(5).to_numpy()):
        return "a title above the header: delete it"
    close = difflib.get_close_matches(name, known, 1, 0.75)
    return f"{close[0]}, misspelt" if close else ""


_NUMBER_CAUSES = (
    (r"[+-]?(inf(inity)?|∞)", "a division by zero upstream; a missing figure is an empty cell"),
    (r"#.*", "an error of a spreadsheet's formula"),
    (r"=.*", "a formula in place of its value"),
    (r"'.*", "an apostrophe, which a spreadsheet puts before text"),
    (r"[-–—−.…·*/?]+|n\.?/?a\.?n?\.?|null|none|nil|无|缺|暂无",
     "a mark for a missing figure, which is an empty cell here"),
    (r".*[０-９．，％－].*", "full-width characters"),
    (r"[–—−]\s*[0-9.]+", "a dash in place of the minus sign"),
    (r"[+-]?[0-9.,]+\s*[%‰]", "a sign of per cent or per mille"),
    (r"[+-]?[0-9]{1,3},[0-9]{3}", "thousands separators or a decimal comma"),
    (r"[+-]?[0-9]{1,3}([, '\u2019\u00a0\u2009\u202f][0-9]{3})+(\.[0-9]*)?", "thousands separators"),
    (r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?", "points between thousands"),
    (r"[+-]?[0-9]*,[0-9]+", "a decimal comma"),
    (r"\([0-9.,]+\)", "brackets in place of the minus sign"),
    (r"[¥￥$€].*", "a sign of currency"),
    (r"[0-9]{1,4}[-/.年][0-9]{1,2}([-/.月][0-9]{1,4}日?)?", "a date, as a spreadsheet makes it"),
    (r"[+-]?[0-9.,]*[0-9][0-9.,]*\s*[^0-9.,\s].*", "a unit or the mark of a footnote"),
)  # fmt: skip
_WHOLE_CAUSES = (
    (r"[0-9]+\.0*", "a whole number saved with decimals"),
    (r"[0-9.]+[eE]\+?[0-9]+", "a code that a spreadsheet turned into scientific notation"),
    (r"[0-9]{4}\s*年", "the year with its word"),
    (r"'?[0-9]{2}", "a year of two digits"),
    *_NUMBER_CAUSES,
)


def cell_cause(text: str, whole: bool = False) -> str:
    """Guess why `text` is no number (or, if `whole`, no code or year), or return nothing."""
    causes = _WHOLE_CAUSES if whole else _NUMBER_CAUSES
    found = (cause for form, cause in causes if re.fullmatch(form, text[:200], re.I | re.S))
    return next(found, "")


def mojibake(text: str, meant: str) -> str:
    """Say how `text` came out of `meant`, if it was decoded or re-encoded wrongly."""
    for saved in ("utf-8", "gb18030"):
        for opened in ("cp1252", "latin-1", "gb18030"):
            if saved != opened and meant.encode(saved).decode(opened, "ignore") == text:
                names = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "gb18030": "GBK"}
                of = "UTF-8" if saved == "utf-8" else "GBK"
                return f"text in {of} that was opened as {names[opened]} and saved again"
    return ""
