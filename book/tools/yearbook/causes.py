"""What probably happened to a file that was refused, and which setting reads it.

Nothing is guessed into the data: a cause is a hint behind the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
        for failure in error.failures:
            cause = failure.cause or _cause(Path(path), failure)
            key = failure.column, failure.kind, cause, failure.line is None
            alike.setdefault(key, []).append(failure._replace(cause=cause))
        told: list[Failure] = []
        for first, *more in alike.values():
            if len(more) >= SHOWN:
                first = first._replace(found=f"{first.found}, and the like {len(more):,} times")
            told += [first, *(more if len(more) < SHOWN else [])]
        raise FileError(error.path, told) from None


def _cause(path: Path, failure: Failure) -> str:
    kind, raw = failure.kind, failure.raw
    if kind == "width":
        width = int(failure.expected.split(",")[0]) if raw else 0
        return ("a remark, a file that was cut off, or a cell left out" if len(raw) < width else
                "a separator within a cell, without quotes")  # fmt: skip
    if kind in {"bytes", "header", "syntax"}:
        data = path.read_bytes()
        start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().decode("latin-1")
        if kind == "header":  # of a workbook, too
            return (raw and _first("header", ",".join(raw))) or _first("begins", start.lstrip("P"))
        quote = "a quote that opens in this row and is not closed, or one within a cell"
        return _first("begins", start) or (_encoding(data) if kind == "bytes" else quote)
    if kind == "range" and failure.expected == "50 to 200":
        return ('growth in per cent (set index = "growth"), a chain index (index = "chain") or '
                "previous year = 1 (factor = 100)")  # fmt: skip
    if kind == "blemish":
        return _blemish(raw[0])
    return cell(raw[0], failure.column or "") if kind in ("cell", "range") and raw else ""


def cell(text: str, column: str) -> str:
    """Guess why `text` is no cell of `column`, or return nothing."""
    if column.endswith(("_zh", "_en")) or column == "reach":
        return _first("name", text)
    special = {"city_code": "whole", "year": "whole"}.get(column, "number")
    return _first(special, text) or _first("number", text)


def _first(of: str, text: str) -> str:
    """What the first pattern that fits tells; the beginning of a file or a header need not end."""
    fits = re.match if of in ("begins", "header") else re.fullmatch
    return next((cause for form, cause in _OF[of] if fits(form, text[:200], re.I | re.S)), "")


def _encoding(data: bytes) -> str:
    """Guess in which encoding a file was saved: GBK, if it reads as Chinese."""
    if b"\0" in data:
        many = data.count(b"\0") > len(data) / 8
        return 'saved as UTF-16: set encoding = "utf-16"' if many else "a damaged file"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(data) and error.reason == "unexpected end of data":
            return "the file was cut off within a character"
    foreign = [c for c in data.decode("gb18030", "replace") if ord(c) > 127]
    # A letter with an accent stands alone among plain ones, and reads as a rare character.
    if sum("\u4e00" <= c <= "\u9fff" for c in foreign) > 0.9 * len(foreign) and "市" in foreign:
        return 'saved as GBK, as Excel does under Chinese Windows: set encoding = "gbk"'
    return 'saved as Windows-1252, or in another encoding: set encoding = "windows-1252"'


def _blemish(text: str) -> str:
    mark = UNSEEN.search(text)
    if mark:
        return f"the character U+{ord(mark[0]):04X}, as re-encoding or a line break leaves it"
    return "spaces typed or padded around the text"
