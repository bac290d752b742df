"""Answers that can be checked and not read: an entry against digests of what counts.

A check holds digests of the entries that are right and of typical mistakes: FNV-1a of the label and
the entry, so that equal answers look different and none is read off.  It is no lock, and a slower
digest would be none either: whoever tries every number finds the answer.
``notebooks/widgets/check`` does on a page what :func:`judged` does here.
"""

import difflib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FILE = "checks.json"
RIGHT, WRONG = "Right.", "Not this."
SIGN = "The size is right, the sign is not."
SHARE = "This is a share: per cent are asked."
NEAR = "Near, but not this: keep all digits until the end, and look at the formula again."
FEW = "Not this, or too few digits: {} after the point are asked."
_NUMBER = re.compile(r"([+-]?)([0-9]+\.?([0-9]*)|\.([0-9]+))(e[+-]?[0-9]+)?(%?)")
_SHOWN = re.compile(r"(?:np\.|numpy\.)?float[0-9]*\((.*)\)")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+%?")


def fnv1a(text: str) -> str:
    """The hash FNV-1a of a text in UTF-8, 32 bits as eight letters.

    Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, The FNV Non-Cryptographic Hash Algorithm.
    """
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 0x01000193 % 2**32
    return f"{found:08x}"


def digest(label: str, key: str) -> str:
    """Eight letters that stand for an answer, as :func:`step` or :func:`words` gives it."""
    return fnv1a(f"{label}:{key}")


def number(entry: object, about: Mapping[str, Any]) -> tuple[float, int | None] | None:
    """A number as people write it, in the unit that a check asks, and its digits after the point.

    A text may have a comma or 。 for the point, a dash for the minus sign, ``%``, full-width signs,
    ``np.float64(0.5)`` as numpy shows it.  The digits are None where they say nothing.
    """
    if not isinstance(entry, str):
        try:
            value = float(entry)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
        return (value, None) if math.isfinite(value) else None
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", entry).lower())
    text = _SHOWN.sub(r"\1", re.sub("[‐-―−]", "-", text))
    text = re.sub("(?<=[0-9])。(?=[0-9])", ".", text)
    if "," in text:
        apart = "." in text or (about["digits"] == 0 and _THOUSANDS.fullmatch(text))
        text = text.replace(",", "" if apart else ".")
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    percent = bool(found[6]) and about.get("unit") != "%"
    value = float(text.removesuffix("%")) / (100 if percent else 1)
    digits = None if percent or found[5] else len(found[3] or found[4] or "")
    return (value, digits) if math.isfinite(value) else None


def step(value: float, digits: int) -> int:
    """A number counted in units of its last digit, half a unit away from zero."""
    steps = math.floor(abs(value) * 10**digits + 0.5)
    return -steps if value < 0 else steps


def words(entry: object) -> str:
    """The words of an entry, in any order, in capitals or not, however they are separated.

    Quotes, full stops, "and", 市 and 省 behind a name say nothing; a province in brackets counts.
    """
    if not isinstance(entry, str) and isinstance(entry, Iterable):
        entry = ",".join(map(str, entry))
    text = re.sub("[\"'“”‘’]", "", unicodedata.normalize("NFKC", str(entry)).lower())
    names = (re.sub("[.。市省]+$", "", name) for name in re.split(r"[\s,;、/|()\[\]_]+", text))
    return ",".join(sorted(name for name in names if name not in ("", "and")))


def judged(label: str, about: Mapping[str, Any], entry: object) -> tuple[bool, str]:
    """Whether an entry is right, and what to say of it.

    A check is ``about`` digests that are ``right``; ``mistakes``, each with ``digests`` and
    ``says``; the ``digits`` and the ``unit`` of a number; ``choices``.
    """
    shown = "" if entry is None else str(entry).strip()
    if not shown:
        return False, "Nothing was entered."
    known: dict[str, tuple[bool, str]] = {}
    for mistake in reversed(about["mistakes"]):
        known |= dict.fromkeys(mistake["digests"], (False, mistake["says"]))
    known |= dict.fromkeys(about["right"], (True, RIGHT))
    if "digits" not in about:
        key = words(entry)
        if "choices" in about and key not in map(words, about["choices"]):
            return False, f"“{shown[:40]}” is none of: {'; '.join(about['choices'])}"
        return known.get(digest(label, key), (False, WRONG))
    read = number(entry, about)
    if read is None:
        return False, f"“{shown[:40]}” is no number."
    value, given = read
    if found := known.get(digest(label, str(step(value, about["digits"])))):
        return found
    others = [(-value, SIGN)]
    if about.get("unit") == "%":
        others.append((100 * value, SHARE))
    if about["digits"]:
        unit = 10.0 ** -about["digits"]
        others += [(value + unit, NEAR), (value - unit, NEAR)]
    for other, says in others:
        if digest(label, str(step(other, about["digits"]))) in about["right"]:
            return False, says
    if given is not None and given < about["digits"]:
        return False, FEW.format(about["digits"])
    return False, WRONG


def _check(label: str) -> dict[str, Any]:
    file = Path(FILE)
    if not file.is_file():
        raise FileNotFoundError(f"{file.resolve()}: not found, expected beside the notebooks")
    known = json.loads(file.read_text(encoding="utf-8"))
    if label not in known:
        near = difflib.get_close_matches(label, known, cutoff=0.4) or ["those of the starter"]
        raise KeyError(f"label: found {label!r}, expected one of {', '.join(near)}")
    return known[label]


def check(label: str, *value: object) -> None:
    """Say whether an answer is right, or which typical mistake it looks like.

    The answer is a number, a text or a list of names; the dots of the starter, or nothing, ask
    what is wanted.
    """
    about = _check(label)
    if not value or value[0] is ...:
        print(f"{label}: put your answer in the place of the dots. {about['ask']}")
        return
    right, says = judged(label, about, value[0] if len(value) == 1 else value)
    more = f' For a hint: hint("{label}")' if about.get("hint") and not right else ""
    print(f"{label}: {says}{more}")


def hint(label: str) -> None:
    """Print the hint of an exercise; raises as :func:`check` does."""
    print(_check(label).get("hint", "There is none: read the exercise once more."))
