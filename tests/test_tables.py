"""Tables: what they show, and that text from a file stays text."""

import io

import numpy as np
import pandas as pd
from IPython.core.formatters import DisplayFormatter

from lib import tables
from lib.specifications import MODEL1, MODEL2


def csv(table: tables.Table) -> pd.DataFrame:
    forms, _ = DisplayFormatter().format(table)
    assert {"text/csv", "text/html", "text/markdown", "text/latex", "text/plain"} <= set(forms)
    return pd.read_csv(io.StringIO(forms["text/csv"]))


def test_what_is_shown_of_a_cell_and_what_its_file_holds():
    two = tables.Cell("2.00 (1.2)", {"": 2.0, "t": 1.25})
    frame = pd.DataFrame({
        "b": [tables.Cell("−0.333**", {"": -1 / 3, "p": 0.03}), two], "w": ["LM_IA", "–"],
        "i": [tables.Cell.interval(-1, 2 / 3), None], "share": [0.5, np.nan], "x": [0.1234, -2],
        "p": [0.0001, 0.0456], "n": [3, 12345],
    })  # fmt: skip
    table = tables.show(frame, digits={"share": lambda x: f"{x:.0%}", "x": 1})
    assert table.frame.iloc[0].tolist() == [
        "−0.333**", "LM × IA", "−1.00 to 0.67", "50%", "0.1", "< .001", "3"
    ]  # fmt: skip
    assert table.frame.iloc[1, [0, 4, 5, 6]].tolist() == ["2.00 (1.2)", "−2.0", ".046", "12,345"]
    assert table.words == ("w",) and tables.show(frame, index="row").frame.columns[0] == "row"
    assert table._repr_mimebundle_()["text/csv"].splitlines() == [
        "b,b p,b t,w,i low,i high,share,x,p,n",
        "-0.333333,0.03,,LM × IA,-1,0.666667,0.5,0.1234,0.0001,3",
        "2,,1.25,,,,,-2,0.0456,12345",
    ]
    latex = tables.Table(pd.DataFrame({"50 % & R² < −0.1_x": []}))._repr_latex_()
    assert r"50 \% \& R$^2$ $<$ $-$0.1\_x" in latex


def same(table: tables.Table, text: str) -> bool:
    """Whether a table shows these words, row by row; widths do not count."""
    shown_, told = repr(table).splitlines(), text.strip().splitlines()
    return [line.split() for line in shown_[: len(told)]] == [line.split() for line in told]


def test_tables_of_the_paper():
    frame = tables.printed((MODEL1, MODEL2)).frame.set_index("")
    assert frame.iloc[5].tolist() == ["", "(1.672)"] and frame.loc["LM"].tolist()[1] == "–"
    assert frame.loc["Hausman p"].tolist() == ["0.048", "0.046"]


def test_claims_over_four_cases_by_hand():
    names, every = ["reading", "heading", "row", "case"], ("paper", "clean", "step", "current")
    lines = [
        ("flow", "LM", [-0.5, 0.25, 0, 0], 0.2, "cannot tell", ("clean", "step")),
        ("flow", "LM_IA", [9.0, 9, 9, 9], 0.001, "no claim", ()),
        ("stock", "LM", [2.0, 1, 1, 1], 0.004, "supported", ()),
        ("flow, average", "LM", [3.0, 4, 3, 3], 0.04, "supported", every[1:]),
    ]
    cells = pd.DataFrame(
        [(reading, "Model 1", row, case, b, p, verdict, turns)
         for reading, row, slopes, p, verdict, turns in lines
         for case, b in zip(every, slopes, strict=True)],
        columns=[*names, "coef", "p", "verdict", "turns"],
    ).assign(printed=0.501, stars="**", clustered="opposed").set_index(names)  # fmt: skip
    table = tables.over_cases(cells, cells[["coef", "p"]])
    assert same(table, """
        Cell Reading Printed Paper's case p All cases Verdict Clustered by city Other verdict in
        Model 1: LM flow 0.501** −0.50 .200 −0.50 to 0.25 cannot tell opposed clean rows, without the step
        Model 1: LM flow, average 0.501** 3.00** .040 3.00 to 4.00 supported opposed all others
        Model 1: LM stock 0.501** 2.00*** .004 1.00 to 2.00 supported opposed –
    """)  # noqa: E501  # fmt: skip
    assert table.numbers["row"].tolist() == ["LM"] * 4 + ["LM × IA"] * 4 + ["LM"] * 8
    assert table.numbers["verdict"].tolist() == cells["verdict"].tolist()
