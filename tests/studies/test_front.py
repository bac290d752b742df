"""The front page: the board of verdicts."""

import shown as made_by_hand
from bs4 import BeautifulSoup

from studies import front


def test_a_board_of_three_cells_made_by_hand():
    board = front.Board(made_by_hand.judged())
    page = BeautifulSoup(board._repr_html_(), "html.parser")
    cells = [
        (" ".join(c["class"][1:]), c.summary.get_text(), *(p.get_text() for p in c("p")[:-1]))
        for c in page.select("details")
    ]
    assert cells[0] == (
        "opposed", "Flow, paper's case: − opposed [cannot tell]",
        "Slope −0.50, 95 % interval (printed **) −0.80 to −0.20", "p .033, jackknife by province",
        "p .111, usual formula by city", "N 1,234, 56 cities",
    )  # fmt: skip
    assert [cell[:2] for cell in cells[1:4]] == [
        ("cannot-tell", "Flow, mended: + cannot tell"),
        ("cannot-tell", "Stock, paper's case: + cannot tell"),
        ("cannot-tell", "Stock, mended: − cannot tell"),
    ]
    assert cells[4][1:4] == (
        "Flow, paper's case: + supported",
        "Slope 0.30, 90 % interval (printed *) 0.20 to 0.40",
        "p .072, jackknife by city",
    )
    assert [head.get_text() for head in page.select("thead th")[2:]] == [
        "Flow, paper's case1 supported · 1 opposed · 0 cannot tell",
        "Flow, mended0 supported · 0 opposed · 3 cannot tell",
        "Stock, paper's case0 supported · 0 opposed · 2 cannot tell",
        "Stock, mended0 supported · 0 opposed · 3 cannot tell",
    ]
    body = page.select_one("tbody")
    lines = [[cell.get_text() for cell in line(["th", "td"])[:2]] for line in body("tr")]
    assert lines == [
        ["Table 1, Model 1"], ["Labour mobility (LM)", "0.501**"],
        ["Table 3, Upper reach (jackknife by city)"],
        ["Labour mobility (LM)", "0.747*"], ["Industrial agglomeration (IA)", "0.442"],
    ]  # fmt: skip


def test_the_tiles_of_a_recommendation_count_its_slopes():
    """By hand: on mended rows the three slopes of LM change their signs."""
    said = made_by_hand.judged()
    said["says"] = said["verdict"].where(said["coef"] > 0, "opposed").replace("no claim", "opposed")
    board = front.Advice(said, {"IA": "Build", "LM": "Let <move>"})
    whole = "1 supported, 1 opposed"
    one = "opposed (1 of 2)"
    assert board.tiles().to_numpy().tolist() == [
        ["opposed", "cannot tell", "opposed", "opposed", "opposed"],
        [whole, one, one, one, "for and against"],
    ]
    page = BeautifulSoup(board._repr_html_(), "html.parser")
    assert [len(tile("p")) for tile in page("details")] == [1] * 4 + [2] * 4
    assert "<move>" not in board._repr_html_()
