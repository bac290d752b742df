def test_shanghai_fuyang_and_tongling_are_as_said(page):
    disagree = page.ordered.loc[page.both.index[page.both.round(9) < 0]]
    shanghai = disagree[disagree["city"] == "Shanghai"]
    assert shanghai["year"].tolist() == [2018, 2019, 2020, 2021]
    assert (shanghai["lm_flow"] > 1).all()
    assert page.city["lm_flow"] < 1 and page.city["lm_stock"] > 0.5
    assert (page.two.query("city == 'Fuyang'")["lm_stock"].dropna() < 0).all()
    far = page.two[(page.two["lm_flow"] - 1).abs() >= 0.05]
    assert far[["city", "year"]].values.tolist() == [["Fuyang", 2010]]
    assert "census_step:resident_pop" in far["flags"].item()
    assert "boundary:resident_pop" in page.tongling["flags"] and page.tongling["lm_flow"] > 1.9
    assert page.taken.min() > 0  # natural growth lowers the stock of every city
    assert page.money.iloc[-1] > page.money.iloc[0]
