"""Tables: what they show, and that text from a file stays text."""

import io
import re

import numpy as np
import pandas as pd
import pytest
import shown
from IPython.core.formatters import DisplayFormatter
from markdown_it import MarkdownIt

from lib import tables
from lib.estimation import Estimate
from lib.specifications import MODEL1, MODEL2, UPPER
from lib.two_stage import IVEstimate

HOSTILE = [
    "{download}`../../../../../etc/hostname`", "<script>alert(1)</script>", "<img src=x onerror=y>",
    "<!--<script>", r"$\frac{1}$", "a|b", "*stars*", "`code`", "[link](file:///etc/passwd)",
    "```{include} /etc/passwd", ":::{note}", "# head", "{{ sub }}", "&lt;", r"\(x\)", "~~x~~",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_a_file_is_text_on_a_page(text):
    table = tables.show(pd.DataFrame({"city": [text], text: [1]}))
    tokens = MarkdownIt("commonmark").enable("table").parse(table._repr_markdown_())
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text"}
    cells = ["".join(c.content for c in t.children) for t in tokens if t.type == "inline"]
    assert len(cells) == 4 and cells[2] == text
    # MyST's roles need an unescaped brace or backtick, its mathematics a dollar.
    assert not re.search(r"(?<!\\)[{}`$<]", table._repr_markdown_())
    assert not re.search("<script|<img", table._repr_html_())


def test_latex_escapes():
    text = tables.Table(pd.DataFrame({"50 % & R² < −0.1_x": []}))._repr_latex_()
    assert r"50 \% \& R$^2$ $<$ $-$0.1\_x" in text


def test_show_rounds_and_names_p_values():
    frame = pd.DataFrame({"x": [0.12345, -2.0], "p": [0.0001, 0.0456], "n": [3, 12345]})
    table = tables.show(frame.assign(word=["a", "b"]), digits={"x": 1})
    assert table.frame.to_numpy().tolist() == [
        ["0.1", "< .001", "3", "a"], ["−2.0", ".046", "12,345", "b"]
    ]  # fmt: skip
    assert table.words == ("word",)
    assert tables.show(frame, index="row").frame.columns[0] == "row"


def csv(table: tables.Table) -> pd.DataFrame:
    forms, _ = DisplayFormatter().format(table)
    assert {"text/csv", "text/html", "text/markdown", "text/latex", "text/plain"} <= set(forms)
    return pd.read_csv(io.StringIO(forms["text/csv"]))


def test_cells_with_words_of_their_own_keep_their_numbers():
    two = tables.Cell("2.00 (1.2)", {"": 2.0, "t": 1.25})
    cells = {"b": [tables.Cell("−0.333**", {"": -1 / 3, "p": 0.03}), two], "w": ["LM_IA", "–"],
             "i": [tables.Cell.interval(-1, 2 / 3), None], "share": [0.5, np.nan]}  # fmt: skip
    table = tables.show(pd.DataFrame(cells), digits={"share": lambda x: f"{x:.0%}"})
    assert table.frame.iloc[0].tolist() == ["−0.333**", "LM × IA", "−1.00 to 0.67", "50%"]
    assert table.frame["b"][1] == "2.00 (1.2)" and table.words == ("w",)
    assert table._repr_mimebundle_()["text/csv"].splitlines() == [
        "b,b p,b t,w,i low,i high,share",
        "-0.333333,0.03,,LM × IA,-1,0.666667,0.5",
        "2,,1.25,,,,",
    ]


@pytest.mark.parametrize("value", [0.1, 2 / 3, -1234567.891, 3e-9, np.pi * 1e12])
def test_the_last_bits_of_a_float_are_in_no_file(value):
    near = [value * (1 + step) for step in (-4e-13, 0, 4e-13)]
    assert len({tables.as_csv(pd.DataFrame({"x": [each]})) for each in near}) == 1
    for zero in (0.0, -0.0, 1e-16, -1e-13):
        assert tables.as_csv(pd.DataFrame({"x": [zero]})) == "x\n0\n"


def test_the_printed_table_is_the_papers():
    frame = tables.printed((MODEL1, MODEL2)).frame.set_index("")
    assert frame.loc["LM"].tolist() == ["0.501**", "–"]
    assert frame.loc["RISSL"].tolist() == ["–", "−0.620**"]
    assert frame.loc["Hausman p"].tolist() == ["0.048", "0.046"]
    assert {"City effects", "Year effects"} <= set(frame.index)


X = ("LM", "IA", "LM_IA")
P = {"classical": (0.009, 0.049, 0.099), "clustered": (0.02, 0.06, 0.5),
     "jackknife": (0.06, 0.5, 0.004), "province": (0.03, 0.2, 0.09)}  # fmt: skip


def estimate(n: int, *lacking: str, kind: type[Estimate] = Estimate, **more: object) -> Estimate:
    """An estimate by hand: t of 2, 3, 4 and 5, and p as above, by kind of error."""
    frames = {
        name: pd.DataFrame({"se": 0.1, "t": t, "p": p}, list(X))
        for t, (name, p) in enumerate(P.items(), 2) if name not in lacking
    }  # fmt: skip
    coef = pd.Series([0.5, -0.25, 0.1234567], list(X))
    fields = dict.fromkeys(kind.__dataclass_fields__) | frames | more
    fields |= {"nobs": n, "n_entities": 41, "years": (2009, 2010, 2023), "x": X, "coef": coef}
    return kind(**fields)


def test_a_regression_of_three_coefficients_by_hand():
    """One set of stars, of the error that decides: by province, and by city only without it."""
    both = {"mine": estimate(1234, adj_r2=0.8765), "reach": estimate(99, "province")}
    table = tables.regression(both, MODEL1)
    shown = table.frame.set_index("").T
    assert shown.loc["mine"].tolist() == [
        "0.500**", "(5.00)", "−0.250", "(5.00)", "0.123*", "(5.00)",
        "0.876", "1,234", "41", "2009–2023",
    ]  # fmt: skip
    assert shown.loc["reach"].tolist()[:7] == [
        "0.500*", "[4.00]", "−0.250", "[4.00]", "0.123***", "[4.00]", "–",
    ]  # fmt: skip
    assert shown.loc["Model 1, printed"].tolist() == [
        "0.501**", "(2.13)", "0.287*", "(1.64)", "–", "", "0.934", "–", "–", "–",
    ]  # fmt: skip
    assert table.note.startswith("t below: (jackknife by province), [jackknife by city only]. Sta")
    assert tables.regression({"": both["reach"]}).note.startswith("t below: [jackknife by city")
    file = csv(table).set_index(["column", "term"])
    printed = file.loc[("Model 1, printed", "LM"), ["coef", "t_printed", "stars_printed"]]
    assert printed.tolist() == [0.501, 2.131, 2]
    line = file.loc[("mine", "LM × IA")]
    assert line["coef"] == 0.123457
    assert [line[f"p_{kind}"] for kind in P] == [0.099, 0.5, 0.004, 0.09]
    assert pd.isna(file.loc[("reach", "LM"), "p_province"])
    assert line[["n", "cities", "first_year", "last_year"]].tolist() == [1234, 41, 2009, 2023]


def test_instruments_have_lines():
    judged = {"instruments": ("a", "b"), "cragg_donald": 12.345, "kleibergen_paap": 9.876}
    iv = estimate(99, "province", kind=IVEstimate, **judged)
    table = tables.regression({"LS": estimate(99), "2SLS": iv})
    names = ["Instruments", "Cragg–Donald F", "Kleibergen–Paap F"]
    lines = table.frame.set_index("").loc[names]
    assert lines.T.to_numpy().tolist() == [["–", "–", "–"], ["2", "12.35", "9.88"]]
    numbers = csv(table).iloc[-1][["instruments", "cragg_donald_f", "kleibergen_paap_f"]]
    assert numbers.tolist() == [2, 12.345, 9.876]


def test_panels_put_each_reading_under_its_name():
    sizes = (("Flow", 1111), ("Stock", 2222))
    readings = {name: {"upper": estimate(n, "province")} for name, n in sizes}
    table = tables.panels((UPPER,), readings)
    frame = table.frame.set_index("")
    assert frame.loc["N"].to_dict() == {"Printed": "–", "Flow": "1,111", "Stock": "2,222"}
    assert frame.index[0] == "Upper reach" and frame.loc["LM", "Printed"] == "0.747*"
    assert csv(table)["panel"].unique() == ["Upper reach"]
    assert csv(table)["column"].unique().tolist() == ["Flow", "Stock", "Printed"]


def test_the_ledger_of_three_cells_by_hand():
    table = tables.verdicts(shown.ledger(), shown.cases())
    assert table.frame.to_numpy().tolist() == [
        ["Model 1: LM", "flow", "opposed", "0.501**", "−0.500**", ".033", "province",
         "clean, current"],
        ["Model 1: LM", "stock", "cannot tell", "0.501**", "0.250", ".205", "province", "–"],
        ["Upper reach: LM", "flow", "supported", "0.747*", "0.300*", ".072", "city only", "–"],
        ["Upper reach: LM", "stock", "cannot tell", "0.747*", "−0.200", ".503", "city only",
         "step"],
        ["Upper reach: IA", "flow", "no claim", "0.442", "−0.100", ".604", "city only", "–"],
        ["Upper reach: IA", "stock", "no claim", "0.442", "0.400***", ".001", "city only", "–"],
    ]  # fmt: skip
    assert csv(table)["city_p"].tolist() == [0.004, 0.021, 0.072, 0.503, 0.604, 0.001]
    assert csv(table)["printed_stars"].tolist() == [2, 2, 1, 1, 0, 0]


def test_two_claims_over_two_cases_by_hand():
    names = ["reading", "heading", "row", "case"]
    cells = pd.DataFrame(
        [("flow", "Model 1", "LM", "paper", -0.5, 0.2, "cannot tell", ("clean",)),
         ("flow", "Model 1", "LM", "clean", 0.25, 0.03, "supported", ("clean",)),
         ("flow", "Model 1", "LM_IA", "paper", 9.0, 0.001, "no claim", ()),
         ("flow", "Model 1", "LM_IA", "clean", 9.0, 0.001, "no claim", ()),
         ("stock", "Model 1", "LM", "paper", 2.0, 0.004, "supported", ()),
         ("stock", "Model 1", "LM", "clean", 1.0, 0.005, "supported", ()),
         ("flow, average", "Model 1", "LM", "paper", 3.0, 0.04, "supported", ("clean",)),
         ("flow, average", "Model 1", "LM", "clean", 4.0, 0.3, "cannot tell", ("clean",))],
        columns=[*names, "coef", "p", "verdict", "turns"],
    ).assign(printed=0.501, stars="**").set_index(names)  # fmt: skip
    table = tables.over_cases(cells, cells[["coef", "p"]])
    plain = table.frame.replace("\N{NO-BREAK SPACE}", " ", regex=True)
    assert plain.to_numpy().tolist() == [
        ["Model 1: LM", "flow", "0.501**", "−0.50", ".200", "−0.50 to 0.25", "cannot tell",
         "clean rows"],
        ["Model 1: LM", "flow, average", "0.501**", "3.00**", ".040", "3.00 to 4.00",
         "supported", "clean rows"],
        ["Model 1: LM", "stock", "0.501**", "2.00***", ".004", "1.00 to 2.00", "supported", "–"],
    ]  # fmt: skip
    assert len(table.numbers) == 8 and set(table.numbers["row"]) == {"LM", "LM × IA"}
    assert table.numbers["verdict"].tolist() == cells["verdict"].tolist()
