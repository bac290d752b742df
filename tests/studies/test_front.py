"""The board, what verdicts depend on, and the front page's figures."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib import prose, verdicts
from lib.estimation import two_way_fe
from lib.specifications import FLOW, LATE, MODEL1, STOCK, rows
from studies import front


def test_the_board_has_every_verdict_with_its_figures_and_the_way_on(ledger):
    page = BeautifulSoup(front.Board(ledger)._repr_html_(), "html.parser")
    for kind in front.SWITCH:
        own = ledger[ledger["errors"] == kind]
        cells = page.select(f".by-{kind} details")
        words = pd.Series([cell.summary.get_text()[2:] for cell in cells]).value_counts()
        assert words.to_dict() == own["verdict"].value_counts().to_dict()
        plus = sum(cell.summary.get_text()[0] == "+" for cell in cells)
        assert plus == (own["coef"] > 0).sum()
        assert len(cells) + len(page.select(f".by-{kind} .few")) == 46
    assert len(page.select("input[checked]")) == 1
    cell = page.select_one('.by-jackknife a[href*="column=2017-2023&term=LM&mobility=stock"]')
    cell = cell.find_parent("details")
    assert cell["class"] == ["tile", "opposed", "firm"]
    row = ledger.set_index(["errors", "reading", "column", "row"])
    ours = row.loc[("jackknife", "stock", "2017-2023", "LM")]
    by_province = row.loc[("province", "stock", "2017-2023", "LM"), "p"]
    for figure in (prose.number(ours["coef"]), prose.p_value(by_province), f"{ours['nobs']:,}"):
        assert figure in cell.get_text()


def test_the_interval_in_a_cell_never_contradicts_its_verdict(ledger):
    page = BeautifulSoup(front.Board(ledger)._repr_html_(), "html.parser")
    cover = {"no claim": "95", "*": "90", "**": "95", "***": "99"}
    for cell in page.select("details"):
        text = cell.p.get_text().replace("−", "-").replace(",", "")
        form = r"Slope (\S+) (\d+) % interval (?:\(printed (\*+)\) )?(\S+) to (\S+)"
        slope, level, marks, *ends = re.fullmatch(form, text).groups()
        low, high = map(float, ends)
        sign, said = cell.summary.get_text().split(" ", 1)
        assert level == cover[marks or said] and low < float(slope) < high
        assert said == "no claim" or (said == "cannot tell") == (low < 0 < high)
        assert (sign == "+") == (float(slope) > 0)


def test_counts_above_the_board_are_those_below_it(ledger):
    page = BeautifulSoup(front.Board(ledger)._repr_html_(), "html.parser")
    found = verdicts.firm(ledger)
    heads = page.select(".by-jackknife thead small")
    for reading, head in zip(("flow", "stock"), heads, strict=True):
        own = found[found["reading"] == reading]
        for verdict in ("supported", "opposed"):
            each = own[own["verdict"] == verdict]
            firm = each["firm"].eq("city and province").sum()
            assert f"{len(each)} {verdict} ({firm} firm)" in head.get_text()


def test_hinges_start_from_the_ledger_and_know_what_differs(data, ledger):
    found = front.hinges(data)
    base = found[found["variation"] == "as it is"]
    own = ledger[(ledger["errors"] == "jackknife") & (ledger["verdict"] != "no claim")]
    assert base["verdict"].value_counts().to_dict() == own["verdict"].value_counts().to_dict()
    classical = found[found["variation"] == "classical errors"]
    theirs = ledger[(ledger["errors"] == "classical") & (ledger["verdict"] != "no claim")]
    assert classical["verdict"].tolist().count("opposed") == theirs["verdict"].eq("opposed").sum()
    assert (found["changed"] == (found["was"] != found["verdict"])).all()


def test_less_one_leaves_model_1_alone_and_a_city_can_go(data):
    one, two = (front.judge(data, MODEL1, front.Variation("", FLOW, a)) for a in ("zero", "one"))
    assert np.allclose(one["coef"], two["coef"])
    gone = front.judge(data, MODEL1, front.Variation("", STOCK, without="Tongling"))
    kept = rows(data, STOCK, MODEL1).query("city != 'Tongling'")
    assert np.allclose(gone["coef"], two_way_fe(kept, "REG", MODEL1.terms).coef)


def test_the_slope_in_the_average_city_is_that_of_the_formula(data):
    """b1 + b3 times the mean of the other factor; the product keeps its slope."""
    used = rows(data, STOCK, LATE)
    coef = two_way_fe(used, "REG", LATE.terms).coef
    found = front.judge(data, LATE, front.Variation("", STOCK, "means")).set_index("row")["coef"]
    assert np.isclose(found["LM"], coef["LM"] + coef["LM_IA"] * used["IA"].mean())
    assert np.isclose(found["IA"], coef["IA"] + coef["LM_IA"] * used["LM"].mean())
    assert np.isclose(found["LM_IA"], coef["LM_IA"])


def test_model_1_with_own_paths_is_that_of_the_estimator(data):
    found = front.model1(data).set_index(["effects", "reading"])
    fit = two_way_fe(rows(data, STOCK, MODEL1), "REG", MODEL1.terms, "start")
    assert found.loc[("start", "stock"), "coef"] == pytest.approx(fit.coef["LM"])
    low, high = fit.jackknife.loc["LM", ["low", "high"]]
    assert found.loc[("start", "stock"), "low"] == pytest.approx(low)
    assert found.loc[("start", "stock"), "high"] == pytest.approx(high)
