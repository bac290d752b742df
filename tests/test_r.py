"""Estimates of the book, made again by R from the same data (``crosscheck.R``, ``census.R``)."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Literal

import pandas as pd
import peers
import pytest
from numpy.testing import assert_allclose

from lib import cases, panel
from lib.estimation import two_way_fe
from lib.random_effects import hausman
from lib.specifications import COLUMNS, MODEL1, READINGS, Column, Reading, rows
from lib.within import Effects, leave_one_out
from studies import census, direction

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
    used, terms = rows(panel.load(), reading, column), list(column.terms)
    theirs = found_by_r.loc[reading.name, column.key]
    ours = two_way_fe(used, "REG", terms)
    assert (ours.nobs, ours.n_entities) == (theirs["nobs", ""], theirs["cities", ""])
    figures = {"coef": ours.coef, "random": hausman(used, "REG", terms).contrast["re"]}
    for kind in ("classical", "clustered", "jackknife"):
        figures[f"t_{kind}"] = ours.errors(kind)["t"]
    for statistic, values in figures.items():
        expected = theirs[statistic].loc[[term.lower() for term in terms]]
        assert_allclose(values, expected, rtol=1e-8, err_msg=statistic)
    for version in ("sigmaless", "plain"):
        stat = hausman(used, "REG", terms, version=version).stat
        assert_allclose(stat, theirs[f"hausman_{version}", ""], rtol=1e-8, err_msg=version)


def test_r_finds_every_slope_of_tables_1_to_3_in_every_case() -> None:
    """The script that the book offers, as a reader runs it."""
    found = run(panel.DATA / "tables.R", str(panel.DATA), packages="stats")
    heading = {column.key: column.heading for column in COLUMNS}
    theirs = found.assign(heading=found["column"].map(heading), row=found["term"].str.upper())
    theirs = theirs.set_index(["reading", "heading", "row", "case"]).sort_index()
    ours = cases.slopes(panel.load()).sort_index()
    assert theirs.index.equals(ours.index) and len(ours) == 276
    for name in ("coef", "se", "p", "province_se", "province_p", "nobs"):
        values = pd.to_numeric(theirs[name], errors="coerce")
        assert_allclose(ours[name], values, rtol=1e-8, err_msg=name)
    assert theirs["province_p"].eq("NA").sum() == ours["province_p"].isna().sum() > 0


def test_r_finds_the_same_changes_between_censuses_and_the_same_leads() -> None:
    """Elasticities, industry, accounts of convergence, leads: chapters 8 and 11."""
    data = panel.load()
    theirs = run(SCRIPT.with_name("census.R"), str(panel.DATA), packages="lmtest sandwich")
    spans = (census.CENSUSES, (2008, 2023))
    outputs = pd.concat(
        census.elasticities(census.measured(data, key)).assign(output=key)
        for key in ("revised", "current", "smooth")
    )
    ours = {
        "elasticities": (census.elasticities(data), ["years", "cities", "given"]),
        "industry": (census.industry(data), ["years", "cities", "given", "part"]),
        "accounts": (census.accounts(data, spans), ["years", "cities", "start", "part"]),
        "outputs": (outputs[outputs["cities"] == "unmoved"], ["output", "given"]),
        "leads": (direction.leads(data), ["reading", "rows", "outcome", "term"]),
    }
    for table, lines in theirs.groupby("table"):
        frame, keys = ours[table]
        names = frame[keys].assign(**{keys[0]: frame[keys[0]].str.split("–").str[0]})
        found = frame.set_index(
            names.replace("LM", "lm").replace("LM_next", "lm_next").agg("|".join, axis=1)
        )
        for statistic, each in lines.set_index("line").groupby("statistic")["value"]:
            assert_allclose(
                found.loc[each.index, statistic], each, rtol=1e-8, err_msg=f"{table} {statistic}"
            )
    assert set(theirs["table"]) == set(ours)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("outcome", ["reg", "log_reg"])
@pytest.mark.parametrize("path", ["start", "trend"])
def test_r_finds_the_same_own_paths(
    found_by_r: pd.Series, reading: Reading, outcome: Literal["reg", "log_reg"], path: Effects
) -> None:
    how = replace(reading, outcome=outcome, effects=path)
    theirs = found_by_r.loc[reading.name, f"{path} {'log' if outcome == 'log_reg' else 'level'}"]
    used, terms = rows(panel.load(), how, MODEL1), list(MODEL1.terms)
    found = two_way_fe(used, "REG", terms, path)
    provinces = leave_one_out(used, "REG", terms, effects=path, cluster="province")
    figures = {
        "coef": found.coef,
        "t_city_code": found.errors("jackknife")["t"],
        "t_province_en": provinces.table["t"],
    }
    for statistic, values in figures.items():
        assert_allclose(values, theirs[statistic].loc[["lm", "ia"]], rtol=1e-8, err_msg=statistic)


def test_r_makes_the_figures_of_the_holed_panel_again() -> None:
    made = run(panel.DATA / "reference" / "holed.R", packages="plm lmtest")
    kept = peers.FIGURES.query("dataset == 'Produc-holed'").reset_index(drop=True)
    same = ["dataset", "spec", "estimator", "se_type", "statistic"]
    pd.testing.assert_frame_equal(made[same].fillna(""), kept[same])
    assert_allclose(made["value"], kept["value"].astype(float), rtol=1e-9)
