"""Offer the reader spoilt yearbooks and rosters for a minute (``make fuzz``).

Bytes and cells of a good pair of files are changed at random.  Each time `python -m lib` must
either refuse them with the project's own error, its folder as it was, or write a panel that loads
and is finite.  Whatever else comes out is reported with its seed, and the files are kept in
``_build/fuzz``; ``make fuzz SEED=n`` makes the same pair again.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import random
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from lib import __main__ as command
from lib import panel, synthetic

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "_build" / "fuzz"
SLOW = 4.0  # seconds of work for one pair, twice what the tests allow
PIECES = [
    "", " ", "-", "…", "NA", "nan", "inf", "-inf", "1e999", "1e300", "1e-300", "-1", "0", "-0", "1",
    "00", "1_0", "0x10", "1e5", "1e", ".", "+", "１２", "٣", "²", "½", "1,2", "1;2", "12%", "2008",
    "2008.0", "99999999999999999999", "9" * 400, "市" * 300, '"', '""', "'", "\n", "\r", "\t", "\0",
    "\u200b", "\ufeff", "\u00a0", "\ud7ff", "𠀀", "#DIV/0!", "=1+1", "true", "None", "<html>", "{}",
    "upper", "L01", "M02", "虚构下游01市",
]  # fmt: skip
BYTES = [b"\xff", b"\xfe\xff", b"\x00", b"\x80", b"\xef\xbb\xbf", b'"', b",", b"\n", b"\r", b";"]
Table = list[list[str]]


def good() -> tuple[Table, Table]:
    """Take five cities and six years of the synthetic yearbook, and their roster."""
    kept = {"L01", "L02", "M01", "M02", "U01"}
    tables = []
    for path in (synthetic.YEARBOOK, synthetic.CITIES):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        rows = [row for row in rows if row[0] in kept and ("year" not in header or row[2] < "2013")]
        tables.append([header, *rows])
    return tables[0], tables[1]


def number(chance: random.Random, text: str) -> str:
    """Change a figure so that it often stays one: by a factor, a sign, a digit or a decimal."""
    try:
        value = float(text)
    except ValueError:
        return text[::-1]
    factor = chance.choice([0, -1, 0.1, 10, 100, 1e4, 1e8, 1e-8, chance.lognormvariate(0, 1)])
    return chance.choice([f"{value * factor:g}", f"{value * factor:.3f}", repr(value * factor)])


def spoil_cells(chance: random.Random, table: Table) -> Table:
    """Change cells, rows and columns."""
    table = [list(row) for row in table]
    for _ in range(chance.choice([1, 1, 1, 2, 3, 10, 40])):
        row, column = chance.randrange(len(table)), chance.randrange(len(table[0]))
        kind = chance.randrange(10)
        if kind <= 2 and column < len(table[row]):
            table[row][column] = chance.choice(PIECES)
        elif kind <= 5 and column < len(table[row]):
            table[row][column] = number(chance, table[row][column])
        elif kind == 6:
            factor = chance.choice([0.1, 10.0, 1e4])
            for line in table[1:]:
                with contextlib.suppress(ValueError, IndexError):
                    line[column] = f"{float(line[column]) * factor:g}"
        elif kind == 7 and len(table) > 2:
            table.insert(row, list(table[chance.randrange(len(table))]))
        elif kind == 8 and len(table) > 2:
            del table[row]
        elif kind == 9:
            for line in table[chance.randrange(2) :]:
                if column < len(line):
                    line[column] = chance.choice(["", line[column], line[0]])
    return table


def spoil_bytes(chance: random.Random, data: bytes) -> bytes:
    """Change, add, remove, repeat or re-encode bytes."""
    out = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1:
            out[at:at] = chance.choice(BYTES + [piece.encode() for piece in PIECES])
        elif kind == 2:
            del out[at : at + chance.choice([1, 2, 10, 500])]
        elif kind == 3:
            out[at:at] = out[at : at + chance.choice([1, 10, 300])]
        elif kind == 4 and chance.random() < 0.1:
            del out[at:]
        elif kind == 5 and chance.random() < 0.1:
            encoding = chance.choice(["utf-16", "utf-16-le", "gb18030", "utf-8-sig", "utf-32"])
            out = bytearray(out.decode("utf-8", "replace").encode(encoding, "replace"))
    return bytes(out)


def to_bytes(chance: random.Random, table: Table) -> bytes:
    text = io.StringIO()
    delimiter = chance.choice([","] * 20 + [";", "\t"])
    csv.writer(text, delimiter=delimiter, lineterminator=chance.choice(["\n", "\r\n"])).writerows(
        table
    )
    return text.getvalue().encode("utf-8", "replace")


def pair(seed: int) -> tuple[bytes, bytes]:
    """Make the yearbook and the roster of a seed; one of them is spoilt, now and then both."""
    chance = random.Random(seed)
    which = chance.choice([(True, False)] * 6 + [(False, True)] * 3 + [(True, True)])
    files = []
    for table, bad in zip(good(), which, strict=True):
        how = chance.random()
        data = to_bytes(chance, spoil_cells(chance, table) if bad and how < 0.75 else table)
        files.append(spoil_bytes(chance, data) if bad and how > 0.65 else data)
    return files[0], files[1]


def verdict(folder: Path, seed: int) -> str:
    """Offer the pair of a seed, and say "refused", "passed" or what went wrong."""
    yearbook, roster, out = folder / "yearbook.csv", folder / "cities.csv", folder / "data"
    for path, data in zip((yearbook, roster), pair(seed), strict=True):
        path.write_bytes(data)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    told, start = io.StringIO(), time.process_time()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(told):
            warnings.simplefilter("error")
            with contextlib.redirect_stdout(io.StringIO()):
                status = command.main(
                    [str(yearbook), "--cities", str(roster), "--data", str(out)]
                )
            left = sorted(path.name for path in out.iterdir())
            if time.process_time() - start > SLOW:
                return f"slow: {time.process_time() - start:.1f} s"
            if status:
                says = "found" in told.getvalue() and "expected" in told.getvalue()
                return "refused" if says and not left else f"refused, {left}: {told.getvalue()}"
            cities = panel.load_cities(out / "cities.csv")
            table = panel.load_indicators(out / "indicators.csv", cities)
            finite = not np.isinf(table[panel.INDICATORS]).any(axis=None)
            return "passed" if finite and len(table) else "a panel that is empty or infinite"
    except Exception:  # whatever comes out is a finding
        return traceback.format_exc(limit=-4)


def main() -> int:
    """Run for the time given, and return 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, help="one pair again, whose files are kept")
    options = parser.parse_args()
    first = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    print(f"fuzz: seeds from {first}")
    counts: Counter[str] = Counter()
    end, seed = time.monotonic() + options.seconds, first
    with tempfile.TemporaryDirectory(prefix="belt-fuzz-") as name:
        folder = Path(name)
        while time.monotonic() < end and not (options.seed is not None and seed > first):
            found = verdict(folder, seed)
            usual = found in ("refused", "passed")
            counts[found if usual else "finding"] += 1
            if not usual or options.seed is not None:
                print(f"seed {seed}: {found}")
                KEPT.mkdir(parents=True, exist_ok=True)
                for path in (folder / "yearbook.csv", folder / "cities.csv"):
                    shutil.copy(path, KEPT / f"{seed}-{path.name}")
            seed += 1
    print(f"fuzz: {', '.join(f'{count:,} {what}' for what, count in sorted(counts.items()))}")
    return 1 if counts["finding"] else 0


if __name__ == "__main__":
    sys.exit(main())
