"""Sentences of the chapter on theory."""

from dataclasses import replace

from headline import CASES, Headline

from lib import cases, placebo
from lib.specifications import MODEL1, READINGS


def slopes(page, case, outcome="reg"):
    """Slopes of LM on invented income in a case, by reading and elasticity."""
    if case == "paper":
        return page.by["in money" if outcome == "reg" else "in logarithms"]
    frame, rest = cases.applied(page.data, cases.CASES[CASES.index(case)])
    belts = {eta: placebo.belt(frame, eta) for eta in page.by.index}
    of = {each.name: replace(each, outcome=outcome) for each in READINGS}
    return page.pd.DataFrame({
        name: {eta: cases.fit(belt, each, MODEL1, rest).coef["LM"] for eta, belt in belts.items()}
        for name, each in of.items()
    })  # fmt: skip


def changes_at_one(page, case):
    logs = slopes(page, case, "log_reg").div(page.by.index - 1, axis=0)
    return ((logs > 0).all() | (logs < 0).all()).all()


HEADLINES = [
    Headline("We invent data with", lambda page, case: 0 in page.by.index and 1.5 in page.by.index,
             ("",)),
    Headline("If mobility compares", lambda page, case: (slopes(page, case)["flow"] < 0).all()),
    Headline("If it compares", lambda page, case: (slopes(page, case)["stock"] > 0).all()),
    Headline(
        "In money the sign of mobility is the same",
        lambda page, case: changes_at_one(page, case)
        and (slopes(page, case) * [-1, 1] > 0).all(axis=None),
    ),
]  # fmt: skip
NO_CLAIM = [
    "In our model the answer depends",
    "If the elasticity is below one, newcomers",
    "If the elasticity is above one, newcomers",
    "Below an elasticity of one newcomers lower",
    "In this model, whether",
    "The sign of mobility in the paper's Model 1",
    "compares censuses, and there",
]


def test_in_logarithms_the_slope_is_a_straight_line_through_zero_at_one(page):
    logs = page.by["in logarithms"].div(page.by.index - 1, axis=0)
    assert (logs > 0).all(axis=None) and logs.std().max() < 1e-6 * logs.min().min()


def test_printed_signs_are_those_of_the_argument_but_for_employment(page):
    printed = page.predictions["Printed"]
    assert printed[["LM", "IA", "LM_IA"]].str.endswith(" +").all()
    assert page.predictions.loc["TE", ["Argument", "Printed"]].tolist() == ["+", "1 −"]


def test_arithmetic_gives_the_sign_of_openness_and_either_sign_of_industry(page):
    odi = page.predictions.loc["ODI", ["Arithmetic", "Flow", "Stock"]]
    assert odi.tolist() == ["−", "1 cannot tell", "1 cannot tell"]
    assert (page.cells.query("row == 'ODI'")["coef"] < 0).all()
    assert page.predictions.loc[["IA", "LM_IA"], "Arithmetic"].eq("either").all()
    assert page.predictions.loc["TE", "Arithmetic"] == "none"


def test_in_model_1_the_two_definitions_of_mobility_have_the_two_signs(page):
    cells = page.cells.query("column == 'model1' and row == 'LM'").set_index("reading")
    assert (cells["coef"] * [-1, 1] > 0).all() and cells.index.tolist() == ["flow", "stock"]
    assert cells["verdict"].eq("cannot tell").all()
