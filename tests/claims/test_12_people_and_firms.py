def test_wages_came_closer_and_by_province_the_rise_of_2019_to_2023_cannot_be_told(page):
    assert max(page.closer["province_high"], page.persists["province_high"]) < 1
    assert page.after["province_low"] < 1 < page.after["coef"]
    assert page.still["province_low"] < 1 < page.still["province_high"]
