def test_by_city_income_follows_markets_in_every_case(page):
    assert (page.cases[page.of_income].loc["low"] > 0).all() and len(page.near) == 110
