"""The ledger's table of three cells made by hand, by the page's own code."""

import shown

from tools.render import notebooks

ROWS = """
Model 1: LM     | flow  | opposed     | 0.501** | −0.500** | .033 | cannot tell | clean, current
Model 1: LM     | stock | cannot tell | 0.501** | 0.250    | .205 | cannot tell | –
Upper reach: LM | flow  | supported   | 0.747*  | 0.300*   | .072 | supported   | –
Upper reach: LM | stock | cannot tell | 0.747*  | −0.200   | .503 | cannot tell | step
Upper reach: IA | flow  | no claim    | 0.442   | −0.100   | .604 | no claim    | –
Upper reach: IA | stock | no claim    | 0.442   | 0.400*** | .001 | no claim    | –
"""


def test_the_ledger_of_three_cells_by_hand(page):
    names = {**vars(page), "paper": shown.judged().xs("paper", level="case")}
    cells = notebooks.read(notebooks.Pair(notebooks.ROOT, "ledger")).cells
    exec([cell.source for cell in cells if "table" in cell.metadata][-1], names)
    lines = [[part.strip() for part in line.split("|")] for line in ROWS.strip().splitlines()]
    assert names["shown"].to_numpy().tolist() == lines
    assert names["numbers"]["clustered_p"].tolist() == [0.111, 0.112, 0.004, 0.2, 0.3, 0.002]
    assert names["numbers"]["printed_stars"].tolist() == [2, 2, 1, 1, 0, 0]
