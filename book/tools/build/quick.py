"""What makes builds faster, and nothing else: reaching into packages that are not ours.

nbformat's schema would compile grammars of addresses, of which notebooks have none.
"""

import functools
import gc
import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def rendering() -> None:
    """Before Jupyter Book: less looking for garbage in trees of pages, and for the same plugins."""
    import pybtex.plugin

    gc.set_threshold(100_000, 50)
    pybtex.plugin.find_plugin = functools.cache(pybtex.plugin.find_plugin)
