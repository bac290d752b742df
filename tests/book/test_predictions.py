"""A prediction comes before its answer; without a script and on paper nothing is lost."""

import pytest


@pytest.fixture(scope="module")
def address(html):
    return (html / "notebooks/04-1-overall.html").as_uri()


def covered(page):
    return page.locator("#fig-overall-scatter")


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
    assert tab.locator("form.guess").count() == tab.locator("details.predict").count() - 1


def test_a_reader_may_see_the_answer_without_saying_anything(tab):
    tab.locator("form.guess").first.get_by_role("button", name="Show the answer").click()
    assert covered(tab).is_visible()
    assert tab.locator(".said").count() == 0


def test_text_before_the_figure_is_covered_too(tab, html):
    tab.goto((html / "notebooks/03-model-and-data.html").as_uri())
    said = tab.get_by_text("The stock is 0.", exact=False).first
    assert not said.is_visible() and not tab.locator("#fig-mobilities svg").is_visible()
    tab.locator("form.guess").get_by_role("button", name="Show the answer").click()
    assert said.is_visible() and tab.locator("#fig-mobilities svg").is_visible()


def test_text_behind_the_output_is_covered_too(tab, html):
    tab.goto((html / "notebooks/07-inference.html").as_uri())
    said = tab.get_by_text("of the variation, and Anhui has", exact=False).first
    assert not said.is_visible()
    tab.locator("form.guess").first.get_by_role("button", name="Show the answer").click()
    assert said.is_visible()


def test_a_link_to_a_covered_figure_shows_it(tab):
    tab.evaluate("location.hash = '#fig-overall-scatter'")
    covered(tab).wait_for(state="visible", timeout=5000)


def test_paper_covers_nothing(tab):
    tab.emulate_media(media="print")
    assert covered(tab).is_visible()
    assert not tab.locator("form.guess").first.is_visible()


def test_without_a_script_nothing_is_covered(browser, address):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert covered(page).is_visible()
    assert page.locator("details.predict").first.is_visible()
    page.close()
