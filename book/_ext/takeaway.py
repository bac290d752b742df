"""What a reader takes away whole, described in the words of ``data/README.md``."""

import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sphinx.application import Sphinx

FILES = "indicators.csv cities.csv claims.schema.json"
_ROW = re.compile(r"^\| ([a-z_0-9, ]+) \| (.+?) \|", re.M)


def described(readme: str, file: str) -> dict[str, str]:
    """What the table below a file's heading says of each of its columns."""
    rows = readme.partition(f"\n## {file}\n")[2].partition("---|\n")[2].partition("\n\n")[0]
    return {name: about for names, about in _ROW.findall(rows) for name in names.split(", ")}


def claims(folder: Path, readme: str, version: str, bibliography: str) -> dict[str, Any]:
    """The ledger for programs: what is missing is null, and so is what we do not know."""
    english, chinese = re.search(r"\{\{(.+) \[(.+)\]\}\}", bibliography).groups()
    frame = pd.read_csv(folder / "cells.csv").convert_dtypes()
    panel = hashlib.sha256((folder / "indicators.csv").read_bytes()).hexdigest()
    judged = frame["case"].eq("mended") & (frame["printed_stars"] > 0)
    counts = Counter(frame.loc[judged, "verdict"])
    outcome = ["mixed", "successful"][len(counts) == 1] if counts["supported"] else "failed"
    return {
        "$schema": "claims.schema.json",
        "paper": {"title": english, "title_zh": chinese, "authors": None, "doi": None},
        "outcome": {
            "result": outcome,
            "of": "signs of starred coefficients on mended rows, in each definition of mobility",
            **{word.replace(" ", "_"): counts[word] for word in sorted(counts)},
        },
        "version": version,
        "licence": "CC-BY-4.0",
        "panel": {"path": "indicators.csv", "sha256": panel},
        "fields": described(readme, "cells.csv"),
        "cells": json.loads(frame.to_json(orient="records")),
    }


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the files beside the pages that offer them."""
    if exception is not None or app.builder.format != "html":
        return
    root, folder = Path(app.srcdir), Path(app.outdir, "_static", "data")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES.split():
        shutil.copyfile(root / "data" / name, folder / name)
    shutil.copyfile(folder.parent / "tables" / "tab-ledger.csv", folder / "cells.csv")
    sources = ("data/README.md", "CITATION.cff", "book/references.bib")
    readme, cited, papers = ((root / name).read_text(encoding="utf-8") for name in sources)
    ours = claims(folder, readme, yaml.safe_load(cited)["version"], papers)
    text = json.dumps(ours, ensure_ascii=False, indent=1)
    (folder / "claims.json").write_text(f"{text}\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write)
