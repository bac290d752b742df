"""What a cell shows beside what it showed, line by line; charts and widgets by their text form.

``python -m tools.render.moved [COMMIT]`` (make moved) says which charts differ from those of a
commit, the last one unless another is named, and which lines of their text forms.
"""

import difflib
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHART = "Chart: "
_ASKS = re.compile(r'<(?:link|script)[^>]*"\.\./_static/([\w-]+)\.[^"]*"[^>]*>(?:</script>)?')
MOST = 8  # lines told of a text form
# In a text form: a label inside a panel, or an entry of its legend that has a digit.
_LABEL = re.compile(r'^    (?:text|legend(?= "[^"]*\d[^"]*")) (".*)$', re.M)


def of_cell(cell: Mapping, outputs: Sequence[Mapping]) -> dict[str, str]:
    """Every line of some outputs of a cell, by what shows it."""
    lines = {}
    for output in outputs:
        shown = output.get("text", output.get("evalue", ""))
        text = "".join(output.get("data", {}).get("text/plain", shown))
        title = text.split("\n", 1)[0]
        name = title if title.startswith(CHART) else f"`{first_line(cell['source'])}`"
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


def charts(cells: Iterable[Mapping]) -> dict[str, tuple[str, str]]:
    """The text form and the picture of every chart of some cells, and of what moves, by title."""
    found = {}
    for data in (output.get("data", {}) for cell in cells for output in cell.get("outputs", ())):
        form, page = ("".join(data.get(kind, "")) for kind in ("text/plain", "text/html"))
        if form.startswith(CHART):
            found[form.split("\n", 1)[0]] = form, "".join(data.get("image/svg+xml", ""))
        elif asks := _ASKS.search(page):
            # Where its files lie is not what it shows.
            found[f"what moves, {asks[1]}"] = form, html.unescape(_ASKS.sub("", page))
    return found


def labels(text: str) -> list[str]:
    """What a chart says in letters about its values: labels with their places, figures in keys."""
    return _LABEL.findall(text)


def of_pages(twins: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The charts of executed notebooks, which are given by the names of their pages."""
    return {
        f"{page}, {title.removeprefix(CHART)}": forms
        for page, twin in twins.items()
        for title, forms in charts(json.loads(twin)["cells"]).items()
    }


def now(root: Path) -> dict[str, tuple[str, str]]:
    """The charts of a project as its notebooks are."""
    files = sorted(root.glob("notebooks/*.ipynb"))
    return of_pages({file.stem: file.read_text(encoding="utf-8") for file in files})


def said(before: Mapping[str, tuple], after: Mapping[str, tuple]) -> str:
    """How many text forms and pictures of charts differ, which, and in which lines."""
    moves = [(name, old or ("", ""), new or ("", "")) for name, old, new in between(before, after)]
    kinds, counts, lines = ("text forms", "pictures"), [], []
    for at, kind in enumerate(kinds):
        number = sum(old[at] != new[at] for _, old, new in moves)
        counts.append(f"{kind} that differ: {number or 'none'}")
    for name, old, new in moves:
        what = [kind[:-1] for at, kind in enumerate(kinds) if old[at] != new[at]]
        lines.append(f"  {name}: {' and '.join(what) if all(old + new) else 'new or gone'}")
        changes = difflib.unified_diff(old[0].splitlines(), new[0].splitlines(), lineterm="", n=0)
        next(changes, None), next(changes, None)  # two names
        told = [f"    {line}" for line in changes if line[0] != "@" and all(old + new)]
        lines += told[:MOST] + ([f"    and {len(told) - MOST} more"] if told[MOST:] else [])
    return "\n".join(["; ".join(counts), *lines])


def main() -> None:
    """Compare with a commit; git says what is wrong with it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, text=True)
        return sys.exit(1) if done.returncode else done.stdout

    commit = (sys.argv[1:] or ["HEAD"])[0]
    files = map(Path, git("ls-tree", "--name-only", commit, "notebooks/").splitlines())
    twins = {
        file.stem: git("show", f"{commit}:{file}") for file in files if file.suffix == ".ipynb"
    }
    print(said(of_pages(twins), now(ROOT)))


if __name__ == "__main__":
    main()
