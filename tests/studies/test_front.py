"""The board, and the front page's figures."""

import numpy as np
import pandas as pd
import pytest
import shown
from bs4 import BeautifulSoup

from lib.estimation import two_way_fe
from lib.specifications import MODEL1, STOCK, rows
from studies import front


def test_model_1_with_own_paths_is_that_of_the_estimator(data):
    found = front.model1(data).set_index(["effects", "reading"])
    fit = two_way_fe(rows(data, STOCK, MODEL1), "REG", MODEL1.terms, "start")
    assert found.loc[("start", "stock"), "coef"] == pytest.approx(fit.coef["LM"])
    low, high = fit.jackknife.loc["LM", ["low", "high"]]
    assert found.loc[("start", "stock"), "low"] == pytest.approx(low)
    assert found.loc[("start", "stock"), "high"] == pytest.approx(high)


def test_a_board_of_three_cells_made_by_hand():
    page = BeautifulSoup(front.Board(shown.ledger())._repr_html_(), "html.parser")

    def cells(kind):
        return [
            (" ".join(c["class"][1:]), c.summary.get_text(), *(p.get_text() for p in c("p")[:-1]))
            for c in page.select(f".by-{kind} details")
        ]

    city = "decided by city"
    assert cells("jackknife") == [
        ("opposed firm", "− opposed", "Slope −0.50, 95 % interval (printed **) −0.60 to −0.40",
         "p .004, N 1,234, 56 cities", "by province: p .033", f"{city} and province"),
        ("supported", "+ supported", "Slope 0.25, 95 % interval (printed **) 0.15 to 0.35",
         "p .021, N 987, 56 cities", "by province: p .205", f"{city} alone"),
        ("supported", "+ supported", "Slope 0.30, 90 % interval (printed *) 0.20 to 0.40",
         "p .072, N 1,234, 56 cities", f"{city}, provinces too few"),
        ("cannot-tell", "− cannot tell", "Slope −0.20, 90 % interval (printed *) −0.30 to −0.10",
         "p .503, N 987, 56 cities"),
        ("no-claim", "− no claim", "Slope −0.10, 95 % interval −0.20 to 0.00",
         "p .604, N 1,234, 56 cities"),
        ("no-claim", "+ no claim", "Slope 0.40, 95 % interval 0.30 to 0.50",
         "p .001, N 987, 56 cities"),
    ]  # fmt: skip
    assert [cell[:2] for cell in cells("province")] == [
        ("opposed", "− opposed"), ("cannot-tell", "+ cannot tell")
    ]  # fmt: skip
    assert cells("province")[0][3] == "p .033, N 1,234, 56 cities"
    counts = [head.get_text() for head in page.select("thead small")]
    assert counts == [
        "1 supported (0 firm) · 1 opposed (1 firm) · 0 cannot tell",
        "1 supported (0 firm) · 0 opposed (0 firm) · 1 cannot tell",
        "0 supported · 1 opposed · 0 cannot tell", "0 supported · 0 opposed · 1 cannot tell",
        "1 supported · 1 opposed · 0 cannot tell", "1 supported · 1 opposed · 0 cannot tell",
    ]  # fmt: skip
    first = page.select_one(".by-jackknife tbody")
    lines = [[cell.get_text() for cell in line(["th", "td"])[:2]] for line in first("tr")]
    assert lines == [
        ["Table 1, Model 1"], ["Labour mobility (LM)", "0.501**"], ["Table 3, Upper reach"],
        ["Labour mobility (LM)", "0.747*"], ["Industrial agglomeration (IA)", "0.442"],
    ]  # fmt: skip
    links = [a["href"] for a in first.select("tr.head a, details a")]
    assert links[:3] == [
        "04-1-overall.html", "ledger.html?cell=Model+1%3A+LM&reading=flow#tab-ledger",
        "explorer.html#column=model1&term=LM&mobility=flow",
    ]  # fmt: skip
    assert links[4].endswith("mobility=stock") and "04-4-reaches.html" in links
    key = page.select_one(".key").get_text()
    assert "90 % for *, 95 % for ** and without a star, 99 % for ***" in key
    meanings = {li.span.get_text(): li.get_text() for li in page.select(".key li") if li.span}
    assert "the printed sign" in meanings["supported"] and "other sign" in meanings["opposed"]
    labels = [label.get_text().strip() for label in page.select("label")]
    assert [label.split()[2 if at < 2 else 0] for at, label in enumerate(labels)] == [
        "city", "province", "classical,"
    ]  # fmt: skip
    lines = [" ".join(line.split()) for line in repr(front.Board(shown.ledger())).split("\n")[2:]]
    assert lines == [
        "Model 1: LM opposed, city and province supported, city alone",
        "Upper reach: LM supported, city, provinces too few cannot tell",
        "Upper reach: IA no claim no claim",
    ]


def test_the_picture_of_the_front_page_by_hand():
    ways = [
        (path, reading) for path in ("twoway", "start", "trend") for reading in ("flow", "stock")
    ]
    slopes = pd.DataFrame(ways, columns=["effects", "reading"])
    ends = ["coef", "low", "high", "province_low", "province_high"]
    steps = np.array([0, -0.1, 0.1, -0.2, 0.2])
    slopes[ends] = np.arange(6)[:, None] / 2 - 1 + steps
    given = pd.DataFrame([0.3 + steps, 0.8 + steps], ["start", "nothing"], ends)
    found = {}
    for ax in front.picture(slopes, given).figure.axes:
        names = [text.get_text() for text in ax.get_yticklabels()]
        marks = [(*line.get_xydata()[0], line.get_marker()) for line in ax.lines[1:]]
        thick, thin = ([list(s[:, 0].round(9)) for s in c.get_segments()] for c in ax.collections)
        for (x, y, mark), (name, at), *pair in zip(
            marks, zip(names, ax.get_yticks(), strict=True), thick, thin, strict=True
        ):
            assert y == at
            assert np.allclose(pair, [[x - 0.1, x + 0.1], [x - 0.2, x + 0.2]])
            found[name] = mark
    assert found == {
        "flow\n−1.00": "o", "stock\n−0.50": "s", "flow, 2008\n0.00": "o", "stock, 2008\n0.50": "s",
        "flow, trend\n1.00": "o", "stock, trend\n1.50": "s",
        "start given\n0.30": "D", "not given\n0.80": "D",
    }  # fmt: skip
