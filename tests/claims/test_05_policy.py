import numpy as np
import pandas as pd
import pytest

from lib import specifications
from lib.specifications import COLUMNS, STOCK


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


def test_each_recommendation_has_its_columns_and_the_average_city(page, data):
    """The slope of LM beside LM × IA, about the means, by a regression written out."""
    assert page.found.groupby("row").size().to_dict() == {
        "LM": 24, "IA": 24, "ODI": 4, "RISSL": 4, "GR": 4}  # fmt: skip
    column = next(column for column in COLUMNS if column.key == "2017-2023")
    rows = specifications.rows(data, STOCK, column)
    columns = rows[["REG", "LM", "IA"]].assign(both=rows["LM"] * rows["IA"])
    mean = columns["IA"].mean()
    for key in ("city", "year"):
        columns -= columns.groupby(rows[key]).transform("mean")  # a balanced panel
    coef = np.linalg.lstsq(columns.iloc[:, 1:], columns["REG"], rcond=None)[0]
    ours = page.found.loc["stock", "2017–2023", "LM", "paper"]["coef"]
    assert ours == pytest.approx(coef[0] + coef[2] * mean)
