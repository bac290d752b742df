def test_shanghai_fuyang_and_tongling_are_as_said(page):
    disagree = page.moves[page.moves["opposite"]]
    shanghai = disagree[disagree["city"] == "Shanghai"]
    assert shanghai["year"].tolist() == [2018, 2019, 2020, 2021]
    assert (shanghai["arrived"] > 0).all() and (shanghai["change"] < 0).all()
    assert len(page.moves) == 110 * 14  # neither 2008, without a flow, nor 2023, without a stock
    assert page.city["lm_flow"] < 1 and page.city["lm_stock"] > 0.5
    two = page.data[page.data["city"].isin(["Shanghai", "Fuyang"])]
    assert (two.query("city == 'Fuyang'")["lm_stock"].dropna() < 0).all()
    far = two[(two["lm_flow"] - 1).abs() >= 0.05]
    assert far[["city", "year"]].values.tolist() == [["Fuyang", 2010]]
    assert "census_step:resident_pop" in far["flags"].item()
    assert "boundary:resident_pop" in page.tongling["flags"] and page.tongling["lm_flow"] > 1.9
