def parts_fall(page, rows):
    return all(page.fall(part, rows) < 1 for part in ("between", "within"))


def test_half_of_theil_lies_within_provinces_most_within_reaches_and_little_between_sizes(page):
    assert page.reached == ["all cities"]  # by province, the speed of the model
    assert max(page.sigma["province_high"], page.later["province_high"]) < 1
    between = page.share.xs(2023, level=1)
    assert between["reach"] < 0.5 and 0.4 < between["province"] < 0.6 and between["size"] < 0.05
    assert parts_fall(page, page.data[page.steady])
