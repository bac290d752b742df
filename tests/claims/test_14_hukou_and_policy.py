def test_intervals_of_the_ratio_are_above_one_people_moved_to_income_and_the_falls_differ(page):
    lows = [ratio[["low", "province_low"]].min() for ratio in page.cases.values()]
    assert len(lows) == 8 and min(lows) > 1
    for found in (page.apart, page.towards):
        assert found[["low", "province_low"]].min() > 0
    assert 0 < page.by_moving < 1
