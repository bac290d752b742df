def test_the_table_of_predictions(page):
    table = page.predictions
    assert table.loc[["LM", "IA", "LM_IA"], "Printed"].str.endswith(" +").all()
    assert table.loc["TE"].tolist()[:2] == ["+", "none"]
    assert table.loc["ODI", ["Arithmetic", "Flow", "Stock"]].tolist() == [
        "−", "1 cannot tell", "1 cannot tell"]  # fmt: skip
    assert (page.cells.query("row == 'ODI'")["coef"] < 0).all()
