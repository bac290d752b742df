"""The front page: the board of verdicts."""

import shown as made_by_hand
from bs4 import BeautifulSoup

from studies import front


def test_a_board_of_three_cells_made_by_hand():
    board = front.Board(made_by_hand.judged())
    page = BeautifulSoup(board._repr_html_(), "html.parser")
    cells = [
        (
            " ".join(c["class"][1:]),
            c.summary.get_text().split(": ")[1],
            *(p.get_text() for p in c("p")[:-1]),
        )
        for c in page.select("details")
    ]
    assert cells == [
        ("opposed", "− opposed † °", "Slope −0.50, 95 % interval (printed **) −0.80 to −0.20",
         "p .033 by province", "p .111 clustered by city: cannot tell", "N 1,234, 56 cities",
         "clean rows: cannot tell", "current prices: supported"),
        ("cannot-tell", "+ cannot tell", "Slope 0.25, 95 % interval (printed **) −0.05 to 0.55",
         "p .205 by province", "p .112 clustered by city", "N 987, 56 cities"),
        ("supported only", "+ supported", "Slope 0.30, 90 % interval (printed *) 0.20 to 0.40",
         "p .072 by city only", "p .004 clustered by city", "N 1,234, 56 cities"),
        ("cannot-tell only", "− cannot tell †",
         "Slope −0.20, 90 % interval (printed *) −0.30 to −0.10", "p .503 by city only",
         "p .200 clustered by city", "N 987, 56 cities", "without the step: supported"),
        ("no-claim only", "− no claim", "Slope −0.10, 95 % interval −0.20 to 0.00",
         "p .604 by city only", "p .300 clustered by city", "N 1,234, 56 cities"),
        ("no-claim only", "+ no claim", "Slope 0.40, 95 % interval 0.30 to 0.50",
         "p .001 by city only", "p .002 clustered by city", "N 987, 56 cities"),
    ]  # fmt: skip
    assert [of.get_text() for of in page.select("summary .of")] == ["Flow: ", "Stock: "] * 3
    assert [head["class"] for head in page.select("thead th[class]")] == [["of-flow"], ["of-stock"]]
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
    zh = front.Board(made_by_hand.judged(), {"opposed": "相反", "by province": "按省"})
    tiles = BeautifulSoup(zh._repr_html_(), "html.parser").select("details")
    assert (tiles[0]["class"], tiles[0].summary.get_text()) == (
        ["tile", "opposed"],
        "Flow: − 相反 † °",
    )
    assert tiles[0].select("p")[1].get_text() == "p .033 按省"
    links = [a["href"] for a in body.select("tr.head a, details a")]
    assert links[0] == "04-1-overall.html" and "04-4-reaches.html" in links
    assert links[2] == "explorer.html#column=model1&term=LM&mobility=flow"
