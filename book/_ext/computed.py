"""At the end of every notebook's page, a fold that says how the page was computed.

Which files it opened and which of the project's functions ran was noted when the notebook was
executed; how long it took is what ``make times`` measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nbformat

from tools.render import notebooks

FOLD = """<details class="computed"><summary>How this page was computed</summary>

Files read
: {files}

Functions run
: {functions}

Functions that showed the results
: {shown}

Run time
: {time}

</details>
"""


SHOW = ("lib/charts.py", "lib/prose.py", "lib/style.py", "lib/tables.py")


def _functions(inputs: Iterable[str], show: bool) -> Iterable[str]:
    """The public functions that ran, by module, each a link to its description."""
    parts = sorted(name.partition(": ") for name in inputs)
    for file, _, ran in [part for part in parts if (part[0] in SHOW) == show]:
        module = file.removeprefix("notebooks/").removesuffix(".py").removesuffix("/__init__")
        module = module.replace("/", ".")
        public = (name for name in ran.split(", ") if name and f".{name}".find("._") < 0)
        links = [f"{{py:obj}}`{name} <{module}.{name}>`" for name in public]
        if links:
            yield f"- `{module}`: {', '.join(links)}"


def fold(root: Path, name: str) -> nbformat.NotebookNode:
    """The cell that holds it."""
    inputs = notebooks.noted_inputs(root).get(name, {})
    said, seconds = notebooks.times(root)
    took = f"{seconds.get(name, 0):.0f} seconds, from the start of the kernel. {said}"
    text = FOLD.format(
        files=", ".join(f"`{each}`" for each in inputs if each.startswith("data/")) or "None.",
        functions="\n  ".join(_functions(inputs, False)) or "None.",
        shown="\n  ".join(_functions(inputs, True)) or "None.",
        time=took if name in seconds else "Not measured.",
    )
    return nbformat.v4.new_markdown_cell(text)
