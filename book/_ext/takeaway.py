"""What a reader takes away whole, described in the words of ``data/README.md``."""

import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.render import book, gates

FILES = "indicators.csv cities.csv claims.csv choices.csv tables.R claims.schema.json"
KEYS = {
    "indicators.csv": ["city_code", "year"],
    "cities.csv": ["city_code"],
    "cells.csv": ["heading", "symbol", "reading", "case"],
}
OF_A_CITY = [{"fields": "city_code", "reference": {"resource": "cities", "fields": "city_code"}}]
TYPES = {"i": "integer", "f": "number", "b": "boolean"}
_ROW = re.compile(r"^\| ([a-z_0-9, ]+) \| (.+?) \| (.*?) ?\|", re.M)


def described(readme: str, file: str) -> dict[str, dict[str, str]]:
    """Description and unit of each column of a file, from the table below its heading."""
    section = readme.partition(f"\n## {file}\n")[2].partition("\n##")[0]
    return {
        name: {"description": about} | ({"unit": unit} if unit else {})
        for names, about, unit in _ROW.findall(section)
        for name in names.split(", ")
    }


def package(folder: Path, readme: str, cited: dict[str, Any]) -> dict[str, Any]:
    """The description of the files by the Data Package standard."""
    resources = []
    for file, key in KEYS.items():
        text, about = (folder / file).read_bytes(), described(readme, file)
        frame = pd.read_csv(folder / file).convert_dtypes()
        fields = [
            {"name": each, "type": TYPES.get(frame[each].dtype.kind, "string"), **about[each]}
            for each in frame
        ]
        place = {"name": Path(file).stem, "path": file, "profile": "tabular-data-resource"}
        place |= {"hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
        resources.append(place | {"schema": {"fields": fields, "primaryKey": key}})
    resources[0]["schema"]["foreignKeys"] = OF_A_CITY
    names = {each: cited[each] for each in ("title", "version", "keywords")}
    names["description"] = cited["abstract"]  # in English and in Chinese
    return {"name": "belt", **names, "licenses": [{"name": "CC-BY-4.0"}], "resources": resources}


def claims(offer: dict[str, Any], folder: Path, bibliography: str) -> dict[str, Any]:
    """The ledger for programs: what is missing is null, and so is what we do not know."""
    english, chinese = re.search(r"\{\{(.+) \[(.+)\]\}\}", bibliography).groups()
    panel, _, table = offer["resources"]
    frame = pd.read_csv(folder / table["path"]).convert_dtypes()
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
        "version": offer["version"],
        "licence": offer["licenses"][0]["name"],
        "panel": {"path": panel["path"], "sha256": panel["hash"].removeprefix("sha256:")},
        "fields": {field["name"]: field["description"] for field in table["schema"]["fields"]},
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
    offer = package(folder, readme, yaml.safe_load(cited))
    ours = claims(offer, folder, papers)
    for name, content in (("datapackage.json", offer), ("claims.json", ours)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


class Exhibits(SphinxDirective):
    """``{exhibits}``: a row per chapter with its tables, its figures and its notebook."""

    def run(self) -> list[nodes.Node]:
        lines = [":::{table} Every table and figure of the chapters, with its program", ""]
        lines += ["| Page | Tables and figures | Program |", "|:--|:--|:--|"]
        for page in filter(re.compile(r"notebooks/\d").match, book.contents()):
            file = Path(self.env.srcdir, f"{page}.ipynb")
            kept = gates.without(nbformat.read(file, 4).cells, {"teaching", "solution"})
            names = re.findall(r'(?:"name": "|:name: )((?:tab|fig)-[\w-]+)', json.dumps(kept))
            shown = ", ".join(f"{{numref}}`{name}`" for name in names)
            lines.append(f"| {{doc}}`/{page}` | {shown} | `{file.name}` |")
        return self.parse_text_to_nodes("\n".join([*lines, ":::"]))


def setup(app: Sphinx) -> None:
    app.add_directive("exhibits", Exhibits)
    app.connect("build-finished", write)
