"""What a settings file says of a yearbook: its layout, its events, and what is made of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import jsonschema
import pandas as pd
import yaml

from lib import panel, strictcsv
from lib.panel import DataError
from tools.yearbook.schema import FIELDS

BELT = Path(__file__).with_name("belt.toml")  # of the Yangtze River Economic Belt
FORMATS = jsonschema.FormatChecker(())
for _name, _holds in {
    "name": strictcsv.is_name,
    "line": lambda text: not strictcsv.UNSEEN.search(text) and text == text.strip() != "",
    "span": lambda years: [type(year) for year in years] == [int, int] and years[0] <= years[1],
    "column": {*panel.KEY, *FIELDS}.__contains__,
    "field": FIELDS.__contains__,
}.items():
    FORMATS.checks(_name, TypeError)(_holds)


class Origin(NamedTuple):
    """Where a column of the yearbook stands; figures are multiplied by the factor."""

    heading: str = ""
    factor: float = 1.0


@dataclass(frozen=True)
class Event:
    """A change of territory, a definition or shares, in some years; without cities, of all."""

    kind: Literal["territory", "definition", "revision"]
    years: tuple[int, int]
    cities: Sequence[str] = ()
    field: Sequence[str] = ("resident_pop", "registered_pop")
    note: str = "as the settings say"


@dataclass(frozen=True)
class Settings:
    """A settings file with every default; ``data/README.md`` describes the keys."""

    name: str = ""
    source: str = "the yearbook as it was given"
    invented: bool = False
    groups: Sequence[str] = ()
    period: tuple[int, int] = (1949, 2099)
    base_year: int | None = None
    census_years: Sequence[int] = (2010, 2020)
    currency: str = "yuan"
    exchange_rate: Mapping[str, float] = field(default_factory=dict)
    sheet: str = ""
    header: int = 1
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    missing: Sequence[str] = ()
    encoding: str = "utf-8"
    index: Literal["previous", "growth", "chain"] = "previous"
    columns: Mapping[str, Origin] = field(default_factory=dict)
    event: Sequence[Event] = ()

    def dollar(self) -> pd.Series:
        """What a US dollar costs, by year; for yuan, without a table, as published."""
        if not self.exchange_rate and self.currency == "yuan":
            return panel.load_exchange_rate()
        return pd.Series(self.exchange_rate, dtype=float).rename(index=int)


PLAIN = Settings()


def read_settings(path: Path | str | None) -> Settings:
    """Read a settings file; without one, every key has its default.

    DataError for what is no TOML, an unknown key, or a value of another kind than described.
    """
    if path is None:
        return PLAIN
    schema = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    try:
        keys = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        fault = next(validator.iter_errors(keys), None)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: found no settings ({error}); expected a TOML file") from None
    if fault is not None:
        expected = fault.schema.get("description") or f"one of {', '.join(fault.validator_value)}"
        where = ", ".join(map(str, [path, *fault.path]))
        raise DataError(f"{where}: found {fault.instance!r:.60}; expected {expected}")
    columns = {name: Origin(value) if isinstance(value, str) else Origin(**value)
               for name, value in keys.pop("columns", {}).items()}  # fmt: skip
    events = [Event(**event) for event in keys.pop("event", [])]
    return Settings(**keys, columns=columns, event=events)
