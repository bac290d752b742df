"""Executed in a kernel before its first cell: note what it comes from.

``root`` and ``packages`` are given.  ``sys._used()`` gives, relative to the root, the files that
were opened for reading, whether a cell or ``lib`` opened them, and the modules of the project's
packages that were imported.  What a library opens past Python is not seen; the book has none.
"""

import os
import sys

_root = os.path.join(os.path.realpath(root), "")  # type: ignore[name-defined]  # noqa: F821
_packages = packages  # type: ignore[name-defined]  # noqa: F821
_seen: set[str] = set()


def _note(
    event: str, arguments: tuple, os=os, root=_root, seen=_seen, left_out=("notebooks", "_build"),
    but="notebooks/widgets/",
) -> None:  # fmt: skip
    # An exception in here would be one of the cell.  A number is a file that is open already.
    if event != "open" or not isinstance(arguments[0], (str, bytes, os.PathLike)):
        return
    name, _, flags = arguments
    path = os.path.realpath(os.fsdecode(name))
    if path.startswith(root) and not flags & (os.O_WRONLY | os.O_RDWR):
        path = path[len(root) :].replace(os.sep, "/")
        # Modules are known from sys.modules, whether or not their bytes were read again.
        own = path[0] != "." and (not path.startswith(left_out) or path.startswith(but))
        if own and not path.endswith((".py", ".pyc")):
            seen.add(path)


def _used() -> list[str]:
    own = [each for name, each in sys.modules.items() if name.partition(".")[0] in _packages]
    files = (os.path.realpath(each.__file__) for each in own if getattr(each, "__file__", None))
    inside = (file[len(_root) :] for file in files if file.startswith(_root))
    return sorted(_seen.union(file.replace(os.sep, "/") for file in inside))


sys._used = _used  # type: ignore[attr-defined]
sys.addaudithook(_note)
