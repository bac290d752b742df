"""What probably happened to a file that was refused.

Nothing is guessed into the data: a cause is a hint behind the message, for whoever saved the file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lib.strictcsv import UNSEEN, Failure, FileError

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
    (b"$FL2", "an SPSS file: export it as CSV"),
    (b"$FL3", "an SPSS file: export it as CSV"),
    (b"SQLite format 3\0", "an SQLite database: export the table as CSV"),
    (b"<stata_dta>", "a Stata file: export it as CSV (export delimited)"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file that it points to"),
    (b"\xff\xfe", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
    (b"\xfe\xff", 'saved as UTF-16 ("Unicode text"): save it as CSV UTF-8'),
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


@contextmanager
def guessed() -> Iterator[None]:
    """Add causes to a refusal that is raised within."""
    try:
        yield
    except FileError as error:
        told = [f if f.cause else f._replace(cause=_cause(error, f)) for f in error.failures]
        raise FileError(error.path, told) from None


def _cause(error: FileError, failure: Failure) -> str:
    kind, raw = failure.kind, failure.raw
    if kind in {"bytes", "header", "syntax", "width", "unknown"}:
        data = _start(error.path)
        if cause := _of_bytes(data, kind == "bytes"):
            return cause
        if kind == "bytes":
            return _encoding(error.path.read_bytes())
    if kind == "header":
        return _header(raw, _start(error.path)) if raw else ""
    if kind == "width":
        return _width(failure)
    if kind == "syntax":
        quote = "a quote that opens in this row and is not closed"
        inner = "a quote within a quoted cell, which must be doubled"
        return inner if "expected after" in failure.found else quote
    if kind == "unknown":
        lacking = [f.column or "" for f in error.failures if f.kind == "lacking"]
        return _misnamed(raw[0], lacking, _start(error.path).decode("utf-8", "replace"))
    if kind == "blemish":
        return _blemish(raw[0])
    if kind == "cell" and raw:
        return cell(raw[0], failure.column or "")
    return ""


def cell(text: str, column: str) -> str:
    """Guess why `text` is no cell of `column`, or return nothing."""
    causes = _NUMBER_CAUSES
    if column in {"city_code", "year"}:
        causes = _WHOLE_CAUSES
    elif column.endswith(("_zh", "_en")) or column == "reach":
        causes = _NAME_CAUSES
    found = (cause for form, cause in causes if re.fullmatch(form, text[:200], re.I | re.S))
    return next(found, "")


def name(found: str, meant: str) -> str:
    """Guess why a name is not the one meant: its encoding or its form."""
    for saved in ("utf-8", "gb18030"):
        for opened in ("cp1252", "latin-1", "gb18030"):
            if saved != opened and meant.encode(saved).decode(opened, "ignore") == found:
                names = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "gb18030": "GBK"}
                of = "UTF-8" if saved == "utf-8" else "GBK"
                return f"text in {of} that was opened as {names[opened]} and saved again"
    if found in meant or meant in found:
        return "the name in another form"
    alike = sum(one == other for one, other in zip(found, meant, strict=False))
    if len(found) == len(meant) and alike >= len(meant) / 2:
        return "the name with other characters, such as traditional ones or a slip"
    return ""


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(20_000)


def _of_bytes(data: bytes, broken: bool) -> str:
    """Say what kind of file begins with `data`, if it is no CSV file."""
    for magic, cause in _MAGIC:
        if data.startswith(magic):
            return cause
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"<", b"{", b"["):
        kind = "a web page" if start[:1] == b"<" else "a JSON file"
        return f"{kind} saved under the name of a table"
    if not broken or b"\0" not in data:
        return ""
    if data[1:2] in (b"\1", b"\2") and data[2:4] == b"\1\0":
        return "a Stata file: export it as CSV (export delimited)"
    many = data.count(b"\0") > len(data) / 8
    return "saved as UTF-16 without a byte order mark" if many else "a damaged file"


def _encoding(data: bytes) -> str:
    """Guess in which encoding a file was saved: Chinese, if all of it reads as common Chinese."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(data) and error.reason == "unexpected end of data":
            return "the file was cut off within a character"
    # A letter with an accent stands alone among plain ones; of a character both bytes are high.
    if len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", data)) < 0.1 * sum(
        byte > 127 for byte in data
    ):
        places = {label: _places(data, codec) for codec, label in _EAST_ASIAN.items()}
        likely = max(places, key=lambda label: places[label])
        if places[likely] >= 0:
            windows = ", as Excel does under Chinese Windows" if likely.startswith("GBK") else ""
            return f"saved as {likely}{windows}: save it as CSV UTF-8"
    return "saved in another encoding, such as Latin-1 or Windows-1252: save it as CSV UTF-8"


_EAST_ASIAN = {
    "gb18030": "GBK or GB18030", "big5": "Big5", "euc_jp": "EUC-JP", "cp932": "Shift-JIS"
}  # fmt: skip


def _places(data: bytes, codec: str) -> int:
    """Count the characters that end the names of places; -1 if the text is no Chinese or kana.

    The bytes of one encoding read as rare characters in another, of which none is among these.
    """
    try:
        foreign = [c for c in data.decode(codec) if ord(c) > 127]
    except UnicodeDecodeError:
        return -1
    common = sum("\u3041" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in foreign)
    return sum(c in "市省县縣県州府町" for c in foreign) if common > 0.9 * len(foreign) else -1


def _header(header: Sequence[str], data: bytes) -> str:
    first = ",".join(header)
    if re.fullmatch(r"sep=.?,?", first, re.I):
        return "a line that Excel reads as a setting: delete it"
    if len(header) == 1:
        counts = {label: first.count(mark) for mark, label in _DELIMITERS.items()}
        likely = max(counts, key=lambda label: counts[label])
        if counts[likely]:
            return f"columns separated by {likely}"
        below = data.decode("utf-8", "replace").splitlines()[1:10]
        return "a title above the header: delete it" if any("," in line for line in below) else ""
    named = [each for each in header if each]
    if list(header[: len(named)]) == named:
        if len(named) == 1:
            return "a title above the header: delete it"
        return "commas at the end of each row, as a spreadsheet leaves them"
    return ""


def _width(failure: Failure) -> str:
    row = failure.raw
    if not row:
        return "an empty row, as a spreadsheet leaves it below or within a table: delete it"
    width = int(failure.expected.split(",")[0])
    if len(row) == 1:
        return "a remark or a title, which is no row of the table"
    if len(row) < width:
        return "a file that was cut off, or a cell left out"
    if not any(row[width:]):
        return "commas at the end of the row"
    return "thousands separators, a decimal comma or a comma within a cell, without quotes"


def _misnamed(found: str, lacking: Sequence[str], text: str) -> str:
    if found.strip().lower() in lacking:
        return f"{found.strip().lower()}, spelt differently"
    if re.fullmatch(r"[+-]?[0-9.]+", found):
        return "a file without a header, whose first row holds figures"
    below = [set(line.split(",")) for line in text.splitlines()[1:6]]
    if any(len(set(lacking) & row) > len(lacking) / 2 for row in below):
        return "a title above the header: delete it"
    close = difflib.get_close_matches(found, lacking, 1, 0.75)
    return f"{close[0]}, misspelt" if close else ""


def _blemish(text: str) -> str:
    mark = UNSEEN.search(text)
    if not mark:
        return "spaces typed or padded around the text"
    code = f"U+{ord(mark[0]):04X}"
    if mark[0] == "\ufffd":
        return "text that was lost in re-encoding"
    if mark[0] in "\r\n":
        return "a line break within a cell, or a quote that is not closed"
    if "\x80" <= mark[0] <= "\x9f":
        return f"{code}: text that was opened in another encoding, saved again"
    return f"the character {code}, which is not seen"
