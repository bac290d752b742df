"""Decks of slides, one a chapter, out of the built pages: ``make slides [CHAPTER=name]``.

A deck shows what stands on the chapter's page and nothing else: question and answer, goals,
equations, the regressions in sight with their output, each figure under its finding, tables,
predictions with the answer as a step, and what survives.  The text around them, and the teaching
note, are the speaker's notes (key S).  ``_build/slides/NAME.html`` opens without a network, and
``NAME.html?print-pdf`` prints.  The slides of nbconvert would be cells as they stand, without the
numbers of figures, the values of expressions, and speaker's notes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from tools.render import book, notebooks, pdf

ROOT = notebooks.ROOT
HTML = ROOT / "_build" / "instructor"
FOLDER = ROOT / "_build" / "slides"
SHEETS = ("styles/pydata-sphinx-theme.css", "pygments.css", "palette.css", "book.css")
# What works only on its page, or leads somewhere.
_LEFT = "script, link, form, .headerlink, .table-files, .copybtn, .removal, .explorer, .belt-map"
LINES = 12
"""Most lines of a table on a slide; the next slide has the rest under the same head."""
LETTERS = 34
"""About so many letters fill a line of a cell."""


@dataclass
class Slide:
    """A slide: its title in HTML, what it shows, and what the speaker sees."""

    title: str
    body: list[Tag]
    kind: str = ""  # its look: opening, drawn or none
    about: str = ""  # the section, above the title
    notes: list[Tag] = field(default_factory=list)


def chapters() -> list[str]:
    """The names of the pages that have a deck: those of the numbered chapters."""
    names = [Path(page).name for page in pdf.contents()]
    return [name for name in names if name[0].isdigit() and name != "04-results"]


def slides(page: str) -> list[Slide]:
    """The slides of a built page, in its order."""
    article = BeautifulSoup(page, "html.parser").find("article")
    for part in article.select(_LEFT):
        part.decompose()
    for link in article.find_all("a"):
        link.unwrap()
    top = article.find("section")
    parts = [each for each in top.find_all(recursive=False) if each.name not in {"h1", "span"}]
    before = [each for each in parts if each.name != "section"]
    goals = next((n for n, each in enumerate(before) if each.name == "ul"), len(before) + 1)
    ends = (n for n, each in enumerate(before) if n == goals - 1 or each.name != "p")
    first = next(ends, len(before))
    found = [Slide(_inner(top.h1), before[:first], "opening")]
    found[0].notes = [part for note in top.select(".teaching") for part in note.contents]
    heads = before[goals - 1 : goals]
    found += [Slide(_inner(each), before[goals : goals + 1]) for each in heads]
    found += _displays(before[first : goals - 1] + before[goals + 1 :], _inner(top.h1))
    for section in parts:
        if section.name == "section" and not section.select(".exercise"):
            found += _section(section)
    return found


def _section(section: Tag) -> list[Slide]:
    """The displays of a section; what survives, and of a section without displays its beginning."""
    heading = _inner(section.find(["h2", "h3"]))
    parts = [part for part in section.find_all(recursive=False) if part.name[0] not in "hs"]
    said = [part for part in parts if part.name in {"p", "ul"}]
    if section.get("id", "").startswith("what-survives"):
        shown = _displays([part for part in parts if part not in said], heading)
        return [*shown, Slide(heading, said)]
    below = (_section(part) for part in section.find_all("section", recursive=False))
    shown = [*_displays(parts, heading), *chain(*below)]
    return shown or [Slide(heading, said[:1], notes=said[1:])]


def _displays(parts: list[Tag], heading: str) -> list[Slide]:
    """A slide for each display.

    Words are notes of the display that they follow, and the first ones of the first display.
    """
    found: list[Slide] = []
    words: list[Tag] = []
    for part in parts:
        made = list(_display(part, heading, words))
        if made:
            (found or made)[-1].notes += words
            words, found = [], found + made
        elif part.name in {"p", "ul", "ol", "dl"}:
            words.append(part)
    for each in found:
        each.about = heading if each.title != heading else ""
    if found:
        found[-1].notes += words
    return found


def _display(part: Tag, heading: str, words: list[Tag]) -> Iterator[Slide]:
    """The slides of a part of a page: none where it shows nothing or is folded."""
    classes = part.get("class", [])
    figure, table = part.find("figure"), part.find("table")
    if "math" in classes:
        yield Slide(heading, [*[each for each in words[-1:] if each.name == "p"], part])
    elif "predict" in classes:
        answer = part.select_one(".sd-summary-content")
        answer["class"] = ["answer", "fragment"]
        yield Slide(_inner(part.select_one(".sd-summary-text")), [answer])
    elif part.name != "div" or {"tag_hide-output", "tag_hide-cell"} & {*classes}:
        return
    elif figure:
        caption, number = figure.select_one(".caption-text"), figure.select_one(".caption-number")
        finding = caption.strong.extract()
        number.insert_after(caption)
        figure.figcaption["class"] = "legend"
        yield Slide(_inner(finding), [figure.svg, figure.figcaption], "drawn")
    elif table and table.caption:
        yield from _table(table, part.select(".table-note"))
    elif "tag_hide-input" in classes:  # code that is not in sight
        return
    elif part.select_one(".cell_input") and part.select_one(".cell_output"):
        yield Slide(heading, [part.select_one(".cell_input pre"), part.select_one(".cell_output")])


def _table(table: Tag, notes: list[Tag]) -> Iterator[Slide]:
    """A table under its caption, on as many slides as it needs."""
    title = _inner(table.caption.extract())
    blocks: list[list[Tag]] = []  # a row, and those below that continue it
    for row in table.select("tbody tr"):
        if blocks and not row.find(["th", "td"]).get_text(strip=True):
            blocks[-1].append(row.extract())
        else:
            blocks.append([row.extract()])
    for part in _divided(blocks):
        own = BeautifulSoup(str(table), "html.parser").table
        own.tbody.extend(part)
        yield Slide(title, [own, *notes])


def _divided(blocks: Iterable[list[Tag]]) -> Iterator[list[Tag]]:
    part: list[Tag] = []
    height = 0
    for block in blocks:
        cells = [[len(cell.get_text()) for cell in row.find_all(["td", "th"])] for row in block]
        needed = sum(1 + max(letters) // LETTERS for letters in cells)
        if part and height + needed > LINES:
            yield part
            part, height = [], 0
        part, height = part + block, height + needed
    yield part


def _inner(tag: Tag) -> str:
    return tag.decode_contents().strip()


def deck(page: str) -> tuple[str, int]:
    """The document of a page's deck, and how many slides it has."""
    frame, made = BeautifulSoup(page, "html.parser"), slides(page)
    math = [str(each) for each in frame.find_all("script") if "window.MathJax" in each.text]
    sections = [
        f'<section><div class="slide {each.kind}"><p class="about">{each.about}</p>'
        f'<h2>{each.title}</h2><div class="body {each.kind}">{"".join(map(str, each.body))}</div>'
        '</div><aside class="notes tex2jax_ignore">'
        f"{''.join(map(str, each.notes))}</aside></section>"
        for each in made
    ]
    sheets = [*(f"_static/{each}" for each in SHEETS), "reveal.css", "deck.css"]
    scripts = ["_static/mathjax/startup.js"] * bool(math) + ["reveal.js", "notes.js", "deck.js"]
    head = [f"<title>{_inner(frame.title)}</title>", *math]
    head += [f'<link rel="stylesheet" href="{each}">' for each in sheets]
    head += [f'<script defer src="{each}"></script>' for each in scripts]
    whole = (
        '<!doctype html>\n<html lang="en" data-theme="light"><head><meta charset="utf-8">',
        *head,
        '</head><body><div class="reveal"><div class="slides">',
        *sections,
        "</div></div></body></html>\n",
    )
    return "\n".join(whole), len(made)


def write(html: Path, folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Write decks and what they load into a folder made anew; return the numbers of slides."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(Path(__file__).with_name("slide_pages"), folder)
    shutil.copytree(html / "_static" / "mathjax", folder / "_static" / "mathjax")
    for file in (*SHEETS, "noto-sans-sc.woff"):
        (folder / "_static" / file).parent.mkdir(exist_ok=True)
        shutil.copy(html / "_static" / file, folder / "_static" / file)
    counts = {}
    for name in names:
        page = (html / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
        document, counts[name] = deck(page)
        (folder / f"{name}.html").write_text(document, encoding="utf-8")
    return counts


def main() -> int:
    """Write the deck that is asked for, or all."""
    asked = os.environ.get("CHAPTER", "")
    if asked and asked not in chapters():
        raise SystemExit(f"CHAPTER={asked}: expected one of {', '.join(chapters())}")
    for name, count in write(HTML, FOLDER, [asked] if asked else chapters()).items():
        print(f"{(FOLDER / name).relative_to(ROOT)}.html: {count} slides")
    return 0


if __name__ == "__main__":
    with book.alone():
        raise SystemExit(main())
