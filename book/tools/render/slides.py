"""Decks of slides, one a chapter, out of the built pages: ``make slides [CHAPTER=name]``.

A deck shows what stands on the chapter's page and nothing else: question and answer, goals, the
argument a sentence a line, equations, regressions in sight, figures under their finding, tables,
predictions with the answer as a step, and exercises.  The teaching note is the speaker's note of
the first slide (key S).  ``_build/slides/NAME.html`` opens without a network, and
``NAME.html?print-pdf`` prints.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, chain
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from tools.render import book, notebooks, pdf

ROOT = notebooks.ROOT
HTML = ROOT / "_build" / "instructor"
FOLDER = ROOT / "_build" / "slides"
SHEETS = ("styles/pydata-sphinx-theme.css", "pygments.css", "palette.css", "book.css")
# What works only on its page, or leads somewhere.
_LEFT = "script, link, form, .headerlink, .table-files, .copybtn, .removal, .explorer, .belt-map"
LINES = 15
"""Most lines of a table on a slide; a longer one ends there, and the slide says so."""
WORDS = 120
"""About so many words on a slide; the next slide has the rest of the argument."""
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
    title = _inner(top.h1)
    parts = top.find_all(lambda part: part.name not in {"h1", "span", "section"}, recursive=False)
    sections = top.find_all("section", recursive=False)
    goals = next((n for n, part in enumerate(parts) if part.name == "ul"), len(parts) + 1)
    ends = (n for n, part in enumerate(parts) if n == goals - 1 or part.name != "p")
    first = next(ends, len(parts))
    notes = [part for note in top.select(".teaching") for part in note.contents]
    deck = [Slide(title, parts[: min(first, 1)], "opening", notes=notes)]
    deck += _argument(title, parts[1:first])
    heads = parts[goals - 1 : goals]
    deck += [Slide(_inner(head), parts[goals : goals + 1]) for head in heads]
    deck += _displays(parts[first : goals - 1] + parts[goals + 1 :], title)
    for section in sections:
        deck += _exercises(section) if section.select(".exercise") else _section(section)
    return deck


def _section(section: Tag) -> list[Slide]:
    """The argument of a section and its displays, and those of the sections in it."""
    parts = [part for part in section.find_all(recursive=False) if part.name[0] not in "hs"]
    below = (_section(part) for part in section.find_all("section", recursive=False))
    return [*_displays(parts, _inner(section.find(["h2", "h3"]))), *chain(*below)]


def _exercises(section: Tag) -> list[Slide]:
    """A slide for each exercise, without its solution."""
    heading = _inner(section.h2)
    return [
        Slide(_inner(each.find(class_="admonition-title")), each.section.find_all(recursive=False),
              about=heading)
        for each in section.select(".exercise")
    ]  # fmt: skip


def _displays(parts: list[Tag], heading: str) -> list[Slide]:
    """A slide for each display, and before it the argument that leads to it."""
    found: list[Slide] = []
    words: list[Tag] = []
    for part in parts:
        if slide := _display(part, heading, words):
            shown = words and words[-1] in slide.body
            found += [*_argument(heading, words[:-1] if shown else words), slide]
            words = []
        elif part.name in {"p", "ul", "ol", "dl"}:
            words.append(part)
    found += _argument(heading, words)
    for each in found:
        each.about = heading if each.title != heading else ""
    return found


def _argument(heading: str, parts: Iterable[Tag]) -> list[Slide]:
    """Slides of what a page says: a sentence, or a point of a list, a line; all about as full."""
    points = chain(*(part.find_all(["li", "dd"]) or [part] for part in parts))
    lines: list[Tag] = []
    head = ""  # a few bold words stand with the sentence below them
    for sentence in chain(*map(_sentences, points)):
        line = BeautifulSoup(f"<li>{head} {sentence}</li>", "html.parser").li
        short = sentence.startswith("<strong>") and len(line.get_text().split()) < 10
        head = f"{head} {sentence}" if short else ""
        if not short:
            lines.append(line)
    if head:
        lines.append(line)
    ends = [*accumulate(len(line.get_text().split()) for line in lines)]
    number = -(-ends[-1] // WORDS) if lines else 0
    slides = [Slide(heading, [BeautifulSoup("<ul></ul>", "html.parser").ul]) for _ in range(number)]
    for line, start, end in zip(lines, [0, *ends], ends, strict=False):
        slides[int((start + end) / 2 * number / ends[-1])].body[0].append(line)
    return [slide for slide in slides if slide.body[0].li]


def _sentences(part: Tag) -> list[str]:
    """The sentences of a part: the source has each on a line of its own."""
    return [line for line in part.decode_contents().split("\n") if line.strip()]


def _display(part: Tag, heading: str, words: list[Tag]) -> Slide | None:
    """The slide of a part of a page: none where it shows nothing or is folded."""
    classes = {*part.get("class", [])}
    figure, table = part.find("figure"), part.find("table")
    if "math" in classes:
        return Slide(heading, [*[each for each in words[-1:] if each.name == "p"], part])
    elif "predict" in classes:
        answer = part.select_one(".sd-summary-content")
        answer["class"] = ["answer", "fragment"]
        return Slide(_inner(part.select_one(".sd-summary-text")), [answer])
    elif part.name != "div" or {"tag_hide-output", "tag_hide-cell"} & classes:
        return None
    elif figure:
        caption = figure.select_one(".caption-text")
        finding = caption.strong.extract()
        figure.select_one(".caption-number").insert_after(caption)
        figure.figcaption["class"] = "legend"
        return Slide(_inner(finding), [figure.svg, figure.figcaption], "drawn")
    elif table and table.caption:
        return _table(table, part.select(".table-note"))
    elif "tag_hide-input" not in classes and part.select_one(".cell_input + .cell_output"):
        return Slide(heading, [part.select_one(".cell_input pre"), part.select_one(".cell_output")])
    return None


def _table(table: Tag, notes: list[Tag]) -> Slide:
    """A table under its caption, on one slide."""
    title, height = _inner(table.caption.extract()), 0
    rows = table.select("tbody tr")
    for number, row in enumerate(rows):
        height += 1 + max(len(cell.get_text()) for cell in row.find_all(["td", "th"])) // LETTERS
        if number and height > LINES:
            for left in rows[number:]:
                left.extract()
            more = BeautifulSoup('<p class="more">The page has more rows.</p>', "html.parser").p
            return Slide(title, [table, more, *notes])
    return Slide(title, [table, *notes])


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
        *head, '</head><body><div class="reveal"><div class="slides">', *sections,
        "</div></div></body></html>\n",
    )  # fmt: skip
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
