"""Files are written whole: each in one step, and those that belong together all or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the build writes files too, and has no use for pandas
    import pandas as pd

PART = ".part"  # how the name of a file that is being written ends


class WriteError(OSError):
    """A file cannot be written: one sentence with its name and the cause.

    Parameters
    ----------
    path : Path
        What was to be written.
    cause : OSError
        What the system said.
    kept : bool
        It is a file, and what stood there still does.
    """

    def __init__(self, path: Path, cause: OSError, kept: bool = True) -> None:
        reason = cause.strerror or str(cause)
        super().__init__(cause.errno, reason)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        self.sentence = f"{shown} cannot be written: {reason}"
        self.sentence += "; it was left as it was." if kept else "."

    def __str__(self) -> str:
        return self.sentence


@contextmanager
def _naming(path: Path, kept: bool = True) -> Iterator[None]:
    """Say which file it was: a full disk is reported without a name."""
    try:
        yield
    except OSError as error:
        raise WriteError(path, error, kept) from None


def _beside(path: Path, kind: str = "") -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}{kind}{PART}")


def discard(*paths: Path) -> None:
    """Remove files that need not be there; one that stays is in nobody's way."""
    for path in paths:
        with suppress(OSError):  # where nothing can be removed, not even "missing" is said
            path.unlink()


def write(path: Path, content: bytes) -> None:
    """Write a file in one step, and only if its content differs; make its folder if need be.

    Parameters
    ----------
    path : Path
        Where it goes.
    content : bytes
        The whole file.

    Raises
    ------
    WriteError
        It cannot be written; what stood there still does.
    """
    part = _beside(path)
    with _naming(path):
        if path.is_file() and path.read_bytes() == content:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            discard(part)


def write_together(tables: Mapping[Path, pd.DataFrame], float_format: str) -> None:
    """Write CSV files, all of them or none.

    Parameters
    ----------
    tables : mapping of Path to DataFrame
        Where each goes; the index is not written.
    float_format : str
        As of :meth:`pandas.DataFrame.to_csv`, such as ``"%.6g"``.

    Raises
    ------
    WriteError
        A file cannot be written or moved; what stood there stands there again.

    Notes
    -----
    Each table is written to a file beside its place, a copy of what stands there too, and only
    then are all moved: putting back needs no room on the disk.  A program that is killed between
    two moves cannot put back; the same call again writes what it would have written.
    """
    ready = {target: _beside(target) for target in tables}
    kept: dict[Path, Path] = {}
    moved: list[Path] = []
    try:
        for target, table in tables.items():
            with _naming(target):
                table.to_csv(
                    ready[target], index=False, float_format=float_format, lineterminator="\n"
                )
                if target.is_file():
                    kept[target] = _beside(target, ".kept")
                    shutil.copyfile(target, kept[target])
        for target, part in ready.items():
            moved.append(target)  # first, since an interruption can come in between
            with _naming(target):
                os.replace(part, target)
    except BaseException:
        for target in moved:
            if target in kept:
                os.replace(kept[target], target)
            elif target.is_file():
                target.unlink()
        raise
    finally:
        discard(*ready.values(), *kept.values())


def probe(folder: Path, room: int = 1 << 20) -> None:
    """See whether a folder can be written to and has room; leave nothing in it.

    Parameters
    ----------
    folder : Path
        It is made if need be.
    room : int
        Bytes.

    Raises
    ------
    WriteError
        It cannot be written to, or it has less room.
    """
    part = _beside(folder / "probe")
    with _naming(folder, kept=False):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(bytes(room))
        finally:
            discard(part)
