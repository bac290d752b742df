def test_nothing_was_compared_with_eviews_and_stata_printed_random_effects_alone(page):
    assert not page.found["producer"].str.contains("EViews").any()
    assert set(page.stata["estimator"]) == {"random individual swar"}
    assert page.other["convention"].isin(page.conventions["convention"]).all()
