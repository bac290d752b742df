"""From texts to pages: execute notebooks, keep their twins, render editions, print."""

import sys

# Before nbformat: its schema would take a second to compile grammars of addresses, of which
# notebooks have none.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def authors(names: list[str]) -> str:
    """Who a work is by, as it is cited: one name, two, or the first and others."""
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
