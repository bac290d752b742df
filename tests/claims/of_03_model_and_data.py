def test_shanghai_and_tongling_are_as_said(page):
    shanghai = page.moves[page.moves["opposite"] & (page.moves["city"] == "Shanghai")]
    assert shanghai["year"].tolist() == [2018, 2019, 2020, 2021]
    assert (shanghai["arrived"] > 0).all() and (shanghai["change"] < 0).all()
    assert "boundary:resident_pop" in page.tongling["flags"] and page.tongling["lm_flow"] > 1.9
