"""The figures of the page on all choices, found in another way."""

from collections import Counter

import numpy as np
import pytest


def test_a_guess_is_the_most_frequent_verdict_counted_one_by_one(page):
    rows = page.plain.to_dict("records")
    cells = {}
    for row in rows:
        cells.setdefault(tuple(row[choice] for choice in page.best), Counter())[row["said"]] += 1
    right = sum(count.most_common(1)[0][1] for count in cells.values())
    assert page.guess[page.best] == pytest.approx(right / len(rows))
    assert len(page.best) == 4 and page.guess.max() == page.guess[page.best]


def test_neighbours_of_a_city_by_hand(page):
    """The mean stock of the cities within 150 km, by the law of cosines."""
    places = page.data.groupby("city")[["lon", "lat"]].first().map(np.radians)
    at = places.loc["Wuhan"]
    angle = np.sin(at["lat"]) * np.sin(places["lat"]) + np.cos(at["lat"]) * np.cos(
        places["lat"]
    ) * np.cos(places["lon"] - at["lon"])
    near = places.index[(6371 * np.arccos(angle.clip(upper=1)) < 150) & (places.index != "Wuhan")]
    of_year = page.data.query("year == 2015").set_index("city")["lm_stock"]
    found = page.near.set_index(["city", "year"]).loc[("Wuhan", 2015), "near"]
    assert len(near) > 3 and found == pytest.approx(of_year[near].mean())
