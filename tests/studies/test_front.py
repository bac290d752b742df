"""The board of verdicts."""

import shown
from bs4 import BeautifulSoup

from studies import front


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
        "1 supported (1 pale) · 1 opposed · 0 cannot tell",
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
