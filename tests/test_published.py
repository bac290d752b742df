"""The printed tables, against the paper's own text."""

from lib import published

# Read off the paper's pages, not off data/published; adjusted R2 and Hausman's p last.
PRINTED = """
    1 model1     LM  0.501**(2.131)  IA  0.287*(1.643)    adj_r2 0.934 hausman_p 0.048
    1 model2     LM_IA 0.372*(1.672) ODI 0.613*(1.859)    TE -2.679**(-2.391)
    1 model2     GR  0.214***(2.673) RLR 0.348***(2.881)  RISSL -0.620**(-3.472)
    1 model2     adj_r2 0.932        hausman_p 0.046
    2 2008-2016  LM  0.843*(1.960)   IA  1.198(1.232)     LM_IA 0.214(0.312)
    2 2008-2016  adj_r2 0.834        hausman_p 0.036
    2 2017-2023  LM  0.348**(1.974)  IA  0.359*(1.655)    LM_IA 0.342*(1.643)
    2 2017-2023  adj_r2 0.721        hausman_p 0.051
    3 upper      LM  0.747*(1.895)   IA  0.442(0.673)     LM_IA 0.331(0.515)
    3 upper      adj_r2 0.674        hausman_p 0.041
    3 middle     LM  0.658**(2.343)  IA  0.388(0.563)     LM_IA 0.386*(1.698)
    3 middle     adj_r2 0.546        hausman_p 0.061
    3 lower      LM  0.385**(2.198)  IA  0.575*(1.785)    LM_IA 0.277*(1.640)
    3 lower      adj_r2 0.812        hausman_p 0.054
"""


def test_every_printed_cell_is_the_papers():
    cells = {
        (cell.table, cell.column, cell.row): f"{cell.coef:.3f}{cell.stars}({cell.t:.3f})"
        for cell in published.coefficients().itertuples()
    }
    for line in PRINTED.strip().splitlines():
        table, column, *words = line.split()
        for row, cell in zip(words[::2], words[1::2], strict=True):
            key = int(table), column, row
            assert cell == (cells.pop(key) if "(" in cell else published.text(*key))
    assert not cells
