"""Executed in a kernel before its first cell, with ``root`` given: note which files are opened.

The names of files below the root that are opened for reading, relative to it, gather in
``sys._opened``, whether a cell or ``lib`` opens them.  What a library opens past Python is not
seen; the book has none.
"""

import os
import sys

_root = os.path.join(os.path.realpath(root), "")  # type: ignore[name-defined]  # noqa: F821
_seen: set[str] = set()
sys._opened = _seen  # type: ignore[attr-defined]


def _note(
    event: str, arguments: tuple, os=os, root=_root, seen=_seen, left_out=("notebooks", "_build")
) -> None:
    # An exception in here would be one of the cell.  A number is a file that is open already.
    if event != "open" or not isinstance(arguments[0], (str, bytes, os.PathLike)):
        return
    name, _, flags = arguments
    path = os.path.realpath(os.fsdecode(name))
    if path.startswith(root) and not flags & (os.O_WRONLY | os.O_RDWR):
        path = path[len(root) :].replace(os.sep, "/")
        # Modules are known from sys.modules, whether or not their bytes were read again.
        if path[0] != "." and not path.startswith(left_out) and not path.endswith((".py", ".pyc")):
            seen.add(path)


sys.addaudithook(_note)
