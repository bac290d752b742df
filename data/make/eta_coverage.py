"""How often the intervals of chapter 6 hold a known elasticity: data/eta_coverage.csv, in a minute.

Residents, industry, the income of 2008 and new city effects are the official ones.  The growth of
output follows the income of 2008, year by year, rises by a known elasticity with residents, and has
the official residuals, in each draw those of a province times +1 or -1.  Scenarios:

- ``counts``: the residents of each year are known;
- ``drift``: between the counts of 2010 and 2020, and after, the published figure drifts away at
  random, with a standard deviation of .033 in ten years, that of the recount of 2020.  Where the
  series shows no step in 2020 it was revised back, so that the drift is a bridge to zero;
- ``double``: 1.8 times as far, nearly that of the cities whose series shows the step;
- ``follow``: people follow output: residents take .2 of its noise.
"""

import numpy as np
import pandas as pd
from scipy import stats

from lib import panel
from studies import elasticity

COVERAGE = panel.DATA / "eta_coverage.csv"
DRAWS, OFFICIAL, TRUE = 400, 0.25, (0.75, 1.0)
DRIFT = {"counts": 0.0, "drift": 0.033, "double": 1.8 * 0.033, "follow": 0.0}
WINDOWS = ("census", "panel", "line", "mended", "logarithm")


def basis(*columns):
    """Orthonormal columns that span the given ones."""
    left, size, _ = np.linalg.svd(np.column_stack(columns), full_matrices=False)
    return left[:, size > 1e-9 * size[0]]


def on(values, q):
    return q @ (q.T @ values)


class Sample:
    """Cities, and the spaces of what a window's regression holds against them."""

    def __init__(self, rows, keep):
        of, self.at = rows[keep], np.flatnonzero(keep)
        years = pd.get_dummies(of["year"]).to_numpy(float)
        start = of["START"].to_numpy()[:, None]
        effects = pd.get_dummies(of["city"] + of["spell"].astype(str)).to_numpy(float), years
        self.by_start = basis(years, years * np.log(start))
        self.held = {
            "panel": basis(*effects, years * np.log(start)),
            "line": basis(*effects, of[["IA"]], years * start),
            "mended": basis(*effects, of[["IA"]]),
        }
        self.held["logarithm"] = self.held["mended"]
        self.counts = [np.flatnonzero(of["year"].eq(year)) for year in (2010, 2020)]

    def gap(self, window, draw, eta):
        """What the window finds, less what it would find at an elasticity; one value a draw."""
        lm, people, truly, grown, start = (each[self.at] for each in draw)
        if window == "census":
            income = start + grown - truly
            first, last = self.counts
            across = basis(np.ones(len(first)))
            x, y = truly[last] - truly[first], grown[last] - grown[first]
            held = [x - on(x, across), income[first] - on(income[first], across)]
            slope = (held[0] * held[1]).sum(0) / (held[1] ** 2).sum(0)
            x = held[0] - slope * held[1]
            return (x * y).sum(0) / (x**2).sum(0) - eta
        x = people if window == "panel" else lm
        x = x - on(x, self.held[window])
        if window == "panel":
            return (x * grown).sum(0) / (x**2).sum(0) - eta
        belt = on(grown - eta * people, self.by_start) + eta * people
        form = np.asarray if window == "logarithm" else np.exp
        rest = form(start + grown - people) - form(start + belt - people)
        return (x * rest).sum(0) / (x**2).sum(0)


def draws_of(rows, scenario, eta, rng, draws):
    """LM, residents as published and as they are, output's growth and log income of 2008."""
    people, start = (np.log(rows[name].to_numpy())[:, None] for name in ("PEOPLE", "START"))
    years = pd.get_dummies(rows["year"]).to_numpy(float)
    by_start = basis(years, years * start)
    rest = np.log(rows["REG"].to_numpy())[:, None] - start + people - OFFICIAL * people
    line = on(rest, by_start)
    city, province = (pd.factorize(rows[name], sort=True)[0] for name in ("city", "province"))
    noise = rng.choice([-1.0, 1.0], (province.max() + 1, draws))[province] * (rest - line)
    steps = rng.standard_normal((city.max() + 1, 2, 10, draws)).cumsum(2) / np.sqrt(10)
    spells = rows.pivot(index="city", columns="year", values="spell")
    revised = spells[2020].eq(spells[2019]).to_numpy()
    steps[revised, 0] -= np.linspace(0.1, 1, 10)[:, None] * steps[revised, 0, -1:]
    walk = np.zeros((city.max() + 1, 16, draws))
    walk[:, 3:12], walk[:, 13:] = steps[:, 0, :9], steps[:, 1, :3]
    truly = people + (0.2 if scenario == "follow" else 0) * noise
    seen = truly + DRIFT[scenario] * walk[city, rows["year"].to_numpy() - 2008]
    lm, ratio = (rows[name].to_numpy()[:, None] for name in ("LM", "RATIO"))
    lm = lm + ratio * np.expm1(seen - people)
    return lm, seen, truly, line + eta * truly + noise, start + np.zeros(draws)


def shares(samples, window, draw, eta):
    """The share of draws whose interval holds the elasticity.

    ``bias`` is the median error of the estimate; a set beside Belts has none of its own.
    """
    whole, *left = (each.gap(window, draw, eta) for each in samples)
    se = np.sqrt((len(left) - 1) / len(left) * sum((one - whole) ** 2 for one in left))
    inside = np.abs(whole / se) < stats.t.ppf(0.975, len(left) - 1)
    found = {"covers": round(float(inside.mean()), 4)}
    if window in ("census", "panel"):
        found["bias"] = round(float(np.median(whole)), 3)
    return found


def simulate(data, draws=DRAWS, scenarios=tuple(DRIFT), true=TRUE, windows=WINDOWS):
    """A row a scenario, window and true elasticity."""
    rows, _ = elasticity.rows_of(data)
    gross = data[["city", "year"]].assign(RATIO=1 + data["lm_stock_gross"])
    rows = rows.merge(gross, on=["city", "year"])
    names = [None, *sorted(rows["province"].unique())]
    samples = [Sample(rows, rows["province"].ne(name).to_numpy()) for name in names]
    lines = []
    for scenario in scenarios:
        for eta in true:
            draw = draws_of(rows, scenario, eta, np.random.default_rng(6), draws)
            lines += [{"scenario": scenario, "window": window, "eta": eta,
                       **shares(samples, window, draw, eta)} for window in windows]  # fmt: skip
    return pd.DataFrame(lines)


if __name__ == "__main__":
    simulate(panel.load()).to_csv(COVERAGE, index=False, lineterminator="\n")
