"""Pages that weigh little: what the theme loads and no page of this book uses is left out.

The theme draws two dozen icons with a script of 1.5 MB, a font of 1,400 glyphs and a style sheet
that names each of them.  The style sheet can draw them by itself, from a font that holds those
in use.  MathJax is loaded in the parts that are needed, not as one bundle with a menu.
"""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

MATHJAX_FILES = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)
# Icons that scripts of the theme put on the page, beside those that its templates write.
BY_SCRIPT = {"xmark"}
ICON = re.compile(r"\bfa-([a-z0-9-]+)")
GLYPH = re.compile(
    r'(?:\.fa-[a-z0-9-]+::?before,?)+\{content:"\\+([0-9a-f]+) ?"\}|\.fa-[a-z0-9-]+:+after\{[^}]*\}'
)
DESIGN = re.compile(r"\bsd-[a-z0-9-]+")
RULE = re.compile(r"[^{}]*\{[^{}]*\}")
FACE = re.compile(r"@font-face\{[^}]*fontawesome/webfonts/fa-([a-z]+)-\d+[^}]*\}")
# Icons of admonitions, exercises and links, which style sheets write by their code.
CONTENT = re.compile(r'(?:content|--pst-icon-[\w-]+): ?"(?:\\+([0-9a-f]{4})|([\ue000-\uf8ff]))"')
SCRIPT = re.compile(r'\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>')
PRELOAD = re.compile(r'\s*<link[^>]*(?:webfonts/fa-|scripts/fontawesome\.js)[^>]*/?>')
SEARCH = re.compile(r'\s*<script[^>]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>')


def copy_mathjax(app: Sphinx) -> None:
    """Put the MathJax of the locked ``django-static-mathjax`` package beside the pages."""
    source = resources.files("mathjax") / "static" / "mathjax" / "es5"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in MATHJAX_FILES:
        with resources.as_file(source / name) as path:
            if path.is_dir():
                shutil.copytree(path, target / name, dirs_exist_ok=True)
            else:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target / name)


def lighten(app: Sphinx, exception: Exception | None) -> None:
    """Cut scripts, style sheet and icon font down to what the pages use."""
    if exception is not None or app.builder.format != "html":
        return
    used = set(BY_SCRIPT)
    designs: set[str] = set()
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        used |= {name for tag in re.findall(r'class="([^"]*)"', text) for name in ICON.findall(tag)}
        designs |= set(DESIGN.findall(text))
        lighter = PRELOAD.sub("", SCRIPT.sub("", text))
        if page.name != "search.html":
            lighter = SEARCH.sub("", lighter)
        if lighter != text:
            page.write_text(lighter, encoding="utf-8")
    static = Path(app.outdir) / "_static"
    for sheet in static.glob("sphinx-design*.css"):
        styles = RULE.sub(
            lambda rule: rule[0] if set(DESIGN.findall(rule[0])) <= designs else "",
            sheet.read_text(encoding="utf-8"),
        )
        sheet.write_text(styles, encoding="utf-8")
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    glyphs: set[int] = set()

    def keep(rule: re.Match[str]) -> str:
        if not set(ICON.findall(rule[0])) & used:
            return ""
        if rule[1]:
            glyphs.add(int(rule[1], 16))
        return rule[0]

    def face(rule: re.Match[str]) -> str:
        if rule[1] != "solid":
            return ""
        return re.sub(r"src:.*\}", 'src:url(../icons.woff) format("woff")}', rule[0])

    styles = FACE.sub(face, GLYPH.sub(keep, sheet.read_text(encoding="utf-8")))
    sheet.write_text(styles, encoding="utf-8")
    for other in static.rglob("*.css"):
        for code, character in CONTENT.findall(other.read_text(encoding="utf-8")):
            glyphs.add(int(code, 16) if code else ord(character))
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    font = subset.load_font(
        static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf", options
    )
    cut = subset.Subsetter(options)
    cut.populate(unicodes=glyphs)
    cut.subset(font)
    subset.save_font(font, static / "icons.woff", options)


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("builder-inited", copy_mathjax)
    app.connect("build-finished", lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
