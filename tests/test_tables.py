"""Tables: formatting at its edges, the four forms a table is shown in, and every layout.

The cells go in by hand, and what a reader should see is typed beside them.  The Markdown is parsed
by MyST on docutils, the HTML as XML, so that the forms are judged by what comes out of them.
"""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt
from myst_parser.docutils_ import Parser

from lib import published, tables
from lib.estimation import Estimate, Hausman, IVEstimate, Statistic
from lib.specifications import Specification, columns_of

Figures = tuple[float, float, float, float, float]

# --- numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.5014, 3, "0.501"),
        (-0.62, 3, "−0.620"),
        (-0.0004, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (-0.0006, 3, "−0.001"),
        (-0.4, 0, "0"),
        (-12.6, 0, "−13"),
        (1234.5678, 2, "1234.57"),
        (3, 1, "3.0"),
        (math.nan, 3, "–"),
        (None, 3, "–"),
        (np.float64(-2.5), 1, "−2.5"),
    ],
)
def test_number_has_its_decimals_a_true_minus_and_no_negative_zero(value, digits, shown) -> None:
    assert tables.number(value, digits) == shown


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0, "<0.001"),
        (0.000499, "<0.001"),
        (0.000501, "0.001"),
        (0.0149, "0.015"),
        (0.05, "0.050"),
        (1.0, "1.000"),
    ],
)
def test_p_value_has_three_decimals_or_says_that_it_is_smaller(p, shown) -> None:
    assert tables.p_value(p) == shown


@pytest.mark.parametrize(
    ("coef", "mark", "shown"),
    [
        (0.501, "**", "0.501**"),
        (-0.62, "", "−0.620"),
        (0.0005, "*", "0.001*"),
        (0.00049, "*", "0.0005*"),
        (-0.00004, "", "−0.00004"),
        (0.0000006, "***", "0.000001***"),
        (0.0, "", "0.000"),
        (math.nan, "", "–"),
    ],
)
def test_a_coefficient_has_three_decimals_or_as_many_as_show_its_sign(coef, mark, shown) -> None:
    assert tables.starred(coef, mark) == shown


# --- the forms of a table -----------------------------------------------------------------------

HEAD = ["", "p > |t|", "A & B, %", "Remark"]
ROWS = [
    ["LM × IA", "0.501**", "<0.001", "a|b & c_d, *t* of 2"],
    ["", "(−2.131)", "50 %", "x < y, R² = {1}, $2 and $3"],
    ["Adj. R²", "[1.7]*", "–", "2009–2021 #1 ~ ^"],
]
CAPTION = "Invented: A & B, 50 % | *one* and another *"
NOTE = "*Stars*: *** 1 %, ** 5 %, * 10 %; a | b & c < d."


@pytest.fixture
def awkward() -> tables.Table:
    """A table with every character that means something to Markdown tables, HTML or LaTeX."""
    frame = pd.DataFrame(ROWS, columns=HEAD)
    return tables.Table(frame, CAPTION, "tab-awkward", NOTE, ("Remark",))


def parsed(markdown: str) -> nodes.table:
    """The one table of a MyST text; any complaint of the parser is an error."""
    document = publish_doctree(
        markdown, parser=Parser(), settings_overrides={"halt_level": 2, "report_level": 2}
    )
    (table,) = document.findall(nodes.table)
    return table


def fences(table: tables.Table) -> list[tuple[str, str]]:
    """Info line and content of the directives in a table's Markdown, and of nothing else."""
    tokens = MarkdownIt().parse(table._repr_markdown_())
    assert {token.type for token in tokens} == {"fence"}
    return [(token.info, token.content) for token in tokens]


def without_note(table: tables.Table) -> str:
    return tables.Table(
        table.frame, table.caption, table.name, "", table.text_columns
    )._repr_markdown_()


def test_markdown_is_a_table_with_caption_target_and_class(awkward) -> None:
    table = parsed(without_note(awkward))
    assert table.next_node(nodes.title).astext() == CAPTION
    assert table["ids"] == ["tab-awkward"]
    assert "figures" in table["classes"]


def test_markdown_keeps_every_cell_as_it_is(awkward) -> None:
    table = parsed(without_note(awkward))
    shown = [[cell.astext() for cell in row.children] for row in table.findall(nodes.row)]
    assert shown == [HEAD, *ROWS]
    assert not list(table.findall(nodes.emphasis)) and not list(table.findall(nodes.strong))


def test_markdown_sets_words_to_the_left_and_figures_to_the_right(awkward) -> None:
    table = parsed(without_note(awkward))
    for row in table.findall(nodes.row):
        sides = [cell["classes"] for cell in row.children]
        assert sides == [["text-left"], ["text-right"], ["text-right"], ["text-left"]]


def test_markdown_puts_the_note_in_its_own_block(awkward) -> None:
    (first, _), (second, content) = fences(awkward)
    assert first.startswith("{table} ") and second == "{div} table-note"
    (paragraph,) = publish_doctree(content, parser=Parser()).findall(nodes.paragraph)
    assert paragraph.astext() == NOTE


def test_markdown_has_no_block_for_an_empty_note(awkward) -> None:
    plain = tables.Table(awkward.frame, CAPTION, "tab-awkward")
    assert [info.split()[0] for info, _ in fences(plain)] == ["{table}"]
    assert "<p>" not in plain._repr_html_() and "footnotesize" not in plain._repr_latex_()


def test_html_has_caption_head_scopes_and_every_cell(awkward) -> None:
    root = ElementTree.fromstring(f"<div>{awkward._repr_html_()}</div>")
    assert [child.tag for child in root] == ["table", "p"]
    table = root.find("table")
    assert table[0].tag == "caption" and table[0].text == CAPTION
    heads = table.findall("thead/tr/th")
    assert [head.text or "" for head in heads] == HEAD
    assert {head.get("scope") for head in heads} == {"col"}
    rows = table.findall("tbody/tr")
    assert [[cell.text or "" for cell in row] for row in rows] == ROWS
    for row in rows:
        assert [cell.tag for cell in row] == ["th", "td", "td", "td"]
        assert row[0].get("scope") == "row"
    assert root.find("p").text == NOTE


def test_latex_escapes_what_latex_would_read(awkward) -> None:
    text = awkward._repr_latex_()
    assert r"\caption{Invented: A \& B, 50 \% | *one* and another *}\label{tab-awkward}" in text
    assert r" & p $>$ |t| & A \& B, \% & Remark \\ \midrule" in text
    assert r"LM $\times$ IA & 0.501** & $<$0.001 & a|b \& c\_d, *t* of 2 \\" in text
    assert r" & ($-$2.131) & 50 \% & x $<$ y, R$^2$ = \{1\}, \$2 and \$3 \\" in text
    assert r"& 2009--2021 \#1 \textasciitilde{} \textasciicircum{} \\" in text
    assert text.isascii()


def test_latex_is_balanced_and_has_the_same_number_of_cells_in_each_row(awkward) -> None:
    text = awkward._repr_latex_()
    bare = re.sub(r"\\[%&_#${}]", "", text)  # escaped characters stand for themselves
    assert re.findall(r"\\begin\{(\w+)\}", bare) == ["table", "tabular"]
    assert re.findall(r"\\end\{(\w+)\}", bare) == ["tabular", "table"]
    depth = np.cumsum([{"{": 1, "}": -1}.get(character, 0) for character in bare])
    assert depth.min() == 0 and depth[-1] == 0
    assert bare.count("$") % 2 == 0 and "%" not in bare
    body = bare.split(r"\toprule")[1].split(r"\bottomrule")[0]
    lines = [line for line in body.splitlines() if line.strip()]
    assert len(lines) == 1 + len(ROWS)
    assert all(line.count("&") == len(HEAD) - 1 and r"\\" in line for line in lines)
    assert r"\begin{tabular}{lrrl}" in text
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(rf"\{rule}") == 1


def test_text_form_has_caption_cells_and_note(awkward) -> None:
    lines = repr(awkward).splitlines()
    assert lines[0] == CAPTION and lines[-1] == NOTE and len(lines) == 3 + len(ROWS)
    assert repr(tables.Table(awkward.frame, CAPTION, "tab-awkward")).splitlines() == lines[:-1]


# --- any frame ----------------------------------------------------------------------------------


def test_plain_formats_floats_and_leaves_integers_and_words() -> None:
    frame = pd.DataFrame(
        {"year": [2008, 2009], "mean": [-0.1234, math.nan], "n": [12, 3], "why": ["a", "b"]},
        index=["LM", "IA"],
    )
    table = tables.plain(frame, "Caption", "tab-x", "Note", digits=2, index="Variable")
    assert list(table.frame.columns) == ["Variable", "year", "mean", "n", "why"]
    assert table.frame.to_numpy().tolist() == [
        ["LM", "2008", "−0.12", "12", "a"],
        ["IA", "2009", "–", "3", "b"],
    ]
    assert (table.caption, table.name, table.note) == ("Caption", "tab-x", "Note")
    assert set(table.text_columns) == {"Variable", "why"}


def test_plain_leaves_the_index_out_unless_it_is_named() -> None:
    frame = pd.DataFrame({2008: [1.0], 2009: [2.0]}, index=["LM"])
    table = tables.plain(frame, "Caption", "tab-x")
    assert list(table.frame.columns) == ["2008", "2009"]
    assert table.frame.to_numpy().tolist() == [["1.000", "2.000"]]


# --- made-up results for the layouts ------------------------------------------------------------

ONE = Specification(1, "model1", "Model 1", ("lm", "ia"))
TWO = Specification(1, "model2", "Model 2", ("lm_ia",))


def fields(cells: dict[str, Figures], **changes) -> dict:
    """Fields of an estimate; a regressor has coefficient, t, p, clustered t, clustered p."""
    frame = pd.DataFrame(cells, index=["coef", "t", "p", "clustered_t", "clustered_p"]).T
    values = {
        "y": "y",
        "x": tuple(cells),
        "effects": "twoway",
        "coef": frame["coef"],
        "classical": frame[["t", "p"]],
        "clustered": frame[["clustered_t", "clustered_p"]].set_axis(["t", "p"], axis=1),
        "nobs": 160,
        "n_entities": 10,
        "n_clusters": 10,
        "years": (2009, 2010, 2023),
        "df_resid": 133,
        "rss": 1.0,
        "r2_within": 0.5,
        "adj_r2": 0.9344,
        "dropped": 0,
        "residuals": pd.Series(dtype=float),
        "cov_classical": pd.DataFrame(),
        "cov_clustered": pd.DataFrame(),
    }
    return values | changes


def contrast(**changes) -> Hausman:
    values = {
        "version": "plain",
        "stat": 12.346,
        "df": 2,
        "p": 0.0021,
        "note": "",
        "contrast": pd.DataFrame(),
        "mundlak_stat": 4.0,
        "mundlak_df": 2,
        "mundlak_p": 0.135,
        "mundlak_robust_stat": 4.0,
        "mundlak_robust_df": 2,
        "mundlak_robust_p": 0.0451,
        "nobs": 160,
        "n_entities": 10,
        "years": (2009, 2023),
        "dropped": 0,
    }
    return Hausman(**(values | changes))


@pytest.fixture
def found() -> dict[str, Estimate]:
    model1 = {"lm": (0.5, 2.7, 0.008, 1.5, 0.17), "ia": (-0.00004, -1.7, 0.09, -2.3, 0.047)}
    model2 = {"lm_ia": (1.25, 1.0, 0.32, -0.0001, 0.99)}
    return {
        "model1": Estimate(**fields(model1)),
        "model2": Estimate(
            **fields(model2, nobs=99, n_entities=7, years=(2010, 2021), adj_r2=0.5)
        ),
    }


def column(table: tables.Table, name: str) -> list[str]:
    return table.frame[name].tolist()


def test_years_are_the_first_and_the_last(found) -> None:
    assert tables.years(found["model1"]) == "2009–2023"


def test_regression_table_is_laid_out_as_printed(found) -> None:
    tests = {"model1": contrast(), "model2": contrast(p=None, mundlak_robust_p=0.0001)}
    table = tables.regression_table((ONE, TWO), found, tests, "Caption", "tab-x", "Remark.")
    assert column(table, "") == [
        "LM", "", "", "IA", "", "", "LM × IA", "", "",
        "Adj. R²", "Hausman p", "Mundlak p, clustered", "City effects", "Year effects",
        "N", "Cities", "Years",
    ]  # fmt: skip
    assert column(table, "Model 1") == [
        "0.500***", "(2.700)", "[1.500]", "−0.00004*", "(−1.700)", "[−2.300]**", "–", "", "",
        "0.934", "0.002", "0.045", "yes", "yes", "160", "10", "2009–2023",
    ]  # fmt: skip
    assert column(table, "Model 2") == [
        "–", "", "", "–", "", "", "1.250", "(1.000)", "[0.000]",
        "0.500", "–", "<0.001", "yes", "yes", "99", "7", "2010–2021",
    ]  # fmt: skip
    assert list(table.frame.columns) == ["", "Model 1", "Model 2"]
    assert "*** 1 %, ** 5 %, * 10 %" in table.note and table.note.endswith("Remark.")


def test_printed_table_shows_the_paper_s_cells() -> None:
    """Typed from the paper's Table 1, rows LM to LM x IA, and its last two columns."""
    cells = published.coefficients(1)
    table = tables.printed_table(columns_of(1), cells, "Caption", "tab-x", "Note")
    assert column(table, "")[:6] == ["LM", "", "IA", "", "LM × IA", ""]
    assert column(table, "")[-4:] == ["RISSL", "", "Adj. R²", "Hausman p"]
    assert column(table, "Model 1")[:6] == ["0.501**", "(2.131)", "0.287*", "(1.643)", "–", ""]
    assert column(table, "Model 1")[-4:] == ["–", "", "0.934", "0.048"]
    assert column(table, "Model 2")[:6] == ["–", "", "–", "", "0.372*", "(1.672)"]
    assert column(table, "Model 2")[-4:] == ["−0.620**", "(−3.472)", "0.932", "0.046"]


@pytest.fixture
def cells() -> pd.DataFrame:
    """Two compared cells, as `published.compare` and `ledger.ledger` lay them out."""
    return pd.DataFrame(
        {
            "table": [1, 3],
            "column": ["model1", "upper"],
            "heading": ["Model 1", "Upper reach"],
            "row": ["lm", "ia"],
            "symbol": ["LM", "IA"],
            "printed": [0.501, -0.442],
            "printed_stars": ["**", ""],
            "printed_t": [2.131, -0.673],
            "printed_r": [0.0868, -0.0528],
            "coef": [-0.0003, 2.0],
            "t": [-1.999, 0.5],
            "stars": ["**", ""],
            "clustered_t": [-1.5, 1.9],
            "clustered_stars": ["", "*"],
            "r": [-0.05, 0.004],
            "r_low": [-0.1, -0.2],
            "r_high": [-0.004, 0.2],
            "sign": [False, False],
            "significance": [True, False],
            "size": [True, False],
            "verdict": ["contradicts", "partly"],
            "readings": [8, 7],
            "agree": [1, 2],
            "contradict": [3, 4],
        }
    )


def test_comparison_table_says_what_agrees(cells) -> None:
    table = tables.comparison_table(cells, "Caption", "tab-x")
    assert table.frame.to_dict("records") == [
        {
            "Cell": "Model 1: LM",
            "Printed": "0.501**",
            "Recomputed": "−0.0003**",
            "Printed r": "0.09",
            "Recomputed r": "−0.05 [−0.10, 0.00]",
            "Verdict": "contradicts",
            "Agree in": "significance, size",
        },
        {
            "Cell": "Upper reach: IA",
            "Printed": "−0.442",
            "Recomputed": "2.000",
            "Printed r": "−0.05",
            "Recomputed r": "0.00 [−0.20, 0.20]",
            "Verdict": "partly",
            "Agree in": "nothing",
        },
    ]
    assert table.text_columns == ("Verdict", "Agree in")


def test_ledger_table_has_a_row_per_cell(cells) -> None:
    rows = tables.ledger_table(cells, "Caption", "tab-x").frame.to_dict("records")
    assert rows[0] == {
        "Cell": "Table 1, Model 1: LM",
        "Printed": "0.501** (2.13)",
        "Recomputed": "−0.0003** (−2.00)",
        "Clustered t": "−1.50",
        "Verdict": "contradicts",
        "Agrees / contradicts in": "1 / 3 of 8",
        "Printed r": "0.09",
        "Recomputed r": "−0.05 [−0.10, 0.00]",
    }
    assert (rows[1]["Cell"], rows[1]["Clustered t"]) == ("Table 3, Upper reach: IA", "1.90*")


def test_readings_table_has_a_row_per_reading_and_a_dash_where_a_column_is_not(found) -> None:
    every = {"Baseline": found, "Delta": {"model1": found["model1"]}}
    table = tables.readings_table(every, (ONE, TWO), ("ia", "lm_ia"), "Caption", "tab-x")
    assert table.frame.to_dict("records") == [
        {
            "Reading": "Baseline",
            "Model 1: IA": "−0.00004** [−2.30]",
            "Model 2: LM × IA": "1.250 [0.00]",
            "N": "160/99",
        },
        {
            "Reading": "Delta",
            "Model 1: IA": "−0.00004** [−2.30]",
            "Model 2: LM × IA": "–",
            "N": "160",
        },
    ]


def test_hausman_table_sets_the_versions_beside_the_printed_p() -> None:
    tests = {"model1": contrast(), "model2": contrast(stat=-3.2, df=6, p=None)}
    pooled = {"model1": contrast(p=0.01), "model2": contrast(p=0.0004)}
    table = tables.hausman_table((ONE, TWO), tests, pooled, "Caption", "tab-x", "Remark.")
    assert table.frame.to_numpy().tolist() == [
        ["Model 1", "0.048", "12.35 (2)", "0.002", "0.010", "0.135", "0.045"],
        ["Model 2", "0.046", "−3.20 (6)", "–", "<0.001", "0.135", "0.045"],
    ]
    assert "An en dash" in table.note and table.note.endswith("Remark.")


def test_hausman_table_explains_a_dash_only_where_there_is_one() -> None:
    tests = {"model1": contrast()}
    table = tables.hausman_table((ONE,), tests, tests, "Caption", "tab-x", "Remark.")
    assert table.note == "Degrees of freedom in brackets. Remark."


def test_differences_table_subtracts_in_words_as_in_figures() -> None:
    differences = pd.DataFrame(
        {
            "first": ["2008–2016"],
            "second": ["2017–2023"],
            "symbol": ["LM"],
            "printed_difference": [-0.495],
            "printed_z": [-1.067],
            "printed_p": [0.2869],
            "difference": [0.25],
            "z": [3.9],
            "p": [0.0001],
        }
    )
    table = tables.differences_table(differences, "Caption", "tab-x", "Note")
    assert table.frame.to_dict("records") == [
        {
            "Coefficient": "LM: 2017–2023 less 2008–2016",
            "Printed": "−0.495",
            "z": "−1.07",
            "p": "0.287",
            "Recomputed": "0.250",
            "z, clustered": "3.90",
            "p, clustered": "<0.001",
        }
    ]


@pytest.fixture
def two_stage() -> IVEstimate:
    cells = {"lm": (1.5, 2.1, 0.04, 1.2, 0.25), "rdi": (-0.5, -3.0, 0.003, -2.0, 0.06)}
    first = {"partial_r2": 0.1234, "f": 11.0, "f_clustered": 7.456, "f_clustered_p": 0.0002}
    return IVEstimate(
        **fields(cells, adj_r2=None, r2_within=None),
        endog=("lm",),
        exog=("rdi",),
        instruments=("lm_lag1", "lm_lag2"),
        first_stage=pd.DataFrame(first, index=["lm"]),
        cragg_donald=11.0,
        kleibergen_paap=7.456,
        wu_hausman=Statistic(1.0, (1, 9), 0.7),
        wu_hausman_clustered=Statistic(1.0, (1, 9), 0.345),
        overid=pd.DataFrame(
            {"stat": 1.0, "df": 1, "p": [0.9, 0.317]}, index=["sargan", "hansen_j"]
        ),
        note="",
    )


def test_two_stage_table_fills_the_tests_of_instruments_for_2sls_only(found, two_stage) -> None:
    estimates = {"Least squares": found["model1"], "2SLS": two_stage}
    table = tables.two_stage_table(estimates, "Caption", "tab-x")
    assert column(table, "") == [
        "LM", "", "", "IA", "", "", "RDI", "", "",
        "Instruments", "Cragg–Donald F", "Kleibergen–Paap F", "Wu–Hausman p, clustered",
        "Hansen J p", "N", "Cities", "Years",
    ]  # fmt: skip
    assert column(table, "Least squares") == [
        "0.500***", "(2.700)", "[1.500]", "−0.00004*", "(−1.700)", "[−2.300]**", "–", "", "",
        "–", "–", "–", "–", "–", "160", "10", "2009–2023",
    ]  # fmt: skip
    assert column(table, "2SLS") == [
        "1.500**", "(2.100)", "[1.200]", "–", "", "", "−0.500***", "(−3.000)", "[−2.000]*",
        "2", "11.00", "7.46", "0.345", "0.317",
        "160", "10", "2009–2023",
    ]  # fmt: skip


def test_two_stage_table_has_a_dash_for_j_where_the_model_is_just_identified(two_stage) -> None:
    just = IVEstimate(**(vars(two_stage) | {"overid": None, "instruments": ("lm_lag1",)}))
    shown = column(tables.two_stage_table({"2SLS": just}, "Caption", "tab-x"), "2SLS")
    assert shown[-8:] == ["1", "11.00", "7.46", "0.345", "–", "160", "10", "2009–2023"]


def test_first_stage_table_has_a_row_per_endogenous_regressor(two_stage) -> None:
    table = tables.first_stage_table(two_stage, "Caption", "tab-x")
    assert table.frame.to_dict("records") == [
        {
            "Endogenous": "LM",
            "Partial R²": "0.123",
            "F": "11.00",
            "F, clustered": "7.46",
            "p, clustered": "<0.001",
        }
    ]


def test_slopes_table_shows_slope_t_and_interval() -> None:
    slope = pd.Series({"slope": -0.25, "t": -2.5, "low": -0.454, "high": -0.046, "stars": "**"})
    table = tables.slopes_table(["Model 1"], [slope], "Caption", "tab-x", "Remark.")
    assert table.frame.to_numpy().tolist() == [
        ["Model 1", "−0.250**", "−2.50", "−0.45 to −0.05"]
    ]
    assert table.note == "Stars: *** 1 %, ** 5 %, * 10 %, two-sided. Remark."
