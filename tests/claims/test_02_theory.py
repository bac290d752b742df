from dataclasses import replace

from headline import CASES, ONCE, Headline

from lib import cases, placebo
from lib.specifications import MODEL1, READINGS


def slopes(page, case, outcome="reg"):
    """Slopes of LM on invented income in a case, by reading and elasticity."""
    if case == "paper":
        return page.by["in money" if outcome == "reg" else "in logarithms"]
    frame, rest = cases.applied(page.data, cases.CASES[CASES.index(case)])
    belts = {eta: placebo.belt(frame, eta) for eta in page.by.index}
    of = {reading.name: replace(reading, outcome=outcome) for reading in READINGS}
    return page.pd.DataFrame({
        name: {eta: cases.fit(belt, reading, MODEL1, rest).coef["LM"]
               for eta, belt in belts.items()}
        for name, reading in of.items()
    })  # fmt: skip


def changes_at_one(page, case):
    """In the paper's case the slope in logarithms is a straight line through zero at one."""
    logs = slopes(page, case, "log_reg").div(page.by.index - 1, axis=0)
    line = case != "paper" or logs.std().max() < 1e-6 * logs.abs().min().min()
    return line and ((logs > 0).all() | (logs < 0).all()).all()


HEADLINES = [
    Headline("We invent data with", lambda p, _: {0, 1.5} <= {*p.by.index}, ONCE),
    Headline("If mobility compares residents with the residents",
             lambda p, case: (slopes(p, case)["flow"] < 0).all()),
    Headline("If mobility compares residents with registered",
             lambda p, case: (slopes(p, case)["stock"] > 0).all()),
    Headline("In money the sign of mobility is the same", lambda p, case: (
        changes_at_one(p, case) and (slopes(p, case) * [-1, 1] > 0).all(axis=None))),
]  # fmt: skip


def test_the_table_of_predictions(page):
    table = page.predictions
    assert table.loc[["LM", "IA", "LM_IA"], "Printed"].str.endswith(" +").all()
    assert table.loc["TE"].tolist()[:2] == ["+", "none"]
    assert table.loc["ODI", ["Arithmetic", "Flow", "Stock"]].tolist() == [
        "−", "1 cannot tell", "1 cannot tell"]  # fmt: skip
    assert (page.cells.query("row == 'ODI'")["coef"] < 0).all()
