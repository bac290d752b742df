"""Findings come from computations: each goes or changes with the cells that it rests on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import audit, feasibility, findings, panel

PAGE = Path(__file__).resolve().parents[1] / "book" / "06-audit.md"


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    return audit.load()


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Two city-years are enough for the range of equation (3)."""
    return pd.DataFrame({"lm_flow_gross": [-0.15, 0.02], "lm_flow": [-0.16, 0.01]})


@pytest.fixture(scope="module")
def roster() -> pd.DataFrame:
    return panel.load_cities()


@pytest.fixture(scope="module")
def evidence(printed, data, roster) -> findings.Evidence:
    return findings.gather(printed, data, roster)


@pytest.fixture(scope="module")
def found(evidence) -> tuple[findings.Finding, ...]:
    return findings.collect(evidence)


def those(found, words: str) -> list[str]:
    return [finding.statement for finding in found if words in finding.statement]


def test_substantive_findings_come_first_and_weigh_less_downwards(found) -> None:
    ranks = [(findings.KINDS.index(f.kind), -f.weight) for f in found]
    assert ranks == sorted(ranks)
    assert found[0].kind == "substantive" and found[-1].kind == "typing slip"
    assert {f.kind for f in found} == set(findings.KINDS)
    assert {f.weight for f in found} == set(findings.WEIGHTS)


def test_every_finding_of_the_design_is_there(found) -> None:
    """Points 1 to 9 of what the paper leaves open or contradicts, and those of this audit."""
    for words in (
        "no list says which 41", "equation (3) as printed", "equation (4) gives 1/m",
        "read a coefficient as an effect on the gap", "No column of Table 1", "Three t-values",
        "said to change direction", "does not reject random effects", "two-stage least squares",
        "differs between the periods", "differs between any two reaches", "a repetition would",
        "The product, for which", "said to add the controls", "taken as a sign of more weight",
        "dated from 2016", "compares two estimators", "which standard errors", "Rounding leaves",
        "which earns ***", "sums over regions",
    ):  # fmt: skip
        assert len(those(found, words)) == 1, words
    assert len(found) == 21


def test_statements_hold_the_printed_figures(found) -> None:
    (direction,) = those(found, "change direction")
    assert "1.198 before and 0.359* after" in direction
    (stars,) = those(found, "Three t-values")
    for cell in ("IA (Model 1) with 1.643", "LM × IA (2017–2023) with 1.643", "with 1.640"):
        assert cell in stars
    assert "cut-off of 1.645 rounded to 1.64" in stars
    (gap,) = those(found, "on the gap")
    assert gap.startswith("Five sentences")
    (hausman,) = those(found, "random effects")
    assert "three of them (2017–2023, Middle reach and Lower reach)" in hausman
    assert "at 10 % it does in every column" in hausman
    (errors,) = those(found, "which standard errors")
    assert "five more cells lose a star: LM × IA (Model 2), GR (Model 2), LM (2017–2023)" in errors
    (mobility,) = those(found, "equation (3)")
    assert "99 %" in mobility and "0.84" in mobility
    (power,) = those(found, "a repetition would")
    assert power.startswith("21 of the 23")


CHANGES = {
    "differs between the periods": {("2008-2016", "ia"): {"coef": 3.0, "t": 6.0}},
    "differs between any two reaches": {("lower", "lm"): {"coef": -0.385, "t": -2.198}},
    "said to change direction": {("2017-2023", "ia"): {"coef": -0.359, "t": -1.655}},
    "taken as a sign of more weight": {("2017-2023", "lm"): {"coef": 0.9, "t": 5.1}},
    "which earns ***": {("model2", "rissl"): {"stars": "***"}},
    "Rounding leaves": {("2008-2016", "lm"): {"t": 1.950}},
    "Three t-values": {("model1", "ia"): {"t": 1.65}},
    "does not reject random effects": {
        ("2017-2023", "hausman_p"): {"text": "0.01"}, ("middle", "hausman_p"): {"text": "0.01"},
        ("lower", "hausman_p"): {"text": "0.01"},
    },
    "No column of Table 1": {
        ("model2", "lm"): {"coef": 0.1, "t": 1.0}, ("model2", "ia"): {"coef": 0.1, "t": 1.0},
    },
    "said to add the controls": {
        ("model2", "lm"): {"coef": 0.1, "t": 1.0}, ("model2", "ia"): {"coef": 0.1, "t": 1.0},
    },
    "The product, for which": {("model2", "lm_ia"): {"coef": np.nan, "t": np.nan, "text": "-"}},
}  # fmt: skip


@pytest.mark.parametrize("words", CHANGES)
def test_a_finding_goes_or_changes_with_its_cells(printed, data, roster, found, words) -> None:
    new = printed.copy()
    for (column, row), values in CHANGES[words].items():
        here = (new["column"] == column) & (new["row"] == row)
        for name, value in values.items():
            new.loc[here, name] = value
    now = findings.collect(findings.gather(new, data, roster))
    assert those(now, words) != those(found, words)
    if words not in {"Three t-values", "The product, for which"}:
        assert those(now, words) == []


def test_three_become_two_with_one_earned_star(printed, data, roster) -> None:
    new = printed.copy()
    new.loc[(new["column"] == "model1") & (new["row"] == "ia"), "t"] = 1.65
    now = findings.collect(findings.gather(new, data, roster))
    (stars,) = those(now, "do not earn their star")
    assert stars.startswith("Two t-values") and "IA (Model 1)" not in stars


def test_hausman_is_not_rescued_at_ten_per_cent_where_it_is_not(printed, data, roster) -> None:
    new = printed.copy()
    new.loc[(new["column"] == "middle") & (new["row"] == "hausman_p"), "text"] = "0.161"
    (hausman,) = those(findings.collect(findings.gather(new, data, roster)), "random effects")
    assert "10 %" not in hausman


def test_a_roster_of_41_settles_the_sample(printed, data, roster) -> None:
    of_41 = pd.concat([roster[roster["reach"] == reach].head(n)
                       for reach, n in (("upper", 12), ("middle", 14), ("lower", 15))])  # fmt: skip
    assert not those(findings.collect(findings.gather(printed, data, of_41)), "which 41")


def test_equation_3_with_a_sign_settles_its_finding(printed, roster) -> None:
    data = pd.DataFrame({"lm_flow_gross": [-0.99, 0.02], "lm_flow": [-1.01, 0.01]})
    assert not those(findings.collect(findings.gather(printed, data, roster)), "equation (3)")


def test_judgements_that_change_take_their_findings_along(evidence) -> None:
    """Claims that hold, and sentences that could be checked, leave nothing to report."""
    fine = replace(evidence, judged=evidence.judged.assign(verdict="holds"))
    now = findings.collect(fine)
    for words in ("on the gap", "two-stage", "change direction", "add the controls", "of more wei",
                  "dated from 2016", "two estimators"):  # fmt: skip
        assert those(now, words) == [], words


def test_strong_columns_need_no_word_on_power(evidence) -> None:
    strong = replace(evidence, power=evidence.power.assign(ratio=1.5))
    assert not those(findings.collect(strong), "a repetition would")


def test_a_rule_that_costs_no_star_is_not_reported(evidence) -> None:
    clustered = evidence.checks["rule"] == "t(G − 1)"
    fine = replace(
        evidence,
        checks=evidence.checks.assign(possible=evidence.checks["possible"] | clustered),
    )
    assert not those(findings.collect(fine), "which standard errors")


# --- from elsewhere -----------------------------------------------------------------------------


IMPOSSIBLE = feasibility.Summary(
    splits=666, feasible=0, floor=0.57, ceiling=0.19, gap=0.27, printed=0.934, highest=0.909
)


def test_feasibility_leads_the_table(evidence) -> None:
    row = findings.of_feasibility(IMPOSSIBLE)
    ranked = findings.collect(evidence, [row])
    assert ranked[0] == row
    assert "(666 ways)" in row.statement and "0.909 at most" in row.statement
    assert row.label == "sec-feasibility"


def test_a_feasible_split_takes_the_row_away(evidence, found) -> None:
    assert findings.of_feasibility(replace(IMPOSSIBLE, feasible=1)) is None
    assert findings.collect(evidence, [None]) == found


# --- the row and the table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [({"kind": "rumour"}, "kind 'rumour': expected one of substantive"),
     ({"weight": 9}, "weight 9: expected one of 3, 2, 1")],
)  # fmt: skip
def test_a_finding_has_a_kind_and_a_weight_that_exist(found, change, message) -> None:
    with pytest.raises(ValueError, match=message):
        replace(found[0], **change)


def test_functions_exist_and_labels_are_on_the_page(found) -> None:
    labels = set(re.findall(r"^\((sec-[a-z0-9-]+)\)=$", PAGE.read_text(encoding="utf-8"), re.M))
    modules = {"audit": audit, "claims": findings.claims}
    for finding in found:
        assert finding.label in labels, finding.label
        if finding.function != "by reading":
            module, name = finding.function.split(".")
            assert callable(getattr(modules[module], name)), finding.function


def test_table_links_on_a_page_and_words_elsewhere(found) -> None:
    table = findings.findings_table(found, "Found", "tab-findings", "A note.")
    assert len(table.frame) == len(found)
    markdown = table._repr_markdown_()
    assert "{ref}`audit.differences <sec-audit-comparisons>`" in markdown
    assert ":name: tab-findings" in markdown and "A note." in markdown
    for plain in (repr(table), table._repr_html_(), table._repr_latex_()):
        assert "{ref}" not in plain and "sec-audit" not in plain
        assert "audit.differences" in plain.replace(r"\_", "_")
    assert table.frame["Kind, weight"].iloc[0] == "substantive, high"
    assert "5\N{NO-BREAK SPACE}%" in table.frame["Finding"].iloc[0]


def test_a_coefficient_as_large_as_what_is_detected_is_not_smaller(evidence) -> None:
    even = replace(evidence, power=evidence.power.assign(ratio=1.0))
    assert not those(findings.collect(even), "a repetition would")
