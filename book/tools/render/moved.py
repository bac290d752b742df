"""Which charts and widgets show something else, in the lines of their text forms.

``python -m tools.render.moved [COMMIT]`` (make moved) says which charts differ from those of a
commit, the last one unless another is named, and which lines of their text forms.
"""

import difflib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHART = "Chart: "
_ASKS = re.compile(r'<(?:link|script)[^>]*"\.\./_static/([\w-]+)\.')
MOST = 8  # lines told of a text form


def charts(cells: Iterable[Mapping]) -> dict[str, str]:
    """The text form of every chart of some cells, and of what moves, by title."""
    found = {}
    for data in (output.get("data", {}) for cell in cells for output in cell.get("outputs", ())):
        form, page = ("".join(data.get(kind, "")) for kind in ("text/plain", "text/html"))
        if form.startswith(CHART):
            found[form.split("\n", 1)[0]] = form
        elif asks := _ASKS.search(page):
            found[f"what moves, {asks[1]}"] = form
    return found


def of_pages(twins: Mapping[str, str]) -> dict[str, str]:
    """The charts of executed notebooks, which are given by the names of their pages."""
    return {
        f"{page}, {title.removeprefix(CHART)}": form
        for page, twin in twins.items()
        for title, form in charts(json.loads(twin)["cells"]).items()
    }


def now(root: Path) -> dict[str, str]:
    """The charts of a project as its notebooks are."""
    files = sorted(root.glob("notebooks/*.ipynb"))
    return of_pages({file.stem: file.read_text(encoding="utf-8") for file in files})


def said(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """How many charts differ, which, and in which lines."""
    both = ((name, before.get(name), after.get(name)) for name in {**before, **after})
    moves = [(name, old, new) for name, old, new in both if old != new]
    lines = [f"charts that differ: {len(moves) or 'none'}"]
    for name, old, new in moves:
        if old is None or new is None:
            lines.append(f"  {name}: new or gone")
            continue
        lines.append(f"  {name}")
        changes = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
        told = [f"    {line}" for line in [*changes][2:] if line[0] != "@"]  # after two names
        lines += told[:MOST] + ([f"    and {len(told) - MOST} more"] if told[MOST:] else [])
    return "\n".join(lines)


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
