"""Tables: what they show, and that text from a file stays text."""

import io
import re

import numpy as np
import pandas as pd
import pytest
import shown
from IPython.core.formatters import DisplayFormatter
from markdown_it import MarkdownIt

from lib import prose, tables, verdicts
from lib.estimation import Estimate, two_way_fe
from lib.specifications import FLOW, MODEL1, MODEL2, STOCK, UPPER, rows, with_lags
from lib.two_stage import iv_two_way

HOSTILE = [
    "{download}`../../../../../etc/hostname`", "<script>alert(1)</script>", "<img src=x onerror=y>",
    "<!--<script>", r"$\frac{1}$", "a|b", "*stars*", "`code`", "[link](file:///etc/passwd)",
    "```{include} /etc/passwd", ":::{note}", "# head", "{{ sub }}", "&lt;", r"\(x\)", "~~x~~",
]  # fmt: skip


@pytest.fixture(scope="module")
def found(data):
    return {r.name: two_way_fe(rows(data, r, MODEL1), "REG", MODEL1.terms) for r in (FLOW, STOCK)}


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
    assert "<script" not in table._repr_html_()
    assert "<img" not in table._repr_html_()


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


def test_every_cell_of_a_file_is_one_number_or_words(data, found):
    ledger = verdicts.ledger(data, columns=(MODEL1,))
    readings = {name: {MODEL1.key: each} for name, each in found.items()}
    some = [tables.printed(1, (MODEL1, MODEL2)), tables.panels((MODEL1,), readings)]
    some += [tables.verdicts(ledger), tables.regression(found)]
    for table in some:
        told = csv(table)
        words = {"panel", "column", "term", "heading", "symbol", "reading", "verdict", "by"}
        assert set(told.select_dtypes(exclude="number").columns) <= words
        assert len(told) >= 4
    assert csv(some[2])["printed_stars"].tolist() == [2, 2, 1, 1]


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
    frame = tables.printed(1, (MODEL1, MODEL2)).frame.set_index("")
    assert frame.loc["LM"].tolist() == ["0.501**", "–"]
    assert frame.loc["RISSL"].tolist() == ["–", "−0.620**"]
    assert frame.loc["Hausman p"].tolist() == ["0.048", "0.046"]
    assert {"City effects", "Year effects"} <= set(frame.index)


def made(n: int, **p: tuple[float, float, float]) -> Estimate:
    """An estimate by hand: t of 2, 3, 4 and 5, and given p, by kind of error."""
    x = ("LM", "IA", "LM_IA")
    names = ("classical", "clustered", "jackknife", "province")
    kinds = {
        kind: pd.DataFrame({"se": 0.1, "t": t, "p": p[kind], "low": -1.0, "high": 1.0}, list(x))
        for t, kind in enumerate(names, 2) if kind in p
    }  # fmt: skip
    coef = pd.Series([0.5, -0.25, 0.1234567], list(x))
    whole = {"nobs": n, "n_entities": 41, "years": (2009, 2010, 2023), "df_resid": 900}
    fields = dict.fromkeys(Estimate.__dataclass_fields__) | kinds | whole
    return Estimate(**fields | {"x": x, "coef": coef, "adj_r2": 0.8765})


P = {"classical": (0.009, 0.049, 0.099), "clustered": (0.02, 0.06, 0.5),
     "jackknife": (0.06, 0.5, 0.004)}  # fmt: skip
BY_PROVINCE = P | {"province": (0.03, 0.2, 0.09)}


def test_a_regression_of_three_coefficients_by_hand():
    """One set of stars, of the error that decides: by province, and by city only without it."""
    both = {"mine": made(1234, **BY_PROVINCE), "reach": made(99, **P)}
    table = tables.regression(both, (MODEL1,))
    assert table.frame["mine"].tolist() == [
        "0.500**", "(5.00)", "−0.250", "(5.00)", "0.123*", "(5.00)",
        "0.876", "1,234", "41", "2009–2023",
    ]  # fmt: skip
    assert table.frame["reach"].tolist()[:6] == [
        "0.500*", "[4.00]", "−0.250", "[4.00]", "0.123***", "[4.00]"
    ]  # fmt: skip
    assert table.frame["Model 1, printed"].tolist() == [
        "0.501**", "(2.13)", "0.287*", "(1.64)", "–", "", "0.934", "–", "–", "–",
    ]  # fmt: skip
    assert table.note == (
        "t below: (jackknife by province), [jackknife by city only]. "
        "Stars: *** 1 %, ** 5 %, * 10 %, two-sided."
    )
    assert tables.regression({"reach": made(99, **P)}).note.startswith("t below: [jackknife by")
    file = csv(table).set_index(["column", "term"])
    printed = file.loc[("Model 1, printed", "LM"), ["coef", "t_printed", "stars_printed"]]
    assert printed.tolist() == [0.501, 2.131, 2]
    line = file.loc[("mine", "LM × IA")]
    assert line["coef"] == 0.123457
    assert [line[f"p_{kind}"] for kind in BY_PROVINCE] == [0.099, 0.5, 0.004, 0.09]
    assert pd.isna(file.loc[("reach", "LM"), "p_province"])
    assert line[["n", "cities", "first_year", "last_year"]].tolist() == [1234, 41, 2009, 2023]


def test_panels_put_each_reading_under_its_name():
    readings = {name: {"upper": made(n, **P)} for name, n in (("Flow", 1111), ("Stock", 2222))}
    frame = tables.panels((UPPER,), readings).frame.set_index("")
    assert frame.loc["N"].to_dict() == {"Printed": "–", "Flow": "1,111", "Stock": "2,222"}
    assert frame.index[0] == "Upper reach" and frame.loc["LM", "Printed"] == "0.747*"


def test_the_ledger_of_three_cells_by_hand():
    table = tables.verdicts(shown.ledger())
    rows = [
        ["Model 1: LM", "flow", "opposed", "0.501**", "−0.500**", ".033", "province"],
        ["Model 1: LM", "stock", "cannot tell", "0.501**", "0.250", ".205", "province"],
        ["Upper reach: LM", "flow", "supported", "0.747*", "0.300*", ".072", "city only"],
        ["Upper reach: LM", "stock", "cannot tell", "0.747*", "−0.200", ".503", "city only"],
        ["Upper reach: IA", "flow", "no claim", "0.442", "−0.100", ".604", "city only"],
        ["Upper reach: IA", "stock", "no claim", "0.442", "0.400***", ".001", "city only"],
    ]
    assert table.frame.to_numpy().tolist() == rows
    assert csv(table)["city_p"].tolist() == [0.004, 0.021, 0.072, 0.503, 0.604, 0.001]
    turned = tables.verdicts(shown.ledger(), shown.cases()).frame
    assert turned["Turned by"].tolist() == ["clean, current", "–", "–", "step", "–", "–"]


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


def test_instruments_have_lines(data, found):
    used = rows(data, STOCK, MODEL1)
    lagged = with_lags(used, ["LM"], [1]).dropna()
    iv = iv_two_way(lagged, "REG", ["LM"], ["IA"], ["LM_lag1"])
    both = tables.regression({"LS": found["stock"], "2SLS": iv}).frame.set_index("")
    assert both.loc["Instruments"].tolist() == ["–", "1"]
    judged = {"Cragg–Donald F": iv.cragg_donald, "Kleibergen–Paap F": iv.kleibergen_paap}
    for name, f in judged.items():
        assert both.loc[name].tolist() == ["–", prose.number(f)]
