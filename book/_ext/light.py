"""Pages that weigh little: what the theme loads and no page of this book uses is left out.

The theme draws two dozen icons with a script of 1.5 MB and a font of 1,400 glyphs.  Its style
sheet can draw them by itself, from a font that holds those in use.  Of the style sheets, selectors
stay whose classes stand on a page or in a script that may set them.  MathJax is loaded in the parts
that are needed, not as one bundle with a menu, and only by pages with mathematics.  Pictures are
packed again without loss, in a form that takes a quarter less.
"""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path

from fontTools import subset
from PIL import Image
from sphinx.application import Sphinx

MATHJAX_FILES = (
    "startup.js",
    "core.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)
CLASSES = re.compile(r"class=[\"']([^\"']*)[\"']")
WORD = re.compile(r"[A-Za-z_][\w-]*")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# The innermost rules of a sheet, and what is left of a condition without any.
RULE = re.compile(r"([^{};]*)(\{[^{}]*\})")
EMPTY = re.compile(r"@(?:media|supports|container)[^{};]*\{\s*\}")
LIST = re.compile(r",(?![^(\[]*[)\]])")
PICTURE = re.compile(r'((?:src|href)="[^"]*_images/[0-9a-f]+)\.png"')
# Of Bootstrap's many parts pages use hints and menus.
PARTS = re.compile(r"(?:bs-)?tooltip.*|drop.*|fade|show|collaps.*")
# What a selector may or may not have does not decide whether anything can have the rest.
OPTIONAL = re.compile(r":(?:not|is|where|has)\([^()]*\)")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
FACE = re.compile(r"@font-face\s*\{[^}]*fontawesome/webfonts/fa-([a-z]+)-\d+[^}]*\}")
# Icons that style sheets write by their code.
CONTENT = re.compile(r'(?:content|--pst-icon-[\w-]+): ?"(?:\\+([0-9a-f]{4})|([\ue000-\uf8ff])) ?"')
SCRIPT = re.compile(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>")
PRELOAD = re.compile(r"\s*<link[^>]*(?:webfonts/fa-|scripts/fontawesome\.js)[^>]*/?>")
SEARCH = re.compile(r"\s*<script[^>]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>")
TABS = re.compile(r"\s*<script[^>]*design-tabs\.js[^>]*></script>")
MATHJAX = re.compile(
    r"\s*<script>window\.MathJax.*?</script>|\s*<script[^>]*mathjax/[^>]*></script>"
)


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
    """Cut scripts, style sheets and icon font down to what the pages use."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    repack(Path(app.outdir) / "_images")
    names: set[str] = set()
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        names.update(*(found.split() for found in CLASSES.findall(text)))
        lighter = PICTURE.sub(r'\1.webp"', PRELOAD.sub("", SCRIPT.sub("", text)))
        if page.name != "search.html":
            lighter = SEARCH.sub("", lighter)
        if "sd-tab-set" not in text:
            lighter = TABS.sub("", lighter)
        if 'class="math' not in text:
            lighter = MATHJAX.sub("", lighter)
        if lighter != text:
            page.write_text(lighter, encoding="utf-8")
    for script in static.rglob("*.js"):
        if script.name != "fontawesome.js" and "mathjax" not in script.parts:
            words = WORD.findall(script.read_text(encoding="utf-8"))
            bootstrap = script.name == "bootstrap.js"
            names.update(filter(PARTS.fullmatch, words) if bootstrap else words)
    glyphs: set[int] = set()
    for sheet in static.rglob("*.css"):
        styles = trimmed(sheet.read_text(encoding="utf-8"), names)
        sheet.write_text(styles, encoding="utf-8")
        for code, character in CONTENT.findall(styles):
            glyphs.add(int(code, 16) if code else ord(character))
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    font = subset.load_font(
        static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf", options
    )
    cut = subset.Subsetter(options)
    cut.populate(unicodes=glyphs)
    cut.subset(font)
    subset.save_font(font, static / "icons.woff", options)


def repack(folder: Path) -> None:
    """Put a lossless WebP beside each picture of a notebook, whose name is a digest of it."""
    for picture in folder.glob("*.png"):
        packed = picture.with_suffix(".webp")
        if re.fullmatch("[0-9a-f]+", picture.stem) and not packed.exists():
            with Image.open(picture) as image:
                image.convert("RGB").save(packed, lossless=True, quality=50, method=2)


def trimmed(styles: str, names: set[str]) -> str:
    """A style sheet without selectors of classes that are not in ``names``, nor spare fonts."""

    def keep(rule: re.Match[str]) -> str:
        selectors = [
            selector
            for selector in LIST.split(rule[1])
            if names.issuperset(CLASS.findall(OPTIONAL.sub("", selector).replace("\\", "")))
        ]
        return ",".join(selectors) + rule[2] if selectors else ""

    def face(rule: re.Match[str]) -> str:
        if rule[1] != "solid":
            return ""
        return re.sub(r"src:.*\}", 'src:url(../icons.woff) format("woff")}', rule[0])

    styles = RULE.sub(keep, COMMENT.sub("", styles))
    return EMPTY.sub("", FACE.sub(face, styles))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("builder-inited", copy_mathjax)
    app.connect("build-finished", lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
