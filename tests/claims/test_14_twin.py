import numpy as np
import pandas as pd
from headline import ONCE, Headline

from lib import published, verdicts


def printed(page, _):
    near = page.near
    return near["Cells"].sum() == 23 and near["Coefficient"].max() < 6e-4 and near["t"].max() < 9e-4


def narrow(page, case):
    """Whether it prints them and its incomes are spread less in each year."""
    twin, official = (np.log(wide).std(axis=1) for wide in page.incomes.values())
    return printed(page, case) and (twin < official).all()


HEADLINES = [
    Headline("This chapter uses a *twin*", printed, ONCE),
    Headline("The twin gives the printed coefficients with", narrow, ONCE),
    Headline("From the yearbook of the twin", lambda p, _: (
        printed(p, _) and p.same.all() and p.same.size == 41 * 16), ONCE),
]  # fmt: skip


def test_the_rule_opposes_nothing_that_is_true_and_supports_little(page):
    assert page.gap.min() > 0.04 and len(page.gap) == 7  # of each adjusted R²
    judged = page.judged
    own = judged.iloc[:3]
    assert own["opposed"].sum() == 0 and own["supported"].is_monotonic_decreasing
    assert judged.loc["the twin, jackknife errors", "supported"] < 6
    assert (judged.loc[["LM as a stock", "IA of services"], "opposed"] > 0).all()


def test_printed_t_lie_near_a_critical_value_and_jackknife_t_are_smaller(page):
    cells = {
        kind: pd.concat(verdicts.compare(*pair, kind) for pair in page.estimates.items())
        for kind in ("classical", "jackknife")
    }
    size = {kind: frame["t"].abs() for kind, frame in cells.items()}
    assert (size["jackknife"] < size["classical"]).mean() > 0.75
    printed = published.coefficients()["t"].abs()
    near = [abs(printed - level) < 0.5 for level in (1.645, 1.96, 2.576)]
    assert np.any(near, axis=0).mean() > 0.75
