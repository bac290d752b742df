"""Tables 1 to 3, re-estimated by R (``tests/crosscheck.R``) from the same ``data/``."""

import shutil
import subprocess
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import panel
from lib.estimation import hausman, random_effects
from lib.specifications import SPECIFICATIONS, estimate, prepare, rows_of

SCRIPT = Path(__file__).with_name("crosscheck.R")
PACKAGES = ("plm", "lmtest", "sandwich")


@pytest.fixture(scope="module")
def found_by_r() -> pd.DataFrame:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed here: the cross-check in R was NOT run")
    loads = "; ".join(f"library({name})" for name in PACKAGES)
    if subprocess.run(["Rscript", "-e", loads], capture_output=True).returncode:
        pytest.skip(f"R lacks one of {', '.join(PACKAGES)}: the cross-check in R was NOT run")
    done = subprocess.run(
        ["Rscript", str(SCRIPT), str(panel.DATA)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(StringIO(done.stdout), keep_default_na=False)
    return found.set_index(["column", "term", "statistic"])["value"]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return panel.load_indicators()


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda spec: spec.column)
def test_r_finds_the_same_table(found_by_r, data, spec):
    ours = estimate(data, spec)
    random = random_effects(rows_of(prepare(data), spec), "y", spec.terms)
    theirs = found_by_r.loc[spec.column]
    assert theirs.loc["", "nobs"] == ours.nobs
    expected = theirs.drop("", level="term").unstack("statistic").loc[list(spec.terms)]
    found = pd.DataFrame(
        {
            "coef": ours.coef,
            "t": ours.classical["t"],
            "clustered_t": ours.clustered["t"],
            "random_coef": random.coef,
        }
    ).loc[list(spec.terms), list(expected.columns)]
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("version", ["plain", "sigmaless"])
@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda spec: spec.column)
def test_r_finds_the_same_hausman_statistic(found_by_r, data, spec, version):
    ours = hausman(rows_of(prepare(data), spec), "y", spec.terms, version=version)
    theirs = found_by_r.loc[spec.column, "", f"hausman_{version}"]
    np.testing.assert_allclose(ours.stat, theirs, rtol=1e-8)
