"""Files to take away: what they say is what the pages and `data` say."""

import json
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup

from lib import published


def test_claims_for_programs_are_every_printed_cell_under_both_readings(html: Path):
    cells = pd.DataFrame(json.loads((html / "_static/data/claims.json").read_text())["cells"])
    printed = pd.concat(published.coefficients(table) for table in (1, 2, 3))
    for _, own in cells.groupby("reading"):
        assert sorted(own["printed"]) == sorted(printed["coef"])
        assert sorted(own["printed_stars"]) == sorted(printed["stars"].str.len())
    assert set(cells["verdict"]) <= {"supported", "opposed", "cannot tell", "no claim"}


def test_the_panel_on_the_page_is_that_of_the_repository(html: Path):
    for page in ("notebooks/index.html", "notebooks/data.html"):
        soup = BeautifulSoup((html / page).read_text(encoding="utf-8"), "lxml")
        link = soup.select_one('a[href$="indicators.csv"]')
        assert (html / page).parent.joinpath(link["href"]).resolve().read_bytes() == Path(
            "data/indicators.csv"
        ).read_bytes()
