"""Tables: what they show, and that text from a file stays text."""

import io
import re

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from linearmodels.panel import PanelOLS
from markdown_it import MarkdownIt

from lib import prose, published, tables, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, FLOW, MODEL1, MODEL2, STOCK, rows, with_lags
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
    shown = [token.content for token in tokens if token.type == "inline"]
    cells = ["".join(c.content for c in t.children) for t in tokens if t.type == "inline"]
    assert len(shown) == 4
    assert cells[2] == text
    # MyST's roles need an unescaped brace or backtick, its mathematics a dollar.
    assert not re.search(r"(?<!\\)[{}`$<]", table._repr_markdown_())
    assert "<script" not in table._repr_html_()
    assert "<img" not in table._repr_html_()


def test_latex_escapes():
    text = tables.Table(pd.DataFrame({"50 % & R² < −0.1_x": []}))._repr_latex_()
    assert r"50 \% \& R$^2$ $<$ $-$0.1\_x" in text


def test_show_rounds_and_names_p_values():
    frame = pd.DataFrame({"x": [0.12345, -2.0], "p": [0.0001, 0.0456], "n": [3, 12345]})
    shown = tables.show(frame.assign(word=["a", "b"]), digits={"x": 1})
    assert shown.frame.to_numpy().tolist() == [
        ["0.1", "< .001", "3", "a"], ["−2.0", ".046", "12,345", "b"]
    ]  # fmt: skip
    assert shown.words == ("word",)
    assert tables.show(frame, index="row").frame.columns[0] == "row"


def csv(table: tables.Table) -> pd.DataFrame:
    forms, _ = DisplayFormatter().format(table)
    assert {"text/csv", "text/html", "text/markdown", "text/latex", "text/plain"} <= set(forms)
    return pd.read_csv(io.StringIO(forms["text/csv"]))


def test_a_file_holds_numbers_that_are_not_rounded_to_what_is_shown(data, found):
    model = PanelOLS.from_formula(
        "REG ~ 1 + LM + IA + period + EntityEffects",
        rows(data, FLOW, MODEL1).set_index(["city", "year"]),
    )
    fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    told = csv(tables.regression(found, (MODEL1,))).set_index(["column", "term"])
    for term in ("LM", "IA"):
        ours = told.loc[("flow", term)]
        assert ours["coef"] == pytest.approx(fit.params[term], rel=5e-6)
        assert ours["t_clustered"] == pytest.approx(fit.tstats[term], rel=5e-6)
    assert told.loc["flow", "n"].tolist() == [fit.nobs] * 2
    printed = told.loc[("Model 1, printed", "LM")]
    assert printed[["coef", "t_printed", "stars_printed"]].tolist() == [0.501, 2.131, 2]


def test_every_cell_of_a_file_is_one_number_or_words(data, found):
    ledger = verdicts.ledger(data, columns=(MODEL1,))
    readings = {name: {MODEL1.key: each} for name, each in found.items()}
    made = [tables.printed(1, (MODEL1, MODEL2)), tables.panels((MODEL1,), readings)]
    made += [tables.verdicts(ledger), tables.regression(found)]
    for table in made:
        told = csv(table)
        words = {"panel", "column", "term", "heading", "symbol", "reading", "verdict", "firm"}
        assert set(told.select_dtypes(exclude="number").columns) <= words
        assert len(told) >= 4
    assert csv(made[2])["printed_stars"].tolist() == [2, 2, 1, 1]


def test_cells_with_words_of_their_own_keep_their_numbers():
    two = tables.Cell("2.00 (1.2)", {"": 2.0, "t": 1.25})
    cells = {"b": [tables.Cell("−0.333**", {"": -1 / 3, "p": 0.03}), two], "w": ["LM_IA", "–"],
             "i": [tables.Cell.interval(-1, 2 / 3), None], "share": [0.5, np.nan]}  # fmt: skip
    shown = tables.show(pd.DataFrame(cells), digits={"share": lambda x: f"{x:.0%}"})
    assert shown.frame.iloc[0].tolist() == ["−0.333**", "LM × IA", "−1.00 to 0.67", "50%"]
    assert shown.frame["b"][1] == "2.00 (1.2)" and shown.words == ("w",)
    assert shown._repr_mimebundle_()["text/csv"].splitlines() == [
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
    shown = tables.printed(1, (MODEL1, MODEL2)).frame.set_index("")
    assert shown.loc["LM"].tolist() == ["0.501**", "–"]
    assert shown.loc["RISSL"].tolist() == ["–", "−0.620**"]
    assert shown.loc["Hausman p"].tolist() == ["0.048", "0.046"]
    assert {"City effects", "Year effects"} <= set(shown.index)


def test_a_regression_shows_three_t_each_with_its_own_stars(found):
    shown = tables.regression(found, (MODEL1,)).frame
    lm = shown["flow"].iloc[:4].tolist()
    assert lm[0].endswith("***")
    for line, kind, form in zip(
        lm[1:], ("classical", "clustered", "jackknife"), ("({})", "[{}]", "⟨{}⟩"), strict=True
    ):
        t = found["flow"].errors(kind).loc["LM", "t"]
        assert line.startswith(form.format(f"{t:.2f}".replace("-", "−")))
    assert shown["Model 1, printed"].iloc[:2].tolist() == ["0.501**", "(2.13)"]
    tail = shown.set_index("")["stock"]
    assert tail["Cities"] == str(found["stock"].n_entities)
    assert tail["Years"] == "2008–2022"


def test_instruments_have_lines(data, found):
    used = rows(data, STOCK, MODEL1)
    lagged = with_lags(used, ["LM"], [1]).dropna()
    iv = iv_two_way(lagged, "REG", ["LM"], ["IA"], ["LM_lag1"])
    both = tables.regression({"LS": found["stock"], "2SLS": iv}).frame.set_index("")
    assert both.loc["Instruments"].tolist() == ["–", "1"]


def test_panels_stack_the_columns_of_a_table(data):
    columns = tuple(each for each in COLUMNS if each.table == 2)
    each = {c.key: two_way_fe(rows(data, STOCK, c), "REG", c.terms) for c in columns}
    frame = tables.panels(columns, {"Stock": each}).frame
    assert list(frame.columns) == ["", "Printed", "Stock"]
    assert frame[""].str.contains("–20").sum() == len(columns)


def test_the_ledger_keeps_readings_of_a_cell_together(data):
    ledger = verdicts.ledger(data, columns=(MODEL1, MODEL2))
    shown = tables.verdicts(ledger).frame
    province = ledger[ledger["errors"].eq("province")]["p"]
    assert set(shown["p by province"]) <= {prose.p_value(p) for p in province}
    assert shown["Cell"].tolist()[:2] == ["Model 1: LM"] * 2
    assert len(shown) == 2 * len(published.coefficients(1))
