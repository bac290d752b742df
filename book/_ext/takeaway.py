"""What a reader takes away whole: the panel, its cities, printed cells, Tables 1 to 3 in R.

``claims.json`` holds the ledger's table, a record per printed cell and reading, as its CSV has it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx

FILES = ("indicators.csv", "cities.csv", "claims.csv", "choices.csv", "tables.R")


def claims(table: Path) -> str:
    """The CSV of the ledger as JSON, a record per cell and reading; what is missing is null."""
    frame = pd.read_csv(table, dtype={"printed_stars": "Int64"})
    records = json.loads(frame.to_json(orient="records"))
    return json.dumps({"source": "ledger", "cells": records}, ensure_ascii=False, indent=1) + "\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the files beside the pages that offer them."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    folder = static / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(Path(app.srcdir, "data", name), folder / name)
    ledger = claims(static / "tables" / "tab-ledger.csv")
    (folder / "claims.json").write_text(ledger, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
