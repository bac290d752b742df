"""Estimates of the book, made again by R from the same data (``crosscheck.R``, ``census.R``)."""

from __future__ import annotations

import shutil
import subprocess
from io import StringIO
from itertools import product
from pathlib import Path

import names
import numpy as np
import pandas as pd
import peers
import pytest
from numpy.testing import assert_allclose

from lib import cases, changes, panel, placebo
from lib.regression import fit
from lib.specifications import COLUMNS, READINGS, Column, Reading, rows
from studies import census

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).with_name("crosscheck.R")


def run(script: Path, *arguments: str, packages: str = "plm lmtest sandwich") -> pd.DataFrame:
    """The table that a script of R prints; where R or a package is missing, it says so aloud."""
    if shutil.which("Rscript") is None:
        pytest.skip(f"R is not installed here: {script.name} was NOT run")
    loads = "; ".join(f"library({name})" for name in packages.split())
    if subprocess.run(["Rscript", "-e", loads], capture_output=True).returncode:
        pytest.skip(f"R lacks one of {packages}: {script.name} was NOT run")
    done = subprocess.run(["Rscript", script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(StringIO(done.stdout), keep_default_na=False)


@pytest.fixture(scope="module")
def found_by_r() -> pd.Series:
    found = run(SCRIPT, str(panel.DATA))
    return found.set_index(["reading", "column", "statistic", "term"])["value"].sort_index()


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_r_finds_the_same_column(found_by_r: pd.Series, reading: Reading, column: Column) -> None:
    theirs = found_by_r.loc[reading.name, column.key]
    ours = fit(rows(panel.load(), reading, column), "REG", column.terms)
    assert len(ours.rows) == theirs["nobs", ""]
    assert len(ours.clusters["city"]) == theirs["cities", ""]
    figures = {"coef": ours.coef}
    for kind in ("classical", "clustered", "jackknife"):
        figures[f"t_{kind}"] = ours.table(kind)["t"]
    for statistic, values in figures.items():
        expected = theirs[statistic].loc[[term.lower() for term in column.terms]]
        assert_allclose(values, expected, rtol=1e-8, err_msg=statistic)


def test_r_finds_hausmans_statistics_of_chapter_4(found_by_r: pd.Series) -> None:
    ours = names.of("04-1-overall").tests.set_index(["Reading", "Column"])["Hausman χ²"]
    for reading, column in product(READINGS, COLUMNS):
        theirs = found_by_r[reading.name, column.key, "hausman", ""]
        assert_allclose(ours[reading.name, column.heading], theirs, rtol=1e-5)


def test_r_finds_every_slope_of_tables_1_to_3_in_every_case() -> None:
    """The script that the book offers, as a reader runs it: Tables 1 to 3, and S and D."""
    found = run(panel.DATA / "tables.R", str(panel.DATA), packages="stats")
    heading = {column.key: column.heading for column in COLUMNS}
    theirs = found.assign(heading=found["column"].map(heading), row=found["term"].str.upper())
    theirs = theirs.set_index(["reading", "heading", "row", "case"]).sort_index()
    data = panel.load()
    ours = cases.slopes(data).sort_index()
    assert theirs.index.equals(ours.index) and len(ours) == 276
    names = {"se": "city_se", "p": "city_p"}
    for name in ("coef", "se", "p", "province_se", "province_p", "nobs"):
        values = pd.to_numeric(theirs[name], errors="coerce")
        assert_allclose(ours[names.get(name, name)], values, rtol=1e-8, err_msg=name)
    assert theirs["province_p"].eq("NA").sum() == ours["province_p"].isna().sum() > 0
    made = placebo.scale(data)
    scale = data.assign(S=made, D=made * np.log(placebo.residents(data)))
    for reading, column, case in product(READINGS, COLUMNS, cases.CASES):
        used = rows(data, case.of(reading), column)
        used = used.merge(scale[["city", "year", "S", "D"]], on=["city", "year"])
        for name in ("S", "D"):
            slopes = fit(used, name, column.terms, unit=cases.UNIT).coef
            expected = [theirs.loc[(reading.name, column.heading, term, case.key), name]
                        for term in column.terms]  # fmt: skip
            assert_allclose(slopes, np.asarray(expected, float), rtol=1e-7, err_msg=name)


GIVEN = {"nothing": [], "start": ["start"], "start, IA": ["start", "IA"], "wages": ["wage"],
         "province": ["province"], "start, province": ["start", "province"]}  # fmt: skip
BY_WAGES = {"start": "wage"}


def between_censuses(data: pd.DataFrame) -> dict[str, pd.Series]:
    """Elasticities, the parts of the slope of industry, accounts of convergence, by line."""
    found = {}
    for first, last in ((2010, 2020), (2008, 2023)):
        samples = census.samples(changes.between(data, first, last))
        yearly = census.samples(changes.growth(data, first, last))
        for cities, sample in samples.items():
            at = f"{first}|{cities}"
            if first == 2010:
                for key, fixed in GIVEN.items():
                    found[f"{at}|{key}"] = changes.slope(sample, "output", ["residents", *fixed])
                found[f"{at}|start by wages (2SLS)"] = changes.slope(
                    sample, "output", ["residents", "start"], BY_WAGES
                )
                parts = sample.assign(room=sample["REG"] - sample["rest"])
                for part in ("REG", "room", "rest"):
                    fixed = {"nothing": ["IA"], "residents, start": ["IA", "residents", "start"]}
                    for key, x in fixed.items():
                        found[f"{at}|{key}|{part}"] = changes.slope(parts, part, x)
            grown = yearly[cities].assign(fall=-yearly[cities]["residents"])
            for start, tool, by in (("REG", "start", {}), ("wages", "wage", BY_WAGES)):
                for part in changes.PARTS:
                    found[f"{at}|{start}|{part}"] = changes.slope(grown, part, ["start"], by)
                found[f"{at}|{start}|share"] = changes.slope(grown, "fall", ["REG"], {"REG": tool})
    for output in ("revised", "current", "smooth"):
        sample = census.samples(changes.between(census.measured(data, output)))["unmoved"]
        for key in ("nothing", "start", "start, province"):
            found[f"{output}|{key}"] = changes.slope(sample, "output", ["residents", *GIVEN[key]])
    return found


def test_r_finds_the_same_changes_between_censuses() -> None:
    """Chapter 7."""
    theirs = run(SCRIPT.with_name("census.R"), str(panel.DATA), packages="lmtest sandwich")
    ours = between_censuses(panel.load())
    for line in theirs.itertuples():
        value = ours[line.line][line.statistic]
        assert_allclose(value, line.value, rtol=1e-8, err_msg=f"{line.line} {line.statistic}")
    assert set(theirs["table"]) == {"elasticities", "industry", "accounts", "outputs"}


def test_r_makes_the_figures_of_the_holed_panel_again() -> None:
    anew = run(panel.DATA / "reference" / "holed.R", packages="plm lmtest")
    stored = peers.FIGURES.query("dataset == 'Produc-holed'").reset_index(drop=True)
    same = ["dataset", "spec", "estimator", "se_type", "statistic"]
    pd.testing.assert_frame_equal(anew[same].fillna(""), stored[same])
    assert_allclose(anew["value"], stored["value"].astype(float), rtol=1e-9)
