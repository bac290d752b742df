def test_all_printed_coefficients_of_mobility_industry_and_their_product_are_positive(page):
    assert len(page.three) and (page.three["coef"] > 0).all()
