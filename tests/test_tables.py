"""Tables: what they show, and that text from a file stays text."""

import numpy as np
import pandas as pd
import pytest
import shown
from linearmodels.panel import PanelOLS
from scipy import stats
from written_out import simulated

from lib import tables
from lib.regression import fit
from lib.specifications import MODEL1, MODEL2


def test_what_is_shown_of_a_cell_and_what_its_file_holds():
    two = tables.Cell("2.00 (1.2)", {"": 2.0, "t": 1.25})
    frame = pd.DataFrame({
        "b": [tables.Cell("−0.333**", {"": -1 / 3, "p": 0.03}), two], "w": ["LM_IA", "–"],
        "i": [tables.Cell.interval(-1, 2 / 3), None], "share": [0.5, np.nan], "x": [0.1234, -2],
        "p": [0.0001, 0.0456], "n": [3, 12345],
    })  # fmt: skip
    table = tables.show(frame, digits=1)
    assert table.frame.iloc[0].tolist() == [
        "−0.333**", "LM × IA", "−1.00 to 0.67", "0.5", "0.1", "< .001", "3"
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


def test_tables_of_the_paper():
    frame = tables.printed((MODEL1, MODEL2)).frame.set_index("")
    assert frame.iloc[5].tolist() == ["–", "t 1.672"] and frame.loc["LM"].tolist()[1] == "–"
    assert frame.loc["Hausman p"].tolist() == ["0.048", "0.046"]


def invented(provinces: int) -> pd.DataFrame:
    """Two cities in each province, every other one recounted in 2010; stars hang on the error."""
    rows = simulated(2 * provinces, 4, seed=28).rename(columns={"a": "LM", "b": "IA", "y": "REG"})
    recounted = (rows["year"] >= 2010) & (rows["city"] % 2 > 0)
    return rows.assign(province=rows["city"] // 2, spell=recounted.astype(int))


@pytest.mark.parametrize("unit", ["city", ("city", "spell")])
@pytest.mark.parametrize(("provinces", "by"), [(11, "province"), (9, "city")])
def test_a_table_of_a_regression_against_linearmodels(unit, provinces, by):
    """The foot is that of the regression, the errors are those whose names stand in the head."""
    rows = invented(provinces)
    ours = fit(rows, "REG", MODEL1.terms, unit=unit, clusters=("city", "province"))
    frame = tables.beside([MODEL1], {("flow", "paper", "Model 1"): ours}).frame
    assert list(frame) == [f"Errors by {by}", "Printed", "Flow, paper's case"]
    shown = frame.set_index(frame.columns[0]).iloc[:, 1]
    assert "Hausman p" not in shown

    rows["entity"] = rows["city"] * 2 + rows["spell"] * (unit != "city")
    rows["period"] = rows["year"].astype(str)
    panel = rows.set_index(["entity", "year"])
    peer = PanelOLS.from_formula("REG ~ 1 + LM + IA + period + EntityEffects", panel)
    peer = peer.fit(cov_type="clustered", clusters=panel["city"], group_debias=True)

    jackknife = ours.jackknife(by).table.loc["LM", "se"]
    shown_se = shown.iloc[1].replace("−", "-").strip("]").split(") [")
    assert float(shown_se[0][1:]) == pytest.approx(jackknife, abs=0.006)
    assert float(shown_se[1]) == pytest.approx(peer.std_errors["LM"], abs=0.006)
    p = 2 * stats.t.sf(abs(peer.params["LM"] / jackknife), rows[by].nunique() - 1)
    stars = "***" if p < 0.01 else "**" if p < 0.05 else "*" * bool(p < 0.1)
    assert shown.iloc[0] == f"{peer.params['LM']:.2f}{stars}"
    left = (1 - peer.rsquared_inclusive) * (peer.nobs - 1) / peer.df_resid
    assert float(shown["Adj. R²"]) == pytest.approx(1 - left, abs=0.0006)
    assert shown[["City effects", "Year effects", "N", "Cities", "Years"]].tolist() == [
        "yes" if unit == "city" else "city × recount", "yes", str(8 * provinces),
        str(2 * provinces), "2008–2011",
    ]  # fmt: skip


def test_the_foot_says_which_effects_a_regression_has():
    rows = invented(11)
    place = ("stock", "mended", "Model 1")
    for effects, said in (("entity", ["yes", "no"]), ("time", ["no", "yes"]), ("none", ["no"] * 2)):
        one = fit(rows, "REG", MODEL1.terms, effects, clusters=("city", "province"))
        table = tables.beside([MODEL1], {place: one}, {place: 0.0123})
        foot = table.frame.set_index("Errors by province").iloc[:, 1]
        assert foot[["City effects", "Year effects", "Hausman p"]].tolist() == [*said, ".012"]
        assert f"City effects & yes & {said[0]} " in table._repr_latex_()
        assert f"<td>{said[1]}</td>" in table._repr_html_()
        assert f"| City effects | yes | {said[0]} |" in table._repr_markdown_()
    assert table.numbers[["term", "case", "provinces"]].to_numpy().tolist() == [
        ["LM", "mended", 11], ["IA", "mended", 11]
    ]  # fmt: skip


def test_claims_by_hand():
    """Model 1 prints 0.501** for LM; up to 2016 IA has no star, and so no row."""
    slopes = shown.slopes(
        "coef province_p clustered_p province_se",
        ("flow", "Model 1", "LM", "paper", -1.0, 0.03, 0.2, 0.125),
        ("flow", "Model 1", "LM", "mended", 1.0, 0.06, 0.01, 2),
        ("stock", "Model 1", "LM", "paper", 1.0, 0.001, 0.02, 3),
        ("flow", "2008–2016", "IA", "paper", 1.0, 0.001, 0.001, 4),
    )
    table = tables.claims(slopes)
    assert table.frame.to_dict("records") == [{
        "Claim": "Model 1: LM", "Printed": "0.501**", "Flow, paper's case": "opposed [cannot tell]",
        "Flow, mended": "cannot tell [supported]", "Stock, paper's case": "supported",
    }]  # fmt: skip
    assert table.numbers["verdict"].tolist() == ["opposed", "cannot tell", "supported", "no claim"]
    assert table.numbers["printed_stars"].tolist() == [2, 2, 2, 0]
    whole = tables.claims(slopes, whole=True).frame
    assert whole.iloc[:, 2:].to_numpy().tolist() == [
        ["−1.00** (0.12) opposed [cannot tell]", "1.00* (2.00) cannot tell [supported]",
         "1.00*** (3.00) supported"],
        ["1.00*** (4.00) no claim", "–", "–"],
    ]  # fmt: skip
    assert whole["Printed"].tolist() == ["0.501**", "1.198"]


def test_an_estimate_has_its_interval_and_an_end_without_a_bound_is_open():
    cell = tables.Cell.estimate(2.514, 1.006, np.inf, other=3.0)
    assert str(cell) == "2.51 (1.01 to open)"
    assert cell.numbers == {"coef": 2.514, "low": 1.006, "high": np.inf, "other": 3.0}
