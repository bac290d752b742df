"""How much faster the resampling kernels are than the programs a reader would reach for.

Each figure is a ratio of two timings of the same run, on one thread.  The other program does a
part of the work, chosen at random with a fixed seed, and its time is scaled to the whole: a
thousand samples or thousands of specifications would take it an hour.  Every other program gets
its rows ready made, so that only its estimation is timed; ours starts from the panel.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numba
import numpy as np
import pandas as pd
import pyfixest
from linearmodels.panel import PanelOLS
from tqdm import tqdm
from wildboottest import wildboottest

from lib import batched, bootstrap, multiverse, multiverse_register, panel, which41
from lib.multiverse_rows import sample_rows
from lib.specifications import BASELINE, SPECIFICATIONS, Specification, prepare, rows_of

SEED = 4
DRAWS = 9_999
# lm_flow has few rows in the upper reach, and none in Guizhou; this one nearly fills the panel.
READING = replace(BASELINE, mobility="lm_flow_gross")


@dataclass(frozen=True)
class Comparison:
    """Seconds of this project and of another program for the same work."""

    work: str
    other: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


def comparisons() -> Iterator[Comparison]:
    """Every comparison, one at a time."""
    data = panel.load_indicators()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other programs, about their own dependencies
        yield from wild_bootstrap(data)
        yield from unbalanced_fits(data)
        yield from random_samples(data)
        yield from whole_multiverse(data)


def wild_bootstrap(data: pd.DataFrame) -> Iterator[Comparison]:
    """One test of LM's slope in a column of Table 2, clusters by city."""
    rows = prepare(data, READING).dropna(subset=["y", "lm", "ia", "lm_ia"])
    terms = ["lm", "ia", "lm_ia"]
    model = pyfixest.feols("y ~ lm + ia + lm_ia | city_code + year", rows, vcov="iid")

    def ours() -> object:
        return bootstrap.wild_cluster(rows, "y", terms, "lm", draws=DRAWS)

    def theirs() -> object:
        return model.wildboottest(DRAWS, "city_code", "lm", seed=SEED)

    work = f"wild cluster bootstrap, {DRAWS:,} draws"
    yield Comparison(work, "pyfixest", *best_of_both(ours, theirs))
    with compiled_once():
        theirs()
        yield Comparison(work, "pyfixest, compiled beforehand", *best_of_both(ours, theirs))


@contextmanager
def compiled_once() -> Iterator[None]:
    """Spare pyfixest what it pays in every call: numba compiling the same function again."""
    compiled: dict[CodeType, Any] = {}

    def njit(**options: Any) -> Callable[[Any], Any]:
        def keep(function: Any) -> Any:
            code = function.__code__
            if code not in compiled:
                compiled[code] = numba.njit(**options)(function)
            return compiled[code]

        return keep

    usual, wildboottest.njit = wildboottest.njit, njit
    try:
        yield
    finally:
        wildboottest.njit = usual


def unbalanced_fits(data: pd.DataFrame, fits: int = 1000, timed: int = 20) -> Iterator[Comparison]:
    """Regressions of noise on three regressors, 41 cities by 16 years, each with its own gaps."""
    rng = np.random.default_rng(SEED)
    y, present = rng.normal(size=(fits, 41, 16)), rng.random((fits, 41, 16)) > 0.3
    x = rng.normal(size=(fits, 3, 41, 16))
    ours = best(lambda: [batched.fit(y[s], x[s], present[s]).se("clustered") for s in steps(fits)])
    keys = pd.MultiIndex.from_product([range(41), range(2008, 2024)])
    frames = [
        pd.DataFrame(np.vstack([y[r].ravel(), x[r].reshape(3, -1)]).T, keys, list("yabc"))[
            present[r].ravel()
        ]
        for r in range(timed)
    ]
    theirs = clocked(each(lambda f: fit_panel(f, "y", list("abc")), frames, "linearmodels"))
    work = f"{fits:,} unbalanced regressions"
    yield Comparison(work, "linearmodels", ours, theirs * fits / timed)


def random_samples(
    data: pd.DataFrame, samples: int = 1000, timed: int = 20
) -> Iterator[Comparison]:
    """Tables 1 to 3 on random samples of 41 cities, IA computed within each."""
    chosen = which41.draw(which41.pool(data), draws=samples, seed=SEED)
    ours = best(lambda: which41.estimate(data, chosen, READING), 2)
    work = f"{samples:,} random samples x {len(SPECIFICATIONS)} regressions"
    prepared = []
    for _, sample in chosen.iloc[:timed].iterrows():
        rows = prepare(data[data["city_code"].isin(sample.index[sample])], READING)
        prepared += [
            (rows_of(rows, column).dropna(subset=["y", *column.terms]), column)
            for column in SPECIFICATIONS
        ]
    for program, fit in (("linearmodels", fit_linearmodels), ("pyfixest", fit_pyfixest)):
        fit(prepared[0])
        theirs = clocked(each(fit, prepared, program))
        yield Comparison(work, program, ours, theirs * samples / timed)


def whole_multiverse(data: pd.DataFrame, timed: int = 200) -> Iterator[Comparison]:
    """Every admitted specification, all its terms and errors; the other road does one of each."""
    ours = best(lambda: multiverse.explore(data, progress=False), 1)
    universe = multiverse_register.universe()
    some = universe.sample(timed, random_state=SEED).astype(str)
    some["term"] = [
        multiverse_register.admitted_terms(s.scope, s.product, s.controls)[0]
        for s in some.itertuples()
    ]
    samples = {name: sample_rows(data, name) for name in some["sample"].unique()}
    jobs = [(row, samples[row["sample"]]) for _, row in some.assign(errors="clustered").iterrows()]
    theirs = clocked(
        each(lambda job: multiverse.through_linearmodels(job[0], data, job[1]), jobs, "multiverse")
    )
    work = f"the multiverse, {len(universe):,} regressions"
    yield Comparison(work, "linearmodels", ours, theirs * len(universe) / timed)


def fit_linearmodels(job: tuple[pd.DataFrame, Specification]) -> None:
    """One column of a table; a sample on which it is undefined costs what finding that out does."""
    rows, column = job
    with suppress(ValueError, ZeroDivisionError):  # absorbed, or too few rows
        fit_panel(rows.set_index(["city_code", "year"]), "y", list(column.terms))


def fit_panel(rows: pd.DataFrame, y: str, x: list[str]) -> None:
    model = PanelOLS(rows[y], rows[x], entity_effects=True, time_effects=True)
    model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)


def fit_pyfixest(job: tuple[pd.DataFrame, Specification]) -> None:
    rows, column = job
    formula = f"y ~ {' + '.join(column.terms)} | city_code + year"
    with suppress(ValueError, ZeroDivisionError):
        pyfixest.feols(formula, rows, vcov={"CRV1": "city_code"})


def steps(draws: int, step: int = 100) -> Iterator[slice]:
    for first in range(0, draws, step):
        yield slice(first, first + step)


def each(fit: Callable[[Any], object], jobs: list[Any], name: str) -> Callable[[], None]:
    """Do all jobs, with a bar on a terminal."""

    def work() -> None:
        for job in tqdm(jobs, desc=name, leave=False, disable=None):
            fit(job)

    return work


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the quickest of several runs: what else the machine does only adds to them."""
    return min(clocked(work) for _ in range(times))


def best_of_both(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 5
) -> tuple[float, float]:
    """The same for two programs in turn, so that both have their share of quiet moments."""
    seconds = [(best(ours, 3), best(theirs, 1)) for _ in range(rounds)]
    return min(s[0] for s in seconds), min(s[1] for s in seconds)


def main() -> None:
    head = ("resampling, on one thread", "seconds", "another program", "seconds", "ratio")
    print("{:40}{:>8}  {:30}{:>8}{:>8}".format(*head))
    for found in comparisons():
        figures = f"{found.ours:8.3f}  {found.other:30}{found.theirs:8.2f}{found.ratio:8.0f}"
        print(f"{found.work:40}{figures}", flush=True)


if __name__ == "__main__":
    main()
