"""What makes builds and tests faster, and nothing else: ``BOOK_QUICK=0`` leaves it all out.

Each step reaches into a package that is not ours, so each is what an upgrade breaks first.
"""

from __future__ import annotations

import functools
import gc
import os
import sys

ON = os.environ.get("BOOK_QUICK", "1") != "0"


def reading() -> None:
    """Before nbformat: its schema would compile grammars of addresses, of which we have none."""
    if ON:
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def rendering() -> None:
    """Before Jupyter Book: less looking for garbage in trees of pages, and for the same plugins."""
    if not ON:
        return
    reading()
    gc.set_threshold(100_000, 50)
    import pybtex.plugin

    pybtex.plugin.find_plugin = functools.cache(pybtex.plugin.find_plugin)


def collecting(done: bool) -> None:
    """Around the collection of tests, whose modules stay: no looking for garbage among them."""
    if not ON:
        return
    if done:
        gc.freeze()
        gc.enable()
    else:
        gc.disable()


reading()
