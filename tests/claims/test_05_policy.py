import pandas as pd


def test_an_advice_is_supported_if_each_definition_speaks_for_it_and_none_against(page):
    """B has a slope against it with the stock, and C none for it with the flow."""
    said = {("A", "flow"): "supported, cannot tell", ("A", "stock"): "supported, supported",
            ("B", "flow"): "supported", ("B", "stock"): "supported, opposed",
            ("C", "flow"): "cannot tell", ("C", "stock"): "supported"}  # fmt: skip
    marks = pd.Series({
        (reading, str(place), row, case): word if case == "paper" else "cannot tell"
        for (row, reading), words in said.items()
        for place, word in enumerate(words.split(", ")) for case in page.cases.SHORT
    }).rename_axis(page.slopes.index.names)  # fmt: skip
    found = page.supported(marks)
    assert found["paper"].to_dict() == {"A": True, "B": False, "C": False}
    assert not found.drop(columns="paper").any(axis=None)


def test_of_the_printed_coefficients_only_that_of_structure_contradicts_its_advice(page):
    """Typed from Tables 1 to 3: all signs are positive but RISSL's, which has two stars."""
    assert page.passes["RISSL"] is False
    assert all(page.passes[row] for row in ("LM", "IA", "ODI", "GR"))
