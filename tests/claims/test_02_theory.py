"""Sentences of the chapter on theory."""


def test_in_money_no_elasticity_changes_the_sign_of_a_slope(page):
    assert (page.by["in money"]["flow"] < 0).all() and (page.by["in money"]["stock"] > 0).all()


def test_in_logarithms_the_slope_is_a_straight_line_through_zero_at_one(page):
    logs = page.by["in logarithms"].div(page.by.index - 1, axis=0)
    assert (logs > 0).all(axis=None) and logs.std().max() < 1e-6 * logs.min().min()


def test_printed_signs_are_those_of_the_argument_but_for_employment(page):
    printed = page.predictions["Printed"]
    assert printed[["LM", "IA", "LM_IA"]].str.endswith(" +").all()
    assert page.predictions.loc["TE", ["Argument", "Printed"]].tolist() == ["+", "1 −"]


def test_arithmetic_gives_the_sign_of_openness_and_either_sign_of_industry(page):
    columns = ["Arithmetic", "Flow", "Stock"]
    assert page.predictions.loc["ODI", columns].tolist() == ["−", "1 opposed", "1 opposed"]
    assert page.predictions.loc[["IA", "LM_IA"], "Arithmetic"].eq("either").all()
    assert page.predictions.loc["TE", "Arithmetic"] == "none"


def test_in_model_1_the_two_definitions_of_mobility_have_the_two_signs(page):
    cells = page.cells.query("column == 'model1' and row == 'LM'").set_index("reading")
    assert cells["verdict"].to_dict() == {"flow": "opposed", "stock": "supported"}
