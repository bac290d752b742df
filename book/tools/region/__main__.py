"""One page about a region of your own: ``make region YEARBOOK=path CITIES=roster``.

Reads the yearbook as ``make data`` does.  Data, page and downloads are made in a folder beside
``_build/region/NAME`` (or OUT), which takes its place when all is there: a run that fails or is
stopped leaves what stood there.  Neither ``data/`` nor ``notebooks/`` is touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pandas as pd
import yaml

from lib import strictcsv
from lib.panel import DataError
from tools.render import book, notebooks
from tools.yearbook import receipt
from tools.yearbook.__main__ import names
from tools.yearbook.derive import Derived, derive
from tools.yearbook.reading import read_cities
from tools.yearbook.settings import Settings, read_settings

ROOT = notebooks.ROOT
PAGE = Path(__file__).with_name("page")
MARK = "data/region.json"
KEPT = ("name", "source", "invented", "groups", "period", "base_year", "census_years")


def filled(settings: Settings, made: Derived, stem: str) -> Settings:
    """Settings with what follows from roster and yearbook.

    Raises
    ------
    lib.panel.DataError
        The groups are not those of the roster, or there is one place only.
    """
    own = list(dict.fromkeys(made.cities["reach"]))
    groups = settings.groups or tuple(own)
    if sorted(groups) != sorted(own):
        expected = f"the roster's groups, each once: {', '.join(own)}"
        raise DataError(f"settings, groups: found {', '.join(groups)}; expected {expected}")
    if len(made.cities) < 2:
        raise DataError("roster: found one place; expected two or more")
    name = settings.name or (stem if strictcsv.is_name(stem) else "A region")
    period = made.base_year, int(made.yearbook["year"].max())
    return replace(settings, name=name, groups=groups, period=period, base_year=made.base_year)


def lay_out(root: Path, settings: Settings, made: Derived, said: Sequence[str]) -> None:
    """Write the project of a page into an empty folder: data, lib, the page, what renders it."""
    own = yaml.safe_load((PAGE / "page.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    parts = {"book": config, "options": config["sphinx"]["config"],
             "extensions": config["sphinx"]["local_extensions"]}  # fmt: skip
    for part, key in ((part, key) for part in parts for key in own["without"][part]):
        del parts[part][key]
    parts["options"]["html_show_copyright"] = False
    config["html"]["extra_footer"] = own["invented" if settings.invented else "given"]
    config |= {"title": settings.name, "author": "", "exclude_patterns": ["_build", "data", "lib"]}
    page = (PAGE / "index.md").read_text(encoding="utf-8")
    kept = {key: getattr(settings, key) for key in KEPT}
    for name, text in {
        "data/indicators.csv": _csv(made.table), "data/cities.csv": _csv(made.cities),
        "data/cell_notes.csv": _csv(made.cleaned.notes), "data/receipt.txt": "\n".join(said) + "\n",
        MARK: json.dumps(kept, ensure_ascii=False, indent=1) + "\n",
        "book/index.md": page.replace("%%invented%%\n", own["banner"] * settings.invented),
        "_toc.yml": yaml.safe_dump(own["contents"]),
        "_config.yml": yaml.safe_dump(config, allow_unicode=True),
    }.items():  # fmt: skip
        notebooks.write(root / name, text)
    for folder in ("lib", "book/_ext", "book/_static"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / notebooks.LOCK, root)
    (root / "notebooks").mkdir()


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n")


@contextmanager
def replaced(root: Path) -> Iterator[Path]:
    """An empty folder beside `root` that takes its place at the end, unless an error is raised.

    A kill between the two last renames leaves both whole and none in its place: the next run puts
    the old one back.

    Raises
    ------
    lib.panel.DataError
        `root` holds something else, or lies where the project's own files are.
    """
    old = root.with_name(f".{root.name}.old")
    if old.exists() and not root.exists():
        old.rename(root)
    inside = root.is_relative_to(ROOT) and not root.is_relative_to(ROOT / "_build")
    empty = not root.exists() or (root.is_dir() and not any(root.iterdir()))
    if inside or not (empty or (root / MARK).exists()):
        raise DataError(f"{root}: found other files; expected a new folder, or one of a region")
    root.parent.mkdir(parents=True, exist_ok=True)
    for left in [old, *root.parent.glob(f".{root.name}.*.part")]:  # by runs that were killed
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(".part", f".{root.name}.", root.parent))
    try:
        part.chmod(0o755)
        yield part
        if root.exists():
            root.rename(old)
        part.rename(root)
    finally:
        for left in (part, old) if root.exists() else (part,):
            shutil.rmtree(left, ignore_errors=True)


def main() -> int:
    """Make the page that the environment asks for; return 2 for what cannot be used or made.

    No shell reads the paths.
    """
    asked = {name: os.environ.get(name, "") for name in ("YEARBOOK", "CITIES", "REGION", "OUT")}
    yearbook = Path(asked["YEARBOOK"])
    try:
        if not asked["YEARBOOK"] or not asked["CITIES"]:
            raise DataError("Name both: make region YEARBOOK=file.csv CITIES=roster.csv")
        settings, cities = read_settings(asked["REGION"] or None), read_cities(asked["CITIES"])
        made = derive(yearbook, cities, settings, names(os.environ.get("BELIEVE")))
        settings, said = filled(settings, made, yearbook.stem), receipt.write(str(yearbook), made)
        folder = re.sub(r"[^\w-]+", "-", settings.name).strip("-").lower()
        root = Path(asked["OUT"] or ROOT / "_build" / "region" / folder).resolve()
        with book.alone(), replaced(root) as part:
            what = "{}: {} places, {} to {}".format(
                settings.name, len(made.cities), *settings.period
            )
            print(*said, f"{what}; the page is made ...", sep="\n", flush=True)
            _make(part, settings, made, said)
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Open {root / '_build' / 'html' / 'index.html'}")
    return 0


def _make(part: Path, settings: Settings, made: Derived, said: Sequence[str]) -> None:
    try:
        lay_out(part, settings, made, said)
        with redirect_stdout(None):  # it names places in a folder that moves
            failed = book.make(part)
    except (OSError, SystemExit) as error:
        failed = error
    if failed:
        full = shutil.disk_usage(part).free < 1 << 20
        why = "the disk is full" if full else f"the page cannot be made ({failed})"
        raise DataError(f"{part}: {why}; nothing was replaced")


if __name__ == "__main__":
    raise SystemExit(main())
