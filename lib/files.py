"""CSV files that belong together are written together."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd


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
    OSError
        A file cannot be written or moved; what stood there stands there again.

    Notes
    -----
    Each table is written to a file beside its place, and only then are all moved.
    """
    ready: dict[Path, Path] = {}
    try:
        for target, table in tables.items():
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            os.close(handle)
            ready[target] = Path(name)
            table.to_csv(name, index=False, float_format=float_format, lineterminator="\n")
            os.chmod(name, 0o644)
        moved: dict[Path, bytes | None] = {}  # and what stood there
        try:
            for target, source in ready.items():
                before = target.read_bytes() if target.is_file() else None
                os.replace(source, target)
                moved[target] = before
        except OSError:
            for target, before in moved.items():
                target.write_bytes(before) if before is not None else target.unlink()
            raise
    finally:
        for source in ready.values():
            source.unlink(missing_ok=True)
