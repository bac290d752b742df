"""What probably happened to a file that was refused.

Nothing is guessed into the data: a cause is a hint behind the message, for whoever saved the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lib.strictcsv import SHOWN, UNSEEN, Failure, FileError

_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook (xlsx) or another zip archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls): save the sheet as CSV"),
    (b"\x1f\x8b", "a file compressed by gzip: unpack it"),
    (b"%PDF", "a PDF document"),
    (b"<stata_dta>", "a Stata file: export it as CSV (export delimited)"),
    (b"\xff\xfe", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
    (b"\xfe\xff", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
    (b"<", "a web page saved under the name of a table"),
    (b"{", "a JSON file saved under the name of a table"),
)
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", "，": "full-width commas"}

_Causes = tuple[tuple[str, str], ...]
_NUMBER_CAUSES: _Causes = (
    (r"[+-]?(inf(inity)?|∞)", "a division by zero upstream; a missing figure is an empty cell"),
    (r"#.*", "an error of a spreadsheet's formula"),
    (r"[=+@].*", "a formula in place of its value"),
    (r"'.*", "an apostrophe, which a spreadsheet puts before text"),
    (r"[-–—−.…·*/?]+|n\.?/?a\.?n?\.?|null|none|nil|无|缺|暂无",
     "a mark for a missing figure, which is an empty cell here"),
    (r".*[０-９．，％－].*", "full-width characters"),
    (r"[〇零一二三四五六七八九十百千万亿点]+年?", "a figure in Chinese numerals"),
    (r"[–—−]\s*[0-9.]+|\([0-9.,]+\)", "a dash or brackets in place of the minus sign"),
    (r"[+-]?[0-9.,]+\s*[%‰]", "a sign of per cent or per mille"),
    (r"[+-]?[0-9]{1,3}([., '\u2019\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]*)?",
     "thousands separators or a decimal comma"),
    (r"[+-]?[0-9]*,[0-9]+", "a decimal comma"),
    (r"[¥￥$€].*", "a sign of currency"),
    (r"[0-9]{1,4}[-/.年][0-9]{1,2}([-/.月][0-9]{1,4}日?)?", "a date, as a spreadsheet makes it"),
    (r"[+-]?[0-9.,]*[0-9][0-9.,]*\s*[^0-9.,\s].*", "a unit or the mark of a footnote"),
)  # fmt: skip
_WHOLE_CAUSES: _Causes = (
    (r"[0-9]+\.0*", "a whole number saved with decimals"),
    (r"[0-9.]+[eE]\+?[0-9]+", "a code that a spreadsheet turned into scientific notation"),
    (r"[0-9]{4}\s*年", "the year with its word"),
    (r"'?[0-9]{2}", "a year of two digits"),
    *_NUMBER_CAUSES,
)
_NAME_CAUSES: _Causes = (
    (r"[=+@-].*", "a formula, which a spreadsheet would run"),
    (r".*[<>{}`$\\].*", "markup or code, which a page could run"),
)
_INDEX_CAUSES: _Causes = (
    (r"-?[0-9]{1,2}(\.[0-9]*)?", "growth in per cent, or an index of previous year = 1"),
)


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
        if cause := next((cause for magic, cause in _MAGIC if start.startswith(magic)), ""):
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
    causes = _NUMBER_CAUSES
    if column in {"city_code", "year"}:
        causes = _WHOLE_CAUSES
    elif column == "gdp_index":
        causes = _INDEX_CAUSES + _NUMBER_CAUSES
    elif column.endswith(("_zh", "_en")) or column == "reach":
        causes = _NAME_CAUSES
    found = (cause for form, cause in causes if re.fullmatch(form, text[:200], re.I | re.S))
    return next(found, "")


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
    for mark, label in _DELIMITERS.items():
        if mark in first:
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
