"""What probably happened to a file that was refused.

Nothing is guessed into the data: a cause is a hint behind the message, for whoever saved the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from lib.strictcsv import SHOWN, UNSEEN, Failure, FileError

_TABLE = pd.read_csv(Path(__file__).with_suffix(".csv"), dtype=str, keep_default_na=False)
_OF = {of: list(zip(own["pattern"], own["cause"], strict=True))
       for of, own in _TABLE.groupby("of", sort=False)}  # fmt: skip
"""Patterns, the first that fits the better, and what each tells, by what it is a pattern of."""


@contextmanager
def guessed(path: Path | str) -> Iterator[None]:
    """Add causes to a refusal of a file that is raised within; more than ten alike are one."""
    try:
        yield
    except FileError as error:
        alike: dict[tuple, list[Failure]] = {}
        for each in error.failures:
            cause = each.cause or _cause(Path(path), error.failures, each)
            key = each.column, each.kind, cause, each.line is None
            alike.setdefault(key, []).append(each._replace(cause=cause))
        told: list[Failure] = []
        for first, *more in alike.values():
            if len(more) >= SHOWN:
                first = first._replace(found=f"{first.found}, and the like {len(more):,} times")
            told += [first, *(more if len(more) < SHOWN else [])]
        raise FileError(path, told) from None


def _cause(path: Path, failures: Sequence[Failure], failure: Failure) -> str:
    kind, raw = failure.kind, failure.raw
    if kind in {"bytes", "header", "syntax", "width", "unknown"}:
        data = path.read_bytes()
        start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
        if cause := _first("begins", start.decode("latin-1")):
            return cause
        below = data[:20_000].decode("utf-8", "replace").splitlines()[1:10]
        if kind == "bytes":
            return _encoding(data)
        if kind == "header":
            return _header(raw, below) if raw else ""
        if kind == "width":
            return _width(failure)
        if kind == "unknown":
            lacking = [f.column or "" for f in failures if f.kind == "lacking"]
            return _misnamed(raw[0], lacking, below)
        return "a quote that opens in this row and is not closed, or one within a cell, not doubled"
    if kind == "blemish":
        return _blemish(raw[0])
    return cell(raw[0], failure.column or "") if kind in ("cell", "range") and raw else ""


def cell(text: str, column: str) -> str:
    """Guess why `text` is no cell of `column`, or return nothing."""
    if column.endswith(("_zh", "_en")) or column == "reach":
        return _first("name", text)
    special = {"city_code": "whole", "year": "whole", "gdp_index": "index"}.get(column, "number")
    return _first(special, text) or _first("number", text)


def _first(of: str, text: str) -> str:
    """What the first pattern that fits tells; the beginning of a file or a header need not end."""
    fits = re.match if of in ("begins", "delimiter") else re.fullmatch
    return next((cause for form, cause in _OF[of] if fits(form, text[:200], re.I | re.S)), "")


def name(found: str, meant: str) -> str:
    """Guess why a name is not the one meant: its encoding or its form."""
    for saved, opened in (("utf-8", "cp1252"), ("utf-8", "latin-1"), ("utf-8", "gb18030"),
                          ("gb18030", "cp1252"), ("gb18030", "latin-1")):  # fmt: skip
        if meant.encode(saved).decode(opened, "ignore") == found:
            names = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "gb18030": "GBK"}
            of = names.get(saved, "UTF-8")
            return f"text in {of} that was opened as {names[opened]} and saved again"
    return "the name in another form" if found in meant or meant in found else ""


def _encoding(data: bytes) -> str:
    """Guess in which encoding a file was saved: GBK, if it reads as Chinese."""
    if b"\0" in data:
        many = data.count(b"\0") > len(data) / 8
        return "saved as UTF-16 without a byte order mark" if many else "a damaged file"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(data) and error.reason == "unexpected end of data":
            return "the file was cut off within a character"
    text = data.decode("gb18030", "replace")
    foreign = [c for c in text if ord(c) > 127]
    # A letter with an accent stands alone among plain ones, and reads as a rare character.
    if sum("\u4e00" <= c <= "\u9fff" for c in foreign) > 0.9 * len(foreign) and "市" in text:
        return "saved as GBK, as Excel does under Chinese Windows: save it as CSV UTF-8"
    return "saved in another encoding, such as Latin-1 or Windows-1252: save it as CSV UTF-8"


def _header(header: Sequence[str], below: Sequence[str]) -> str:
    first = ",".join(header)
    if re.fullmatch(r"sep=.?,?", first, re.I):
        return "a line that Excel reads as a setting: delete it"
    if len(header) > 1:
        named = len([each for each in header if each])
        return ("a title above the header: delete it" if named == 1 else
                "commas at the end of each row, as a spreadsheet leaves them")  # fmt: skip
    if label := _first("delimiter", first):
        return f"columns separated by {label}"
    return "a title above the header: delete it" if any("," in line for line in below) else ""


def _width(failure: Failure) -> str:
    row, width = failure.raw, int(failure.expected.split(",")[0]) if failure.raw else 0
    if not row:
        return "an empty row, as a spreadsheet leaves it below or within a table: delete it"
    if len(row) < width:
        return "a remark or a title, a file that was cut off, or a cell left out"
    return "a comma within a cell, without quotes" if any(row[width:]) else "commas at its end"


def _misnamed(found: str, lacking: Sequence[str], below: Sequence[str]) -> str:
    if re.fullmatch(r"[+-]?[0-9.]+", found):
        return "a file without a header, whose first row holds figures"
    if any(len(set(lacking) & set(line.split(","))) > len(lacking) / 2 for line in below):
        return "a title above the header: delete it"
    close = difflib.get_close_matches(found.strip().lower(), lacking, 1, 0.75)
    return f"{close[0]}, misspelt" if close else ""


def _blemish(text: str) -> str:
    mark = UNSEEN.search(text)
    if not mark:
        return "spaces typed or padded around the text"
    if mark[0] == "\ufffd" or "\x80" <= mark[0] <= "\x9f":
        return "text that was lost in re-encoding"
    if mark[0] in "\r\n":
        return "a line break within a cell, or a quote that is not closed"
    return f"the character U+{ord(mark[0]):04X}, which is not seen"
