"""One page about a region of your own, ``make region``, and empty files for it, ``make template``.

All is made in a folder beside ``_build/region/NAME`` (or OUT), which takes its place at the end: a
run that fails or is stopped leaves what stood there.  Neither ``data/`` nor ``notebooks/`` is
touched.  Paths come from the environment, so that no shell reads them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import yaml

from lib import strictcsv
from lib.panel import DataError
from tools.render import book, notebooks
from tools.yearbook.__main__ import switched
from tools.yearbook.derive import Derived, derive
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import COLUMNS
from tools.yearbook.settings import Settings, read_settings

ROOT = notebooks.ROOT
PAGE = Path(__file__).with_name("page")
MARK = "data/region.json"
TO_FILL = ["province_en", "reach", "lon", "lat"]


def filled(settings: Settings, derived: Derived, stem: str) -> Settings:
    """Settings with what follows from roster and yearbook; DataError where groups differ."""
    roster = list(dict.fromkeys(derived.cities["reach"]))
    groups = settings.groups or roster
    if sorted(groups) != sorted(roster):
        expected = f"the roster's groups, each once: {', '.join(roster)}"
        raise DataError(f"settings, groups: found {', '.join(groups)}; expected {expected}")
    if len(derived.cities) < 2:
        raise DataError("roster: found one place; expected two or more")
    name = settings.name or (stem if strictcsv.is_name(stem) else "A region")
    base_year = int(derived.table["year"].min())
    return replace(settings, name=name, groups=groups, base_year=base_year)


def lay_out(root: Path, settings: Settings, derived: Derived) -> None:
    """Write the project of a page into an empty folder: data, lib, the page, what renders it."""
    own = yaml.safe_load((PAGE / "page.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    sphinx = config["sphinx"]
    parts = config, sphinx["config"], sphinx["local_extensions"]
    for part, without in zip(parts, own["without"], strict=True):
        for key in without:
            del part[key]
    sphinx["config"]["html_show_copyright"] = False
    config["html"]["extra_footer"] = own["invented" if settings.invented else "given"]
    config |= {"title": settings.name, "author": "", "exclude_patterns": ["_build", "data", "lib"]}
    page = (PAGE / "index.md").read_text(encoding="utf-8")
    texts = {
        "book/index.md": page.replace("%%invented%%\n", own["banner"] * settings.invented),
        "_toc.yml": yaml.safe_dump(own["contents"]),
        "_config.yml": yaml.safe_dump(config, allow_unicode=True),
        MARK: json.dumps(asdict(settings), ensure_ascii=False),
        "data/receipt.txt": "\n".join([*derived.receipt, ""]),
    }
    tables = {"indicators": derived.table, "cities": derived.cities, "cell_notes": derived.notes}
    for name, table in tables.items():
        texts[f"data/{name}.csv"] = table.to_csv(index=False, float_format="%.6g")
    for name, text in texts.items():
        notebooks.write(root / name, text)
    for folder in ("lib", "book/_ext", "book/_static"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / notebooks.LOCK, root)
    (root / "notebooks").mkdir()


@contextmanager
def replaced(root: Path) -> Iterator[Path]:
    """An empty folder beside `root` that takes its place at the end, unless an error is raised.

    A kill between the two last renames leaves both whole and none in its place: the next run puts
    the old one back.  DataError where `root` holds something else, or is the project's own.
    """
    part, old = (root.with_name(f".{root.name}.{kind}") for kind in ("part", "old"))

    def restore() -> None:
        if old.exists() and not root.exists():
            old.rename(root)
        for left in (part, old):
            shutil.rmtree(left, ignore_errors=True)

    inside = root.is_relative_to(ROOT) and not root.is_relative_to(ROOT / "_build")
    strange = root.exists() and not (root.is_dir() and not any(root.iterdir()))
    if inside or (strange and not (root / MARK).exists()):
        raise DataError(f"{root}: found other files; expected a new folder, or one of a region")
    restore()  # what a killed run left
    part.mkdir(parents=True)
    try:
        yield part
        if root.exists():
            root.rename(old)
        part.rename(root)
    except (OSError, SystemExit) as error:
        raise DataError(f"{root}: {error}; nothing was replaced") from None
    finally:
        restore()


def region(roster: str, settings: Settings, out: str) -> str:
    """Make the page; return what to open."""
    yearbook = os.environ.get("YEARBOOK", "")
    if not yearbook or not roster:
        raise DataError("Name both: make region YEARBOOK=file.csv CITIES=roster.csv")
    derived = derive(yearbook, read_cities(roster), settings, switched("BELIEVE"))
    settings = filled(settings, derived, Path(yearbook).stem)
    folder = re.sub(r"[^\w-]+", "-", settings.name).strip("-").lower()
    root = Path(out or ROOT / "_build" / "region" / folder).resolve()
    with book.alone(), replaced(root) as part:
        print(*derived.receipt, "The page is made ...", sep="\n", flush=True)
        lay_out(part, settings, derived)
        with redirect_stdout(None):  # it names places in a folder that moves
            if book.make(part):
                raise SystemExit("the page cannot be rendered")
    return f"Open {root / '_build' / 'html' / 'index.html'}"


def template(places: str, settings: Settings, out: str) -> str:
    """Write a roster, and a yearbook with a row for each place and year; neither may exist."""
    if Path(places).is_file():
        cities = read_cities(places)
    else:
        names = [name.strip() for name in places.split(",") if name.strip()]
        codes = [f"C{n:03}" for n in range(1, len(names) + 1)]
        cities = pd.DataFrame({"city_code": codes, "city_en": names})
        cities = cities.reindex(columns=["city_code", "city_en", *TO_FILL])
    first, last = settings.period if settings.period != Settings.period else (2008, 2023)
    rows = pd.MultiIndex.from_product([cities["city_code"], range(first, last + 1)])
    yearbook = rows.to_frame(False, ["city_code", "year"]).reindex(columns=COLUMNS)
    tables = {"roster.csv": cities, "yearbook.csv": yearbook.drop(columns="city_zh")}
    root = Path(out or ROOT / "_build" / "template")
    if cities.empty or any((root / name).exists() for name in tables):
        raise DataError(f"{root}: expected CITIES=roster-or-names, and none of these files there")
    root.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(root / name, index=False, lineterminator="\n")
    return f"Fill in roster.csv and yearbook.csv in {root}; data/README.md has the units."


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Make the page, or with ``template`` empty files; return 2 for what cannot be used or made."""
    asked = os.environ.get
    make = template if "template" in arguments else region
    try:
        settings = read_settings(asked("REGION") or None)
        print(make(asked("CITIES", ""), settings, asked("OUT", "")))
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
