"""From texts to pages: execute notebooks, keep their twins, render editions, print."""

import sys

# Before nbformat: its schema would take a second to compile grammars of addresses, of which
# notebooks have none.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
