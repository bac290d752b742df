"""A small book of a region of your own: ``make region YEARBOOK=path CITIES=roster``.

Reads and weighs the yearbook as ``make data`` does, keeps a receipt, and builds
``_build/region/NAME`` (or OUT): panel, pages and downloads, with the thin lib beside them.  Neither
``data/`` nor ``notebooks/`` is touched.
The paths come from the environment or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from lib import panel, strictcsv
from lib.panel import DataError
from tools.region import study
from tools.render import book, expressions, notebooks
from tools.yearbook import receipt
from tools.yearbook.__main__ import names
from tools.yearbook.clean import CENSUS_YEARS
from tools.yearbook.derive import derive
from tools.yearbook.headings import arranged
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import FIELDS

ROOT = notebooks.ROOT
TEMPLATES = Path(__file__).with_name("pages")
MARK = "region.json"
FONT = 0x530  # Matplotlib's own has Latin, Greek and Cyrillic letters
GIVEN = ("source", "invented", "currency", "exchange_rate")  # as they stand
FORMATS = jsonschema.FormatChecker(())
"""What a schema cannot say."""
for _name, _is in {
    "name": strictcsv.is_name,
    "line": lambda text: not strictcsv.UNSEEN.search(text) and text == text.strip() != "",
    "span": lambda years: [type(year) for year in years] == [int, int] and years[0] < years[1],
    "column": {*panel.KEY, *FIELDS}.__contains__,
}.items():
    FORMATS.checks(_name, TypeError)(_is)


def read_settings(path: Path | str | None) -> dict[str, Any]:
    """Read a settings file; without one, nothing is set.

    Raises
    ------
    lib.panel.DataError
        No TOML, an unknown key, or a value of another kind than described in ``data/README.md``.
    """
    if path is None:
        return {}
    try:
        given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: found no settings ({error}); expected a TOML file") from None
    schema = yaml.safe_load((TEMPLATES / "_settings.yml").read_text(encoding="utf-8"))
    for wrong in jsonschema.Draft202012Validator(schema, format_checker=FORMATS).iter_errors(given):
        expected = wrong.schema.get("description") or f"one of {', '.join(wrong.validator_value)}"
        where = ", ".join(map(str, [path, *wrong.path]))
        raise DataError(f"{where}: found {wrong.instance!r}; expected {expected}")
    return given


def _settled(
    given: dict[str, Any], stem: str, cities: pd.DataFrame, years: Sequence[int], growth: str
) -> study.Settings:
    """Settings with every default filled in, for the cities and years that the yearbook has."""
    base, last = given.get("base_year", min(years)), max(years)
    split = given.get("split_year", (base + last + 1) // 2)
    census = sorted(set(given["census_years"]) & set(range(base, last + 1)))
    if not base < split <= last:
        raise DataError(f"settings, split_year: found {split}; expected {base + 1} to {last}")
    own = list(dict.fromkeys(cities["reach"]))
    groups = given.get("groups", own)
    if sorted(groups) != sorted(own):
        expected = f"the roster's groups, each once: {', '.join(own)}"
        raise DataError(f"settings, groups: found {', '.join(groups)}; expected {expected}")
    if "all" in groups:  # beside the groups in tables and charts
        raise DataError("roster, reach: found 'all'; expected another name")
    name = given.get("name", stem if strictcsv.is_name(stem) else "A region")
    names = [name, *cities["city_en"], *cities["province_en"], *groups]
    settings = study.Settings(
        name=name, groups=tuple(groups), period=(base, last), base_year=base, split_year=split,
        span=(census[0], census[-1]) if len(census) > 1 else (base, last), growth=growth,
        letters=max(map(ord, "".join(names))) < FONT,
        **{key: given[key] for key in GIVEN if key in given},
    )  # fmt: skip
    for each in [settings.source, *names]:
        try:  # such as nan: no sentence could tell it from a figure that is missing
            expressions.value({"status": "ok", "data": {"text/plain": repr(str(each))}})
        except ValueError as error:
            raise DataError(f"name {each!r}: {error}; expected another name") from None
    return settings


def region(
    yearbook: Path | str, roster: Path | str, given: dict[str, Any], believe: Collection[str] = ()
) -> tuple[study.Settings, dict[str, pd.DataFrame | str]]:
    """Derive a region: its settings, and its tables and receipt by file name.

    `believe` names the judgements that are overridden, on the record.

    Raises
    ------
    lib.panel.DataError
        Yearbook, roster or settings cannot be used.
    """
    given = {"census_years": CENSUS_YEARS} | given
    cities, own = read_cities(roster), given.get("currency", "yuan") != "yuan"
    rates = {int(year): float(each) for year, each in given.get("exchange_rate", {}).items()}
    dollar = pd.Series(rates, dtype=float) if rates or own else panel.load_exchange_rate()
    with tempfile.TemporaryDirectory() as folder:
        path = arranged(Path(yearbook), cities, given.get("columns", {}), Path(folder))
        try:
            made = derive(path, cities, dollar, given.get("base_year"), believe,
                          tuple(given.get("period", (0, 9999))),
                          abroad=own or given.get("invented", False), whole=True,
                          census=given["census_years"])  # fmt: skip
        except strictcsv.FileError as error:
            raise strictcsv.FileError(yearbook, error.failures) from None
    years = sorted({int(year) for year in made.yearbook["year"]})
    source = made.growth["source"].iloc[0]
    settings = _settled(given, Path(yearbook).stem, made.cities, years, source)
    lines = receipt.write(str(yearbook), made)
    flags = [[f.field, f.where, f.found, f.cause, f.move] for f in made.findings]
    heads = ["Column", "Where", "Found", "Perhaps", "Moves a coefficient by"]
    return settings, {
        "indicators.csv": made.table, "cities.csv": made.cities,
        "cell_notes.csv": made.cleaned.notes, "levels.csv": made.cleaned.frame,
        "findings.csv": pd.DataFrame(flags, columns=heads), "said.txt": "\n".join(made.said),
        "receipt.txt": "\n".join([*lines, ""]),
    }  # fmt: skip


def lay_out(root: Path, settings: study.Settings, made: dict[str, pd.DataFrame | str]) -> None:
    """Write the project of a small book: data, lib, pages, and what renders them.

    Raises
    ------
    lib.panel.DataError
        The folder holds something else, or lies where the project's own files are.
    """
    known = not root.exists() or (root / "data" / MARK).exists()
    empty = root.is_dir() and not any(root.iterdir())
    inside = root.is_relative_to(ROOT) and not root.is_relative_to(ROOT / "_build")
    if inside or not (known or empty):
        raise DataError(f"{root}: found other files; expected a new folder, or one of a region")
    for name, table in made.items():
        if not isinstance(table, str):
            table = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        notebooks.write(root / "data" / name, table)
    said = json.dumps(asdict(settings), ensure_ascii=False, indent=1)
    notebooks.write(root / "data" / MARK, said + "\n")
    for folder in ("lib", "book/_ext", "book/_static"):
        shutil.copytree(ROOT / folder, root / folder, ignore=_folders, dirs_exist_ok=True)
    shutil.copy2(ROOT / "requirements.txt", root)
    (root / "notebooks").mkdir(exist_ok=True)
    banner = (TEMPLATES / "_invented.txt").read_text(encoding="utf-8")
    for template in sorted(TEMPLATES.glob("*.md")):
        text = template.read_text(encoding="utf-8")
        text = text.replace("%%invented%%\n", banner if settings.invented else "")
        notebooks.write(root / "book" / template.name, text)
    shutil.copyfile(TEMPLATES / "_toc.yml", root / "_toc.yml")
    notebooks.write(root / "_config.yml", yaml.safe_dump(config(settings), allow_unicode=True))


def _folders(place: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(place, name).is_dir()]


def config(settings: study.Settings) -> dict[str, Any]:
    """The Belt's configuration, less what is the Belt's."""
    found = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    own = yaml.safe_load((TEMPLATES / "_config.yml").read_text(encoding="utf-8"))
    for key in ("bibtex_bibfiles", "launch_buttons", "repository", "copyright"):
        del found[key]
    found |= {"title": settings.name, "author": "", "exclude_patterns": ["_build", "data", "lib"]}
    found["html"]["extra_footer"] = own["invented" if settings.invented else "given"]
    options = found["sphinx"]["config"].items()
    kept = {key: each for key, each in options if not key.startswith("bibtex_")}
    found["sphinx"]["config"] = {**kept, "html_show_copyright": False}
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and build; return the exit status, 2 for what cannot be used."""
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="region.py", description=__doc__)
    parser.add_argument("yearbook", nargs="?", default=given("YEARBOOK"), help="$YEARBOOK")
    for name in ("cities", "out", "region", "believe"):
        parser.add_argument(f"--{name}", default=given(name.upper()), help=f"${name.upper()}")
    parser.add_argument("--edition", choices=book.EDITIONS, default=given("EDITION") or "reading")
    asked = parser.parse_args(arguments)
    if asked.edition not in book.EDITIONS:  # from the environment: argparse looks at no default
        parser.error(f"EDITION={asked.edition}: expected one of {', '.join(book.EDITIONS)}")
    try:
        if not asked.yearbook or not asked.cities:
            raise DataError("Name both: make region YEARBOOK=file.csv CITIES=roster.csv")
        told, believe = read_settings(asked.region or None), names(asked.believe)
        settings, made = region(asked.yearbook, asked.cities, told, believe)
        folder = re.sub(r"[^\w-]+", "-", settings.name).strip("-").lower()
        root = Path(asked.out or ROOT / "_build" / "region" / folder).resolve()
        lay_out(root, settings, made)
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(made["receipt.txt"])
    first, last = settings.period
    print(f"{settings.name}: {len(made['cities.csv'])} cities, {first} to {last}", flush=True)
    with book.alone(root):
        status = book.make(root, asked.edition)
    if status == 0:
        output = "html" if asked.edition == "reading" else asked.edition
        print(f"Open {root / '_build' / output / 'index.html'}")
    return status
