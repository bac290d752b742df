"""What a settings file says of a yearbook: its layout, its events, and what is made of it."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pandas as pd
import yaml

from lib import panel, strictcsv
from lib.panel import DataError
from tools.yearbook.schema import FIELDS

BELT: Path = Path(__file__).with_name("belt.toml")
"""The settings of the Yangtze River Economic Belt.

:meta hide-value:
"""
MOST_BYTES = 20_000
DEEP = re.compile(rb"(?:[\w\"'-]+\s*\.\s*){9}")  # keys that a reader of TOML needs gigabytes for
PEOPLE = ("resident_pop", "registered_pop")
FORMATS = jsonschema.FormatChecker(())
"""What a schema cannot say."""
for _name, _is in {
    "name": strictcsv.is_name,
    "line": lambda text: not strictcsv.UNSEEN.search(text) and text == text.strip() != "",
    "span": lambda years: [type(year) for year in years] == [int, int] and years[0] <= years[1],
    "column": {*panel.KEY, *FIELDS}.__contains__,
    "field": FIELDS.__contains__,
    "finite": math.isfinite,
}.items():
    FORMATS.checks(_name, (TypeError, OverflowError))(_is)


@dataclass(frozen=True)
class Origin:
    """Where a column of the yearbook stands; figures are multiplied by the factor."""

    heading: str = ""
    factor: float = 1.0
    sheet: str = ""


@dataclass(frozen=True)
class Event:
    """A change of territory, a definition or shares, in some years; without cities, of all."""

    kind: Literal["territory", "definition", "revision"]
    years: tuple[int, int]
    cities: tuple[str, ...] = ()
    field: tuple[str, ...] = PEOPLE
    note: str = "as the settings say"


@dataclass(frozen=True)
class Settings:
    """A settings file with every default; ``data/README.md`` describes the keys."""

    name: str = ""
    source: str = "the yearbook as it was given"
    invented: bool = False
    groups: tuple[str, ...] = ()
    period: tuple[int, int] = (1949, 2099)
    base_year: int | None = None
    census_years: tuple[int, ...] = (2010, 2020)
    currency: str = "yuan"
    exchange_rate: Mapping[int, float] = field(default_factory=dict)
    sheet: str = ""
    header: int = 1
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    encoding: str = "utf-8"
    merged: bool = False
    index: Literal["previous", "growth", "chain"] = "previous"
    columns: Mapping[str, Origin] = field(default_factory=dict)
    event: tuple[Event, ...] = ()

    def dollar(self) -> pd.Series:
        """What a US dollar costs, by year; for yuan, without a table, as published."""
        if not self.exchange_rate and self.currency == "yuan":
            return panel.load_exchange_rate()
        return pd.Series(self.exchange_rate, dtype=float)


def read_settings(path: Path | str | None) -> Settings:
    """Read a settings file; without one, every key has its default.

    Raises
    ------
    lib.panel.DataError
        No TOML, an unknown key, or a value of another kind than described in ``data/README.md``.
    """
    if path is None:
        return Settings()
    schema = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
        if DEEP.search(content):
            raise RecursionError
        given = tomllib.loads(content.decode("utf-8-sig"))
        wrong = next(jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
                     .iter_errors(given), None)  # fmt: skip
    except RecursionError:
        raise DataError(f"{path}: found tables too deep; expected settings") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: found no settings ({error}); expected a TOML file") from None
    if wrong is not None:
        expected = wrong.schema.get("description") or f"one of {', '.join(wrong.validator_value)}"
        where, text = ", ".join(map(str, [path, *wrong.path])), repr(wrong.instance)
        found = text if len(text) <= 80 else f"{text[:60]}…"
        raise DataError(f"{where}: found {found}; expected {expected}")
    columns = {name: Origin(**({"heading": own} if isinstance(own, str) else own))
               for name, own in given.pop("columns", {}).items()}  # fmt: skip
    rates = {int(year): float(rate) for year, rate in given.pop("exchange_rate", {}).items()}
    events = tuple(Event(**_tuples(event)) for event in given.pop("event", []))
    return Settings(**_tuples(given), exchange_rate=rates, columns=columns, event=events)


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
