"""What was read and what it gives: said before anything is replaced.

A receipt holds ratios and rates, no level of a yearbook, so that it can be shown to anybody.
"""

from __future__ import annotations

from lib.strictcsv import SHOWN
from tools.yearbook.clean import STRUCK
from tools.yearbook.derive import Derived, labels
from tools.yearbook.schema import FIELDS


def write(source: str, made: Derived) -> list[str]:
    """Word the receipt of a yearbook, whose path is `source`, line by line."""
    lines = [f"receipt of {source}"]
    lines += [f"not used {text}" for text in made.unused]
    shown = made.unusual.head(SHOWN)
    lines.append(f"unusual: {len(made.unusual)} changes, of which the clearest are")
    lines += [f"  {row.city}, {row.year}: {row.field} {row.found}" for row in shown.itertuples()]
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
