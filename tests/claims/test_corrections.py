def test_figures_of_the_list_are_as_said(page):
    assert (page.less_one.sum(), len(page.less_one)) == (11, 108)
    assert (page.decided("flow", "verdict"), page.decided("stock", "verdict")) == (5, 6)
    assert (page.decided("flow", "clustered"), page.decided("stock", "clustered")) == (11, 10)
