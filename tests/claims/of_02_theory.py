import numpy as np
import pytest
import statsmodels.api as sm


def test_an_interval_is_that_of_statsmodels(page):
    y, x, z = (page.drawn(1, samples=2, cities=40) for _ in range(3))
    low, high = page.ends(y + x * z, x, z)
    fitted = sm.OLS(y[1] + x[1] * z[1], sm.add_constant(np.column_stack([x[1], z[1]])))
    known = fitted.fit(cov_type="HC3", use_t=True).conf_int()
    assert np.column_stack([low[1], high[1]]) == pytest.approx(known)


@pytest.mark.parametrize("eta, lasts", [(0.8, True), (1.25, True), (1.4, False)])
def test_people_who_move_to_utility_spread_below_four_thirds_and_gather_above(page, eta, lasts):
    people = np.array([1.05, 0.95])
    for _ in range(200):
        income = people ** (eta - 1)
        utility = np.log(income) - page.housing * np.log(page.housing * income * people)
        people *= np.exp(0.2 * (utility - utility.mean()))
        people *= 2 / people.sum()
    assert (abs(people[0] - 1) < 0.05) == lasts


@pytest.mark.parametrize("seed", [3, 4])
def test_rules_reject_true_claims_no_more_often_than_their_level_and_find_false_ones(page, seed):
    page.rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    for theory, *given in (
        (page.mobility, (1, 0), (1, 0.5), (1.2, 0.5), (0.7, 0)),
        (page.industry, (0, 0), (0, 0.5), (-0.3, 0.5), (0.4, 0)),
        (page.together, (0.2, page.edge), (0.2, page.edge, 3), (0.2, 0.1, 3), (0, 0.4)),
    ):
        *true, false = (theory(*each)[0].mean() for each in given)
        assert max(true) < 0.05 < 0.5 < false, theory.__name__
