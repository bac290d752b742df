"""What the theme leaves wrong and a reader would notice, where neither option nor template helps.

The options stand in ``_config.yml`` and the templates in ``book/_templates``, with their reasons.
"""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

MATHJAX_FILES = (
    "startup.js",
    "core.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)

FOLD = re.compile(r'<details(?= class="sd-sphinx-override sd-dropdown[^"]* zh")')


def copy_mathjax(app: Sphinx) -> None:
    """Pages need no network: MathJax, of which the lock has a package, lies beside them."""
    source = Path(str(resources.files("mathjax")), "static", "mathjax", "es5")
    target = Path(app.outdir, "_static", "mathjax")
    for name in MATHJAX_FILES:
        part = target / name
        copy_asset(source / name, part.parent if part.suffix else part)


def finish(app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    """Change what a page's template is given, after the theme and all extensions."""
    # A constant declared twice is an error: Sphinx writes some scripts twice.
    scripts = {(s.filename or "", s.attributes.get("body")): s for s in context["script_files"]}
    # A phone waits for 700 kB of MathJax: Sphinx gives it to a page if one below has a formula.
    formulas = 'class="math' in context.get("body", "")
    context["script_files"] = [
        script for key, script in scripts.items() if formulas or "mathjax" not in str(key).lower()
    ]
    # A screen reader reads Chinese as Chinese, which has no space between sentences.
    if page.endswith("/zh"):
        context["language"] = "zh-CN"
    body = re.sub(r"(?<=[，。；：？）])\n(?=[\w<])", "", context.get("body", ""))
    context["body"] = FOLD.sub(r'\g<0> lang="zh-CN"', body)


def in_chinese(text: str) -> str:
    """The page in Chinese, with the words around its text and the chapters' names in Chinese."""
    words = json.loads(Path(__file__).with_name("zh.json").read_text(encoding="utf-8"))
    named = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    # A figure of the appendix has a letter before its number.
    text = re.sub(r'(?<="caption-number">)(Fig\.|Table) ',
                  lambda at: "表" if at[1] == "Table" else "图", text)  # fmt: skip
    text = re.sub(r"Last updated on ([\d-]+)\.", r"最后更新：\1", text)
    before = r"""(?:title|aria-label|placeholder)="|>\s*(?:[\d.]+ |[^<>]+ &#8212; )?"""
    around = rf"""({before})({named})(?=\s*<|")"""
    return re.sub(around, lambda at: at[1] + words[at[2]], text)


def finish_chinese(app: Sphinx, exception: Exception | None) -> None:
    """Put Chinese words around the page in Chinese, which the theme's templates have in English."""
    page = Path(app.outdir, "notebooks", "zh.html")
    if exception is None and app.builder.format == "html" and page.exists():
        page.write_text(in_chinese(page.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> None:
    # The header that this book hides has no buttons: menus would answer to them, unseen.
    bare = {"navbar_persistent": []}
    app.connect("config-inited", lambda app, config: config.html_theme_options.update(bare))
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", finish, priority=900)
    app.connect("build-finished", finish_chinese)
