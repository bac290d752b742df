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


def test_the_picture_has_the_mark_of_each_slope_of_the_paper_s_case(page):
    drawn = {
        (x, y): page.style.NAMES.get(line.get_markerfacecolor(), "").removeprefix("verdict-")
        for line in page.ax.lines
        for x, y in [(round(line.get_xdata()[0], 2), round(line.get_ydata()[0], 2))]
    }
    spelled = {"supported": "supported", "opposed": "opposed", "cannot tell": "cannot-tell"}
    rows, shown = list(page.advice), page.slopes.xs("paper", level="case")
    for (reading, heading, row), of in shown.iterrows():
        used = [each.heading for each in page.COLUMNS if row in each.terms]
        at = used.index(heading) + (0.19 if reading == "stock" else -0.19)
        sure = of["clustered_p"] < 0.05
        word = spelled[("supported" if of["coef"] > 0 else "opposed") if sure else "cannot tell"]
        soft = "-soft" if sure and not of["province_p"] < 0.05 else ""
        assert drawn[round(at, 2), rows.index(row) - 0.12] == word + soft, (reading, heading, row)


def test_of_the_printed_coefficients_only_that_of_structure_contradicts_its_advice(page):
    """Typed from Tables 1 to 3: all signs are positive but RISSL's, which has two stars."""
    assert page.passes["RISSL"] is False
    assert all(page.passes[row] for row in ("LM", "IA", "ODI", "GR"))
