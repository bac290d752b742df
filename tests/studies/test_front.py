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
    board = front.Board(shown.ledger(), shown.cases())
    page = BeautifulSoup(board._repr_html_(), "html.parser")
    cells = [
        (" ".join(c["class"][1:]), c.summary.get_text(), *(p.get_text() for p in c("p")[:-1]))
        for c in page.select("details")
    ]
    assert cells == [
        ("opposed", "− opposed †", "Slope −0.50, 95 % interval (printed **) −0.80 to −0.20",
         "p .033 by province, .004 by city", "N 1,234, 56 cities",
         "without recounts and moved borders: cannot tell", "output in current prices: supported"),
        ("cannot-tell", "+ cannot tell", "Slope 0.25, 95 % interval (printed **) −0.05 to 0.55",
         "p .205 by province, .021 by city", "N 987, 56 cities"),
        ("supported only", "+ supported", "Slope 0.30, 90 % interval (printed *) 0.20 to 0.40",
         "p .072 by city only", "N 1,234, 56 cities"),
        ("cannot-tell only", "− cannot tell †",
         "Slope −0.20, 90 % interval (printed *) −0.30 to −0.10", "p .503 by city only",
         "N 987, 56 cities", "the step of 2019 out of the shares: supported"),
        ("no-claim only", "− no claim", "Slope −0.10, 95 % interval −0.20 to 0.00",
         "p .604 by city only", "N 1,234, 56 cities"),
        ("no-claim only", "+ no claim", "Slope 0.40, 95 % interval 0.30 to 0.50",
         "p .001 by city only", "N 987, 56 cities"),
    ]  # fmt: skip
    assert [head.get_text() for head in page.select("thead small")] == [
        "1 supported (1 by city only) · 1 opposed · 0 cannot tell",
        "0 supported · 0 opposed · 2 cannot tell",
    ]
    body = page.select_one("tbody")
    lines = [[cell.get_text() for cell in line(["th", "td"])[:2]] for line in body("tr")]
    assert lines == [
        ["Table 1, Model 1"], ["Labour mobility (LM)", "0.501**"], ["Table 3, Upper reach"],
        ["Labour mobility (LM)", "0.747*"], ["Industrial agglomeration (IA)", "0.442"],
    ]  # fmt: skip
    links = [a["href"] for a in body.select("tr.head a, details a")]
    assert links[:3] == [
        "04-1-overall.html", "ledger.html?cell=Model+1%3A+LM&reading=flow#tab-ledger",
        "explorer.html#column=model1&term=LM&mobility=flow",
    ]  # fmt: skip
    assert links[4].endswith("mobility=stock") and "04-4-reaches.html" in links
    key = page.select_one(".key").get_text()
    assert "90 % for *, 95 % for ** and without a star, 99 % for ***" in key
    meanings = {li.span.get_text(): li.get_text() for li in page.select(".key li") if li.span}
    assert "the printed sign" in meanings["supported"] and "other sign" in meanings["opposed"]
    assert "by city only" in meanings["pale"]
    lines = [" ".join(line.split()) for line in repr(board).split("\n")[2:]]
    assert lines == [
        "Model 1: LM opposed, province † cannot tell, province",
        "Upper reach: LM supported, city only cannot tell, city only †",
        "Upper reach: IA no claim, city only no claim, city only",
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
