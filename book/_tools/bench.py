"""How long builds take, and resampling against other programs (``make bench``): ratios, no checks.

Seconds differ between machines and hours, so builds are multiples of the bare code of all notebooks
in one process, and resampling of the other program in the same run, on one thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest
from linearmodels.panel import PanelOLS

from lib import panel
from lib.resampling import bootstrap, kernel
from lib.specifications import FLOW, MODEL1, rows

ROOT = Path(__file__).resolve().parents[2]
BARE = """
import os, sys
sys.path[:0] = ["../book/_tools", "../book/_ext", ".."]
import notebooks, jupytext
for pair in notebooks.pairs():
    space = {}
    for cell in jupytext.read(pair.text, fmt="md:myst").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, pair.name, "exec"), space)
"""


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The quickest of several runs: what else the machine does only adds to them."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def builds() -> None:
    """A clean build of a copy of what git tracks, then two that have little to do."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
        for name in filter(None, names):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)

        def run(*arguments: str, place: str = ".") -> None:
            subprocess.run(
                [sys.executable, *arguments], cwd=root / place, check=True, capture_output=True
            )

        unit = seconds(lambda: run("-c", BARE, place="notebooks"))
        print(f"{'bare code of all notebooks, one process':45}{unit:8.1f} s")
        build = "book/_tools/build.py"
        page = root / "book" / "01-introduction.md"
        for name, arguments in {
            "make book, every notebook executed": [build, "--force"],
            "make book, nothing changed": [build],
            "make book, one sentence changed": [build],
        }.items():
            if "sentence" in name:
                page.write_text(page.read_text(encoding="utf-8") + "\nOne sentence more.\n")
            taken = seconds(lambda arguments=arguments: run(*arguments))
            print(f"{name:45}{taken:8.1f} s{taken / unit:8.2f}", flush=True)


def resampling(fits: int = 1000, timed: int = 20, draws: int = 9999) -> None:
    """Many regressions at once, and one wild bootstrap; others do a part, scaled to the whole."""
    rng = np.random.default_rng(4)
    y, x = rng.normal(size=(fits, 110, 16)), rng.normal(size=(fits, 2, 110, 16))
    keys = pd.MultiIndex.from_product([range(110), range(2008, 2024)])

    def theirs(draw: int) -> None:
        frame = pd.DataFrame({"y": y[draw].ravel(), "a": x[draw, 0].ravel()}, keys)
        frame["b"] = x[draw, 1].ravel()
        model = PanelOLS(frame["y"], frame[["a", "b"]], entity_effects=True, time_effects=True)
        model.fit(cov_type="clustered", cluster_entity=True)

    ours = seconds(lambda: kernel.fit(y, x).se("clustered"), 3)
    other = seconds(lambda: [theirs(draw) for draw in range(timed)]) * fits / timed
    print(f"{f'{fits:,} regressions: linearmodels / ours':45}{other / ours:18.0f} times")
    used = rows(panel.load(), FLOW, MODEL1)
    model = pyfixest.feols("REG ~ LM + IA | city_code + year", used, vcov="iid")
    ours = seconds(lambda: bootstrap.wild_cluster(used, "REG", ["LM", "IA"], "LM", draws=draws), 3)
    other = seconds(lambda: model.wildboottest(draws, "city_code", "LM", seed=1), 2)
    print(f"{f'{draws:,} wild draws: pyfixest / ours':45}{other / ours:18.0f} times")


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of other programs, about their own dependencies
    resampling()
    builds()
