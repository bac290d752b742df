"""Executed in a kernel before its first cell: note which files are opened and which functions run.

``root`` and ``packages`` are given.  ``sys._used()`` gives the names of files below the root that
were opened for reading, relative to it, whether a cell or ``lib`` opened them; and by file of each
module of the project's packages the functions that ran, as ``Class.name``: those at its top, and
methods.  What a library opens past Python is not seen; the book has none.
"""

import ast
import builtins
import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader

_root = os.path.join(os.path.realpath(root), "")  # type: ignore[name-defined]  # noqa: F821
_packages = packages  # type: ignore[name-defined]  # noqa: F821
_seen: set[str] = set()
_ran: dict[str, set[str]] = {}
builtins._ran_here = lambda file, name: _ran[file].add(name)  # type: ignore[attr-defined]
sys._used = lambda: (  # type: ignore[attr-defined]
    sorted(_seen), {file: sorted(names) for file, names in _ran.items()})  # fmt: skip


def _note(
    event: str,
    arguments: tuple,
    os=os,
    root=_root,
    seen=_seen,
    left_out=("notebooks", "_build"),
    but="notebooks/widgets/",
) -> None:
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


class _Noting(SourceFileLoader):
    """Loads a module whose functions say that they run."""

    def get_code(self, name):  # not from the compiled bytes beside it, which say nothing
        _ran[self.path] = set()
        tree = ast.parse(self.get_data(self.path))
        self.mark(tree.body, "")
        return compile(tree, self.path, "exec", dont_inherit=True)

    def mark(self, body: list, within: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self.mark(node.body, f"{within}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                call = ast.parse(f"_ran_here({self.path!r}, {within + node.name!r})").body[0]
                for part in ast.walk(call):
                    ast.copy_location(part, node.body[0])
                node.body.insert(ast.get_docstring(node) is not None, call)


class _Finder:
    """Finds the project's modules where `PathFinder` does."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path) if name.partition(".")[0] in _packages else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Noting(name, spec.loader.path)
        return spec


sys.meta_path.insert(0, _Finder)
sys.addaudithook(_note)
