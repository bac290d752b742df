"""What readers take away: citations, claims for programs, pictures, no page."""

import json
from hashlib import sha256
from urllib.parse import urlsplit

import check_jsonschema
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from lib import panel, published, verdicts
from tools.render.book import ROOT


@pytest.fixture
def address(html) -> str:
    return (html / "notebooks" / "ledger.html").as_uri()


def test_claims_follow_their_schema_and_are_every_printed_cell_of_a_named_panel(html):
    file = html / "_static" / "data" / "claims.json"
    with pytest.raises(SystemExit, match=r"^0$"):
        check_jsonschema.main(["--schemafile", str(ROOT / "data/claims.schema.json"), str(file)])
    claims = json.loads(file.read_text(encoding="utf-8"))
    cells, printed = pd.DataFrame(claims["cells"]), published.coefficients()
    for _, own in cells.groupby(["reading", "case"]):
        assert sorted(own["printed"]) == sorted(printed["coef"])
        assert sorted(own["printed_stars"]) == sorted(printed["stars"].str.len())
    assert set(cells["verdict"]) <= {*verdicts.VERDICTS, "no claim"}
    assert set(cells) == set(claims["fields"])
    shipped = (panel.DATA / "indicators.csv").read_bytes()
    assert claims["panel"]["sha256"] == sha256(shipped).hexdigest()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert claims["version"] == cited["version"]
    assert claims["paper"]["title_zh"] == cited["references"][0]["title"]
    mended = cells["case"].eq("mended") & (cells["printed_stars"] > 0)
    said, outcome = cells.loc[mended, "verdict"].value_counts(), claims["outcome"]
    assert outcome["result"] == "mixed" and 0 < said["supported"] < said.sum()
    assert {word.replace(" ", "_"): n for word, n in said.items()}.items() <= outcome.items()


def test_a_chart_is_saved_as_png_in_light_colours_on_white(tab, tmp_path):
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="PNG of fig-ledger").click()
    assert saved.value.suggested_filename == "fig-ledger.png"
    saved.value.save_as(tmp_path / "saved.png")
    picture = np.asarray(Image.open(tmp_path / "saved.png").convert("RGB"))
    assert picture.shape[1] > 1000 and (picture[0] == 255).all()
    assert picture.min() < 60 and 0.5 < (picture.min(axis=2) > 200).mean() < 0.999
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_an_address_that_leads_nowhere_leads_to_the_front_page_and_to_the_search(html, browser):
    """As on a server that has the book in a folder of its own."""
    tab, base = browser.new_page(), "http://a.server/belt/"

    def serve(route):
        file = html / urlsplit(route.request.url).path.removeprefix("/belt/")
        route.fulfill(path=file if file.is_file() else html / "404.html")

    tab.route("**/*", serve)
    for place in ("nothing.html", "notebooks/nothing.html", "book/a/b/nothing"):
        tab.goto(f"{base}{place}")
        hrefs = tab.locator("a").evaluate_all("all => all.map((each) => each.href)")
        assert hrefs == [f"{base}notebooks/index.html", f"{base}notebooks/zh.html"]
        tab.get_by_role("searchbox").fill("hukou")
        tab.get_by_role("button", name="Search").click()
        tab.wait_for_url(f"{base}search.html?q=hukou")
    tab.close()
