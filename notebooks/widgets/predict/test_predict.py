"""A prediction comes before its answer; without a script and on paper nothing is lost."""

import re

import pytest
from playwright.sync_api import expect

from tools.render import notebooks

FIGURE = re.compile(r"[−.]?\d[\d.,]*\d")
# Of each question: what it asks; its answer; texts and outputs in sight from there to the end of
# the section or the next question; and what can be read or heard before the end of the section.
READ = """() => [...document.querySelectorAll('form.guess')].map(form => {
    const article = document.querySelector('article'), open = [], later = [];
    let next = form.nextElementSibling;
    const answer = next.querySelector('.sd-card-body').textContent;
    while ((next = next.nextElementSibling) && !next.matches('section, form'))
        open.push(...(next.matches('.cell') ? next.querySelectorAll('.cell_output') : [next]));
    for (let at = form; at != article; at = at.parentElement)
        for (next = at; next = next.nextElementSibling;)
            if (at != form || next.matches('section')) later.push(next);
    later.forEach(each => { each.style.display = 'none'; });
    const charts = [...article.querySelectorAll('svg[role=img]')].filter(e => e.checkVisibility());
    const read = [article.innerText, ...charts.map(each => each.getAttribute('aria-label'))];
    later.forEach(each => { each.style.display = ''; });
    return [form.querySelector('p').innerText, answer, read.join(' '),
            open.filter(each => each.checkVisibility()).map(each => each.textContent)];
})"""


@pytest.fixture(scope="module")
def address(html):
    return (html / "notebooks/04-1-overall.html").as_uri()


def covered(page):
    return page.locator("#fig-overall-scatter")


def test_nothing_in_sight_gives_an_answer_away(browser, html):
    """No figure of it stands above the question or in its section, whose rest is covered."""
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    mark = ":class-container: predict"
    pages = [pair.name for pair in notebooks.pairs() if mark in pair.text.read_text("utf-8")]
    assert len(pages) > 5
    for page in pages:
        tab.goto((html / "notebooks" / f"{page}.html").as_uri())
        questions = tab.evaluate(READ)
        assert questions, page
        for asked, answer, read, below in questions:
            given = ({*FIGURE.findall(answer)} - {*FIGURE.findall(asked)}) & {*FIGURE.findall(read)}
            assert not given, f"{page}: {asked} {given}"
            assert not below, f"{page}: {asked} {below[0][:80]}"
    tab.close()


def test_an_answer_is_covered_until_a_reader_has_committed_and_stays_open_afterwards(tab):
    assert not covered(tab).is_visible()
    form = tab.locator("form.guess").first
    form.get_by_role("button", name="Commit").click()
    assert not covered(tab).is_visible()  # nothing was said
    form.get_by_role("textbox").fill("a third")
    form.get_by_role("button", name="Commit").click()
    assert covered(tab).is_visible()
    assert "You said: a third" in tab.locator("details.predict").first.inner_text()
    tab.reload()
    covered(tab).wait_for(state="visible", timeout=5000)
    assert tab.locator("form.guess").count() == tab.locator("details.predict").count() - 1 == 0
    tab.goto(tab.url.replace("04-1-overall", "03-model-and-data"))
    tab.locator("form.guess").first.get_by_role("button", name="Show the answer").click()
    assert tab.locator("form.guess").count() == tab.locator("details.predict").count() - 1


def test_on_paper_which_is_light_and_without_a_script_nothing_is_covered(tab, browser, address):
    tab.emulate_media(color_scheme="dark")
    tab.emulate_media(media="print")
    expect(tab.locator("article p:not(.admonition-title)").first).to_have_css(
        "color", "rgb(26, 26, 26)"
    )
    assert covered(tab).is_visible()
    assert not tab.locator("form.guess").first.is_visible()
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert covered(page).is_visible()
    page.close()
