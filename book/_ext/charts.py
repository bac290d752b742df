"""Charts as part of a page: Matplotlib's SVG made small, and in the colours of the page.

A picture in a file of its own could not follow the dark theme, nor print in ink.
"""

import html
import re
from pathlib import Path

from sphinx.application import Sphinx

from lib import style

# Ink and greys are the page's, from so dark upwards; colours are the chart's.
GREYS = (
    (0x00, "currentColor"),
    (0x40, "var(--pst-color-text-muted)"),
    (0x90, "var(--chart-grey)"),
    (0xD0, "var(--chart-grid)"),
    (0xE4, "var(--chart-faint)"),
)
# Colours that have another value on a dark page, by the name of their variable.
COLOURS = {colour: style.NAMES[colour] for colour in style.DARK}
_GREY = re.compile(r"#([0-9a-f]{2})\1\1\b")
_LEFT_OUT = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>|<!--.*?-->", re.S)
_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.S)
_SIZE = re.compile(r'<svg[^>]*?width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>')


def inline(svg: str, alt: str, prefix: str) -> str:
    """An ``<svg>`` element for a page, with no identifier that another chart may have.

    Parameters
    ----------
    svg : str
        As Matplotlib writes it.
    alt : str
        What it shows, for those who do not see it.
    prefix : str
        Of identifiers; unique on the page.
    """
    width, height = (float(each) for each in _SIZE.search(svg).groups())
    # Words on a heat map are set in the ink that its colours bear: it keeps its white ground.
    ground = ' class="on-white"' if 'id="QuadMesh_' in svg or "<image" in svg else ""
    body = re.sub(r"\n\s+", "\n", _STYLE.sub("", _LEFT_OUT.sub("", svg)))
    body = _SIZE.sub("", body).replace("xlink:href", "href").replace(' target="_blank"', "")
    body = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", body)
    if not ground:
        # A white mark with an edge is empty; white words on a colour stay white.
        body = body.replace("fill: #ffffff; stroke", "fill: var(--pst-color-background); stroke")
        for colour, name in COLOURS.items():
            body = body.replace(colour, f"var(--{name})")
        # What is drawn in white lines, such as the halo of letters, separates: from the page.
        body = body.replace("stroke: #ffffff", "stroke: var(--pst-color-background)")
        body = _GREY.sub(_ink, body)
    head = (
        f'<svg{ground} role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width * 4 / 3:.0f}" '
        f'height="{height * 4 / 3:.0f}" fill="currentColor" stroke-linejoin="round">'
    )
    if width <= 72 * style.WIDTH:
        return head + body.strip()
    # A phone lets it scroll, as wide as letters of eleven pixels need.
    area = 'class="chart" role="group" tabindex="0" aria-label="Wide figure"'
    least = f'style="--least:{width * 11 / style.LETTERS:.0f}px"'
    return f"<div {area} {least}>{head}{body.strip()}</div>"


def _ink(grey: re.Match[str]) -> str:
    darkness = int(grey[1], 16)
    if darkness == 0xFF:
        return grey[0]
    return next(name for start, name in reversed(GREYS) if darkness >= start)


def palette() -> str:
    """The style sheet of the colours, light and dark; paper is light whatever the page was."""
    light = "".join(f"  --{name}: {colour};\n" for colour, name in COLOURS.items())
    dark = "".join(f"  --{name}: {style.DARK[colour]};\n" for colour, name in COLOURS.items())
    return f'html {{\n{light}}}\n\n@media screen {{\nhtml[data-theme="dark"] {{\n{dark}}}\n}}\n'


def write_palette(app: Sphinx, exception: Exception | None) -> None:
    """Write the colours beside the other style sheets."""
    if exception is None and app.builder.format == "html":
        Path(app.outdir, "_static", "palette.css").write_text(palette(), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.add_css_file("palette.css")
    app.connect("build-finished", write_palette, priority=300)
