"""What the theme leaves wrong or loads in vain, put right in the pages that it wrote.

- Two buttons of a header that this book hides answer to the menu buttons of the page, so that
  these do nothing: they go.
- Fold buttons in the contents have no name; the title of the book is in no landmark; the references
  claim to be a list and hold no items; all exercises of a page have one identifier; scripts for
  live code are added twice, and there is no live code.
- The page asks for the colours "auto", which only a script can turn into light or dark.  Without a
  script no colour would be defined, and lines of charts would vanish: pages ask for none.
- Icons come from a script of 1.5 MB and a font of 1,400 glyphs: the style sheet draws those in use
  from a font that holds them.  Selectors stay whose classes stand on a page or in a script.
  MathJax comes with the lock, in the parts that are needed, on pages with mathematics.
- The search knows pages alone: it gets their paragraphs, too, and no code.

A repair that finds nothing to repair where it is due is a warning: another version of the theme
writes other pages.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from textwrap import shorten
from typing import Any

import displays
from docutils import nodes
from fontTools import subset
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
PAGE = "<main"
BANNER = ' role="banner"'  # stands on a page that was repaired
_SCRIPT = r"\s*<script[^>]*{}[^>]*></script>"
# Of each repair: its name, what the theme writes, what it should have written, what pages hold on
# which it does, and what they hold that need it as it is.
REPAIRS = (
    ("names of folds", r'<summary>(?=<span class="toctree-toggle")',
     '<summary aria-label="Sections of this chapter">', 'class="toctree-l2', None),
    ("colours without a script", r'\A(.*?<html[^>]*) data-theme="auto"', r"\1", PAGE, None),
    ("landmark of the title", r'\A(.*?<div class="sidebar-primary-item")', rf"\1{BANNER}", PAGE,
     None),
    ("list of references", '<div role="list" class="citation-list">',
     '<div class="citation-list">', 'class="citation"', None),
    ("items of references", ' role="doc-biblioentry"', "", 'class="citation"', None),
    ("exercises", '<section id="exercise-content">', "<section>", 'class="exercise ', None),
    ("solutions", '<section id="solution-content">', "<section>", 'class="solution ', None),
    ("buttons in the header", '<button class="pst-navbar-icon sidebar-toggle.*?</button>', "",
     PAGE, None),
    ("icons", _SCRIPT.format(r"scripts/fontawesome\.js"), "", PAGE, None),
    ("live code", r'\s*<script( type="text/x-thebe-config">.*?|>(kernelName|const THEBE)[^<]*|'
     r"[^>]*sphinx-thebe\.js[^>]*>)</script>", "", 'class="tex2jax_ignore', None),
    ("search", _SCRIPT.format(r"(searchtools|language_data|searchindex)\.js"), "", PAGE,
     'id="search-results"'),
    ("tabs", _SCRIPT.format(r"design-tabs\.js"), "", PAGE, "sd-tab-set"),
    ("mathematics", r"\s*<script(>window\.MathJax.*?|[^>]*mathjax/[^>]*>)</script>", "",
     "window.MathJax", 'class="math'),
)  # fmt: skip
MATHJAX_FILES = (
    "startup.js",
    "core.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)
PREVIEW = "_static/two-cities.png"
PREVIEW_ALT = "Incomes of 110 cities, two of them closer in proportion and further apart in money"
PREVIEWS = "_static/previews"
_PLACE = re.compile(r'<details id="([^"]+)"><summary>(.*?)</summary><p>(.*?)</p>', re.S)
_TAG = re.compile(r"<[^>]+>")
CLASSES = re.compile(r"class=[\"']([^\"']*)[\"']")
WORD = re.compile(r"[A-Za-z_][\w-]*")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# The innermost rules of a sheet, and what is left of a condition without any.
RULE = re.compile(r"([^{};]*)(\{[^{}]*\})")
EMPTY = re.compile(r"@(?:media|supports|container)[^{};]*\{\s*\}")
LIST = re.compile(r",(?![^(\[]*[)\]])")
# Of Bootstrap's many parts pages use hints and menus.
EMPTY_BRACKETS = re.compile(r" ?[(\[][ ,;]*[)\]]")  # of a reference or a formula
PARTS = re.compile(r"(?:bs-)?tooltip.*|drop.*|fade|show|collaps.*")
# What a selector may or may not have does not decide whether anything can have the rest.
OPTIONAL = re.compile(r":(?:not|is|where|has)\([^()]*\)")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
# Icons that style sheets write by their code, and the font that has them.
GLYPH = re.compile(r'(?:content|--pst-icon-[\w-]+): ?"(?:\\+([0-9a-f]{4})|([\ue000-\uf8ff])) ?"')
FACE = 'fa-solid-900.woff2) format("woff2")', 'fa-solid-900.woff) format("woff")'


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say what a shared link leads to: title, the first sentences of the page, a picture.

    Addresses are absolute where ``html_baseurl`` is set, as those who show previews want them.
    """
    if doctree is None:
        return
    texts = (_words(each) for each in doctree.findall(nodes.paragraph))
    about = shorten(next((text for text in texts if len(text) > 80), ""), 200, placeholder=" …")
    base = app.config.html_baseurl
    picture, alt = f"{PREVIEWS}/{Path(page).name}.png", "The first figure of this page"
    if not Path(app.srcdir, "book", picture).exists():
        picture, alt = PREVIEW, PREVIEW_ALT
    picture = f"{base.rstrip('/')}/{picture}" if base else context["pathto"](picture, 1)
    title = html.unescape(re.sub(r"<[^>]+>", "", context.get("title", "")))
    told = {
        "og:type": "article", "og:site_name": app.config.html_title, "og:title": title,
        "og:description": about, "og:image": picture, "og:image:alt": alt,
        **({"og:url": f"{base.rstrip('/')}/{page}.html"} if base else {}),
        "description": about, "twitter:card": "summary_large_image",
    }  # fmt: skip
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{html.escape(content)}" />\n'
        for name, content in told.items()
    )


def speak(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Say that the page in Chinese is in Chinese, which has no space between sentences."""
    if page.endswith("/zh"):
        body = re.sub(r"(?<=[，。；：？）])\n(?=\w)", "", context["body"])
        context["body"] = f'<div lang="zh">{body}</div>'


def _words(paragraph: nodes.paragraph) -> str:
    """The text of a paragraph without its HTML."""
    texts = [text for text in paragraph.findall(nodes.Text) if not any(map(_unsaid, _above(text)))]
    return EMPTY_BRACKETS.sub("", " ".join("".join(texts).split()))


def _above(node: nodes.Node) -> Iterator[nodes.Element]:
    while node.parent:
        node = node.parent
        yield node


def _unsaid(node: nodes.Element) -> bool:
    """Whether the text of a node is markup, a formula, or a label in the place of a number."""
    if not isinstance(node, addnodes.pending_xref):
        return isinstance(node, (nodes.raw, nodes.math))
    named = node.get("refexplicit") or node.get("reftype") == "term"
    return not named or "%s" in node.astext() or "{number}" in node.astext()


def keep_passages(app: Sphinx, doctree: nodes.document) -> None:
    """Note the paragraphs of a page by section, for the search; openings and ends weigh more.

    Exercises and solutions answer nothing, nor does what begins with a small letter, as goals and
    cells do; a definition stands under its term.
    """
    page, found = app.env.docname, []
    top = doctree.next_node(nodes.title)
    for paragraph in doctree.findall(nodes.paragraph) if top and "book/api" not in page else ():
        above, text = [*_above(paragraph)], _words(paragraph)
        asked = any({"exercise", "solution"} & {*at.get("classes", ())} for at in above)
        sections = (at for at in above if isinstance(at, nodes.section))
        section = next((at for at in sections if isinstance(at[0], nodes.title)), None)
        if section is None or asked or len(text) < 60 or text[0].islower():
            continue
        anchor, head = section["ids"][0], section[0].astext()
        if isinstance(paragraph.parent, nodes.definition):
            terms = list(paragraph.parent.parent.findall(nodes.term))
            anchor = (terms[0]["ids"] or [anchor])[0]
            head = ", ".join(term.astext() for term in terms)
        opens = section.parent is doctree or head == "What survives"
        weight = 1.6 if page.endswith("index") else 1.3 if opens else 1
        found.append([page, top.astext(), anchor, head, text, weight])
    for raw in (each.astext() for each in doctree.findall(nodes.raw) if top):
        for place, summary, text in _PLACE.findall(raw):  # a city on its page has an address, too
            head = " ".join(_TAG.sub("", summary).split())
            found.append([page, top.astext(), place, head, html.unescape(text), 0.5])
    app.env.metadata[page]["passages"] = found


def write_passages(app: Sphinx, exception: Exception | None) -> None:
    """Put the paragraphs of all pages beside the page that searches them."""
    if exception is None and app.builder.format == "html":
        kept = [each for page in app.env.metadata.values() for each in page.get("passages", [])]
        text = f"document.passages = {json.dumps(kept, ensure_ascii=False)};\n"
        Path(app.outdir, "_static", "passages.js").write_text(text, encoding="utf-8")


def search_texts(app: Sphinx) -> None:
    """Let the search look in the text of pages, and not in code and what it prints."""
    whole = app.builder.index_page

    def index_page(page: str, doctree: nodes.document, title: str) -> None:
        code = [(each, each.children) for each in doctree.findall(nodes.literal_block)]
        for each, _ in code:
            each.children = []
        whole(page, doctree, title)
        for each, children in code:
            each.children = children

    app.builder.index_page = index_page


def copy_mathjax(app: Sphinx) -> None:
    """Put the MathJax of the locked ``django-static-mathjax`` package beside the pages."""
    source = Path(str(resources.files("mathjax")), "static", "mathjax", "es5")
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in MATHJAX_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            shutil.copy2(source / name, target / name)


def repaired(text: str, due: set[str], done: set[str]) -> str:
    """The HTML of a page as it should have been written.

    Repairs that the page needs are added to ``due``, those that found what to repair to ``done``.
    """
    for name, found, wanted, where, kept in REPAIRS:
        if kept is None or kept not in text:
            better = re.sub(found, wanted, text, flags=re.S)
            due.update([name] if where in text else [])
            done.update([name] if better != text else [])
            text = better
    return displays.repaired(text)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Repair every page, and cut style sheets and icon font down to what the pages use."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    names: set[str] = set()  # of classes, on pages or added by scripts
    due: set[str] = set()
    done: set[str] = set()
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        names.update(*(found.split() for found in CLASSES.findall(text)))
        page.write_text(repaired(text, due, done), encoding="utf-8")
    for repair in sorted(due - done):
        logger.warning("theme: found nothing to repair; expected %s", repair, type="theme")
    for script in static.rglob("*.js"):
        if script.name != "fontawesome.js" and "mathjax" not in script.parts:
            found = WORD.findall(script.read_text(encoding="utf-8"))
            names.update(filter(PARTS.fullmatch, found) if script.name == "bootstrap.js" else found)
    codes: set[int] = set()
    for sheet in static.rglob("*.css"):
        styles = trimmed(sheet.read_text(encoding="utf-8"), names)
        codes |= {int(code, 16) if code else ord(sign) for code, sign in GLYPH.findall(styles)}
        sheet.write_text(styles.replace(*FACE), encoding="utf-8")
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    # Newer themes have the font as woff2 alone, which fontTools reads with the package brotli.
    with subset.load_font(min(fonts.glob("fa-solid-900.*")), options) as font:
        icons = subset.Subsetter(options)
        icons.populate(unicodes=codes)
        icons.subset(font)
        subset.save_font(font, fonts / "fa-solid-900.woff", options)


def may_have(selector: str, names: set[str]) -> bool:
    """Whether a page with these classes may have what a selector names."""
    return names.issuperset(CLASS.findall(OPTIONAL.sub("", selector).replace("\\", "")))


def trimmed(styles: str, names: set[str]) -> str:
    """A style sheet without selectors of classes that are not in ``names``."""

    def keep(rule: re.Match[str]) -> str:
        selectors = [each for each in LIST.split(rule[1]) if may_have(each, names)]
        return ",".join(selectors) + rule[2] if selectors else ""

    return EMPTY.sub("", RULE.sub(keep, COMMENT.sub("", styles)))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("builder-inited", copy_mathjax)
    app.connect("builder-inited", search_texts)
    app.connect("doctree-read", keep_passages, priority=100)  # before folds are added
    app.connect("build-finished", write_passages)
    app.connect("html-page-context", describe)
    app.connect("html-page-context", speak)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
