"""What moves on a page: a folder for each, with its class, template, script, style and test.

``book/_ext/moving.py`` puts scripts and styles into ``_static``, where pages find them.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

import jinja2

FOLDER = Path(__file__).parent
_PAGES = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)


def packed(data: Any) -> str:
    """Data as an attribute of HTML has them; a template says ``| safe``."""
    return html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def tags(name: str) -> tuple[str, str]:
    """What asks for the style of a widget, and what for its script; "" where it has none."""
    lines = {"css": '<link rel="stylesheet" href="../_static/{}">',
             "js": '<script src="../_static/{}" defer></script>'}  # fmt: skip
    files = {kind: FOLDER / name / f"{name}.{kind}" for kind in lines}
    style, script = (
        line.format(files[kind].name) * files[kind].exists() for kind, line in lines.items()
    )
    return style, script


def filled(widget: str, **values: Any) -> str:
    """The template of a widget with values, which are escaped, as one line of HTML."""
    text = _PAGES.from_string((FOLDER / widget / "page.html").read_text("utf-8")).render(values)
    return re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", text))


class Widget:
    """A display of a notebook: ``data`` is what its script reads, ``repr`` what is compared."""

    def data(self) -> Any:
        """What the template has as ``data``, packed into an attribute; the object itself is ``it``.

        Nothing, unless a widget says more.
        """

    def _repr_html_(self) -> str:
        name = type(self).__module__.rpartition(".")[2]
        style, script = tags(name)
        return style + filled(name, it=self, data=packed(self.data())) + script
