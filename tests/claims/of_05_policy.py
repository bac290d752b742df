import pandas as pd


def test_an_advice_is_supported_if_every_column_speaks_for_it_and_none_against(page):
    """B has a slope against it with the stock, C none for it with the flow, D only one case."""
    said = {("A", "flow"): "supported, cannot tell", ("A", "stock"): "supported, supported",
            ("B", "flow"): "supported", ("B", "stock"): "supported, opposed",
            ("C", "flow"): "cannot tell", ("C", "stock"): "supported",
            ("D", "flow"): "supported", ("D", "stock"): "supported"}  # fmt: skip
    found = pd.DataFrame([
        (reading, str(place), row, case, "cannot tell" if (row, case) == ("D", "mended") else word)
        for (row, reading), words in said.items()
        for place, word in enumerate(words.split(", ")) for case in ("paper", "mended")
    ], columns=[*page.found.index.names, "says"]).set_index(page.found.index.names)  # fmt: skip
    assert page.support(found).to_dict() == {"A": True, "B": False, "C": False, "D": False}


def test_of_the_printed_coefficients_only_that_of_structure_contradicts_its_advice(page):
    """Typed from Tables 1 to 3: with two stars or more LM and GR are positive, RISSL negative."""
    assert (set(page.by_paper), set(page.against_paper)) == ({"LM", "GR"}, {"RISSL"})
