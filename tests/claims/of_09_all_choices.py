"""The figures of the page on all choices, found in another way."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from lib import cases
from lib.specifications import MODEL1, STOCK


def test_one_and_two_choices_away_counted(page):
    """By the polynomial in x of (1 + options x) over the choices."""
    options = [len(each) - 1 for each in page.CHOICES.values()]
    ways = np.polynomial.Polynomial([1])
    for each in options:
        ways *= np.polynomial.Polynomial([1, each])
    assert len(page.money) == len(page.logs) == ways.coef[:3].sum()
    choices = page.stock[["scale", *page.CHOICES]]
    assert not choices.duplicated().any()


def test_mended_and_the_papers_case_are_those_of_the_other_chapters(page):
    alone = page.money[page.money["changed"] < 2].set_index("rows")
    for case in cases.CHOSEN:
        one = cases.fit(page.data, STOCK, MODEL1, case)
        rest = alone[(alone[[*page.CHOICES][1:]] == pd.Series(page.USUAL)[1:]).all(axis=1)]
        found = rest.loc[case.short]
        assert found["slope"] == pytest.approx(one.coef["LM"]) and found["n"] == len(one.rows)
        low, high = one.jackknife("province").table.loc["LM", ["low", "high"]]
        assert (found["from"], found["to"]) == pytest.approx((low, high))


@pytest.mark.filterwarnings("ignore::linearmodels.panel.utility.AbsorbingEffectWarning")
def test_two_choices_by_linearmodels(page):
    """All rows, weighted or with the income of 2008 × year."""
    data, te = page.data, page.employment
    years = pd.get_dummies(data["year"], drop_first=True).mul(
        data["reg"].groupby(data["city"]).transform("first"), axis=0
    )
    ia = data["share_secondary"] / data.groupby("year")["share_secondary"].transform("mean")
    rows = data.assign(IA=ia, w=data["city"].map(te)).join(years.add_prefix("s"))
    x = ["lm_stock", "IA"]
    rows = rows.dropna(subset=["reg", *x]).set_index(["city", "year"])
    held = [*years.add_prefix("s")]
    for own, change in (
        ([], {"weights": "weights by employment"}),
        (held, {"effects": "income of 2008 × year"}),
    ):
        kept = rows[[*x, *own]].loc[:, lambda frame: frame.abs().sum() > 0]
        weights = rows["w"] if "weights" in change else None
        model = PanelOLS(rows["reg"], kept, weights=weights, entity_effects=True,
                         time_effects=True, drop_absorbed=True, check_rank=False)  # fmt: skip
        slope = page.regression(STOCK, rows="paper's case", **change)[0].coef["LM"]
        assert slope == pytest.approx(model.fit().params["lm_stock"], rel=1e-6), change
