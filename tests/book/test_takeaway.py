"""Files to take away: what they say is what the pages and `data` say."""

import json
from pathlib import Path

import pandas as pd

from lib import published


def test_claims_for_programs_are_every_printed_cell_under_both_readings(html: Path):
    cells = pd.DataFrame(json.loads((html / "_static/data/claims.json").read_text())["cells"])
    printed = pd.concat(published.coefficients(table) for table in (1, 2, 3))
    for _, own in cells.groupby("reading"):
        assert sorted(own["printed"]) == sorted(printed["coef"])
        assert sorted(own["printed_stars"]) == sorted(printed["stars"].str.len())
    assert set(cells["verdict"]) <= {"supported", "opposed", "cannot tell", "no claim"}
