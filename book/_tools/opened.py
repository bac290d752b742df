"""Run in a kernel before its first cell: note which files below ``data/`` are opened for reading.

The names go, one a line and relative to the root, into the file that ``BELT_OPENED`` names, whether
a cell or ``lib`` opens them, at import or later, here or in a process that was forked from here.
Files that a library opens past Python are not seen; the book has none.
"""


def _watch() -> None:
    import os
    import sys

    root = os.path.realpath(os.environ["BELT_ROOT"])
    inside = os.path.join(root, "data", "")
    log = os.open(os.environ["BELT_OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    seen: set[str] = set()

    def note(event: str, arguments: tuple) -> None:
        # An exception in here would be one of the cell.  A number is a file that is open already.
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        name, _, flags = arguments
        path = os.path.realpath(os.fsdecode(name))
        if path.startswith(inside) and path not in seen and not flags & (os.O_WRONLY | os.O_RDWR):
            seen.add(path)
            os.write(log, f"{os.path.relpath(path, root)}\n".encode())

    sys.addaudithook(note)


_watch()
del _watch
