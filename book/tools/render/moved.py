"""What a cell shows beside what it showed, line by line; charts and tables by their text form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def of_cell(cell: Mapping, outputs: Sequence[Mapping]) -> dict[str, str]:
    """Every line of some outputs of a cell, by what shows it."""
    lines = {}
    for output in outputs:
        shown = output.get("text", output.get("evalue", ""))
        text = "".join(output.get("data", {}).get("text/plain", shown))
        title = text.split("\n", 1)[0]
        name = title if title.startswith("Chart: ") else f"`{first_line(cell['source'])}`"
        for number, line in enumerate(text.splitlines(), start=1):
            lines[f"{name}, line {number}"] = " ".join(line.split())
    return lines


def first_line(source: str) -> str:
    """The first line of a cell's code, cut where it is long."""
    return source.strip().split("\n", 1)[0][:48]


def between(before: Mapping, after: Mapping) -> list[tuple]:
    """Each key whose value differs, with the old and the new one; None where it is not there."""
    keys = dict.fromkeys([*before, *after])
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return [(key, old, new) for key, old, new in pairs if old != new]
