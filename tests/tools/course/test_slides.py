"""Decks of slides: what they show stands on the page, and nothing runs over the edge of a slide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tools.render import slides

OVER = """() => [...document.querySelectorAll("section.present :is(.slide, .body)")].some(
    each => each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1)"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("section.present .body > *")].map(
    each => +each.style.zoom || 1))"""


def figures(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def odd(page: str, document: str) -> list[str]:
    """Numbers that a deck shows or tells and that do not stand on its page."""
    article = BeautifulSoup(page, "html.parser").find("article")
    deck = BeautifulSoup(document, "html.parser").select_one(".slides")
    return sorted(figures(deck.get_text(" ")) - figures(article.get_text(" ")))


def test_a_page_becomes_question_argument_goals_displays_and_exercises():
    rows = "".join(f"<tr><th>{n}</th></tr>" for n in range(100, 130))
    page = Path(__file__).with_name("slides.html").read_text("utf-8").replace("ROWS", rows)
    made = slides.slides(page)
    assert [each.title for each in made] == [
        "1. A", "1. A", "<strong>By the end</strong>", "1.1. One", "Predict: 3?", "Table 1",
        "Up.", "1.1. One", "1.2. What survives", "Exercise 1",
    ]  # fmt: skip
    words = [" ".join(part.get_text(" ", strip=True) for part in each.body) for each in made]
    assert words[:2] == ["Why?", "So."] and words[3] == "Model is y = 2x" and words[4] == "Yes."
    # A table is on one slide; where it is too long the slide says so.
    assert words[5].startswith("100 101 ") and words[5].endswith(" 114 The page has more rows.")
    assert "fragment" in made[4].body[0]["class"]
    assert len(made[7].body[0].find_all("li")) == 2 and words[7] == "It shows. And so on ."
    assert words[9] == "Do." and "Time." in made[0].notes[0]
    document, count = slides.deck(page)
    assert count == len(made) and not odd(page, document)
    assert odd(page, document.replace("Yes.", "Yes, 17.5.")) == ["17.5"]


@pytest.mark.slow
def test_decks_show_what_their_pages_show_and_no_slide_runs_over_its_edge(
    rendered, browser, tmp_path
):
    html, decks = rendered("instructor"), tmp_path / "decks"
    slides.write(html, decks, slides.chapters())
    complaints: list[str] = []
    for name in slides.chapters():
        page = (html / "notebooks" / f"{name}.html").read_text("utf-8")
        document = (decks / f"{name}.html").read_text("utf-8")
        assert not odd(page, document), name
        article = BeautifulSoup(page, "html.parser").find("article")
        deck = BeautifulSoup(document, "html.parser").select_one(".slides")
        assert len(deck.select(".fragment")) == len(article.select("details.predict")), name
        assert not deck.select(".solution, form, script, [href^='http']"), name
        outside = [each for each in re.findall(r'(?:src|href)="([^"#]+)"', document)
                   if not (decks / each).exists()]  # fmt: skip
        assert not outside, f"{name}: loads {outside}"
        tab = browser.new_page(viewport={"width": 1024, "height": 768})
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("requestfailed", lambda request: complaints.append(request.url))
        tab.goto((decks / f"{name}.html").as_uri())
        tab.wait_for_selector("html[data-ready]", state="attached")
        for number in range(tab.evaluate("Reveal.getTotalSlides()")):
            tab.evaluate(f"Reveal.slide({number})")
            assert not tab.evaluate(OVER), f"{name}, slide {number + 1}: over its edge"
            assert tab.evaluate(SMALLEST) >= 0.6, f"{name}, slide {number + 1}: too small to read"
        tab.close()
    assert not complaints
