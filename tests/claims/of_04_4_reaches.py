from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib import cases, specifications
from lib.regression import fit
from lib.specifications import FLOW, LOWER, STOCK


@pytest.mark.parametrize(("reading", "case"), [(STOCK, cases.PAPER), (FLOW, cases.MENDED)])
def test_slopes_of_a_set_of_provinces_are_those_of_a_regression_of_its_cities(page, reading, case):
    rows = specifications.rows(page.data, case.of(reading), terms=LOWER.terms)
    names = np.sort(rows["province"].unique())
    for reach, size in (("middle", 3), ("lower", 4)):
        sets, slopes, true = page.of_sets(rows, reach)
        assert sorted(map(tuple, names[np.nonzero(sets)[1].reshape(-1, size)])) == sorted(
            combinations(names, size)
        )
        assert {*names[sets[true][0]]} == {*rows.loc[rows["reach"].eq(reach), "province"]}
        for each in (0, 77, len(sets) - 1):
            own = specifications.centred(rows[rows["province"].isin(names[sets[each]])])
            alone = fit(own, "REG", LOWER.terms, unit=cases.UNIT)
            assert_allclose(slopes[each], alone.coef[["LM", "IA"]], rtol=1e-6)


def test_deals_are_all_pairs_of_sets_without_a_common_province(page):
    rows = specifications.rows(page.data, STOCK, terms=LOWER.terms)
    (a, of_a, _), (b, of_b, _) = page.of_sets(rows, "lower"), page.of_sets(rows, "middle")
    dealt, true = page.deals(rows, "lower", "middle")
    brute = [of_a[i] - of_b[j] for i, left in enumerate(a) for j, right in enumerate(b)
             if not (left & right).any()]  # fmt: skip
    assert len(brute) == 11_550
    assert_allclose(dealt, brute)
    large = np.mean([np.abs(each) >= np.abs(true) - 1e-9 for each in brute], axis=0)
    assert_allclose(page.share(rows, "lower", "middle"), large)


def test_a_difference_is_that_of_one_regression_in_which_each_reach_has_slopes_and_years(page):
    whole = specifications.rows(page.data, STOCK, terms=LOWER.terms)
    rows = whole[whole["reach"].ne("middle")]
    means = rows.groupby("reach")[["LM", "IA"]].transform("mean")
    rows = rows.assign(**rows[["LM", "IA"]] - means).eval("LM_IA = LM * IA")
    more = {f"{term}_lower": rows[term] * rows["reach"].eq("lower") for term in LOWER.terms}
    pooled = fit(rows.assign(**more), "REG", [*LOWER.terms, *more], time=("reach", "year"))
    ours = page.differ.xs(("stock", "lower less upper", "paper"), level=[1, 2, 3])
    names = ["LM_lower", "IA_lower"]
    assert_allclose(ours["coef"], pooled.coef[names], rtol=1e-7)
    assert_allclose(ours["p, city"], pooled.table("jackknife").loc[names, "p"], atol=0.01)
    half = pooled.table("jackknife").loc[names, ["low", "high"]].diff(axis=1)["high"] / 2
    assert_allclose(ours["half"], half, rtol=0.05)
    assert_allclose(page.deals(whole, "lower", "upper")[1], ours["coef"], rtol=1e-7)
