"""What was read and what it gives: said before anything is replaced.

A receipt holds ratios and rates, no level of a yearbook, so that it can be shown to anybody.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.panel import INDICATORS, KEY
from lib.strictcsv import SHOWN
from tools.yearbook.clean import STRUCK
from tools.yearbook.derive import Derived, labels
from tools.yearbook.schema import FIELDS


def write(source: str, made: Derived) -> list[str]:
    """Word the receipt of a yearbook, whose path is `source`, line by line."""
    lines, rest = [f"receipt of {source}"], len(made.unusual) - SHOWN
    lines += [f"not used {text}" for text in made.unused]
    lines += [f"unusual {row.city}, {row.year}, {row.field}: {row.found} the year before"
              for row in made.unusual.head(SHOWN).itertuples()]  # fmt: skip
    lines += [f"unusual in {rest} more cities" if rest > 0 else "unusual nothing"][: rest != 0]
    notes, name = made.cleaned.notes, labels(made.cities)
    struck = notes[notes["kind"].isin(STRUCK)].sort_values("kind", ascending=False, kind="stable")
    lines += [f"struck, as gaps: {len(struck)} cells"] if len(struck) else []
    lines += [f"  {name[row.city_code]}, {row.year}, {row.field}: {row.detail}"
              for row in struck.head(SHOWN).itertuples()]  # fmt: skip
    lines += [f"said   {text}" for text in made.said]
    lines += [f"assumed {text}" for text in made.assumed]
    missing = made.yearbook[list(FIELDS)].isna().sum()
    count = ", ".join(f"{count:,} of {name}" for name, count in missing[missing > 0].items())
    return [*lines, f"misses {count or 'no cell'}"]


def changes(table: pd.DataFrame, path: Path) -> str:
    """Word which figures differ from those of the panel that stands at a path."""
    try:
        old = pd.read_csv(path, dtype={"city_code": str}).set_index(KEY)
        new = table.astype({"city_code": str}).set_index(KEY)
    except (OSError, ValueError, KeyError):
        return "compares with no panel"
    rows = new.index.intersection(old.index)
    if not len(rows) or set(INDICATORS) - set(old):
        return "compares with no panel of these cities"
    a, b = new.loc[rows, INDICATORS], old.loc[rows, INDICATORS]
    count = (~(a.eq(b) | a.isna() & b.isna())).sum()
    shown = ", ".join(f"{each:,} of {name}" for name, each in count[count > 0].items())
    return f"changes {shown or 'no figure'} in {len(rows):,} rows of the panel that stands"
