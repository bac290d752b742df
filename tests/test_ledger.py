"""The ledger's table of three cells made by hand."""

import shown

from lib import tables

ROWS = """
Model 1: LM     | flow  | 0.501** | −0.50** (0.10)  | opposed [cannot tell] | 0.50** (0.10)   | cannot tell
Model 1: LM     | stock | 0.501** | 0.25 (0.10)     | cannot tell           | −0.25 (0.10)    | cannot tell
Upper reach: LM | flow  | 0.747*  | 0.30* (0.10)    | supported             | −0.30* (0.10)   | cannot tell [supported]
Upper reach: LM | stock | 0.747*  | −0.20 (0.10)    | cannot tell           | 0.20 (0.10)     | cannot tell
Upper reach: IA | flow  | 0.442   | −0.10 (0.10)    | no claim              | 0.10 (0.10)     | cannot tell [no claim]
Upper reach: IA | stock | 0.442   | 0.40*** (0.10)  | no claim              | −0.40*** (0.10) | cannot tell [no claim]
"""  # noqa: E501


def test_the_ledger_of_three_cells_by_hand():
    table = tables.ledger(shown.judged())
    lines = [[part.strip() for part in line.split("|")] for line in ROWS.strip().splitlines()]
    assert table.frame.to_numpy().tolist() == lines
    assert [*table.frame][3:] == [
        "Paper's case",
        "Verdict, paper's case",
        "Mended",
        "Verdict, mended",
    ]
    numbers = table.numbers
    assert numbers["clustered_p"].tolist() == [
        each for p in (0.111, 0.112, 0.004, 0.2, 0.3, 0.002) for each in (p, p)
    ]
    assert numbers["printed_stars"].tolist() == [2] * 4 + [1] * 4 + [0] * 4
    assert numbers["case"].tolist() == ["paper", "mended"] * 6
