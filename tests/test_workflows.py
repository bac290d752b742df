"""What GitHub runs: valid, pinned, read-only, and publishing what was tested."""

import re
import runpy
import shlex
import subprocess
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from lib import panel

ROOT = Path(__file__).resolve().parents[1]
FILES = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
WORKFLOWS = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in FILES.items()}
CHECK = f"'{ROOT / '.ci' / 'publishable'}'"


def steps(name):
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_a_job_that_publishes_may_write_and_nothing_floats(name):
    content, text = WORKFLOWS[name], FILES[name].read_text(encoding="utf-8")
    assert set(content["permissions"].values()) == {"read"} and "secrets." not in text
    for job, of in content["jobs"].items():
        writes = "write" in of.get("permissions", {}).values()
        assert not writes or (job == "deploy" and [*of["steps"][0]] == ["uses"]), job
    pins = re.findall(r"^ *- uses: (.*)", text, re.M)
    assert not [
        pin for pin in pins if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v[\d.]+", pin)
    ]
    images = re.findall(r"python:\d.*", text)
    assert not [each for each in images if not re.search(r"-bookworm@sha256:[0-9a-f]{64}$", each)]


def test_in_ci_a_test_fails_that_a_desk_skips(monkeypatch, pytestconfig):
    """The yearbook alone may lack; `.ci/run` says so."""
    assert "MAY_SKIP=${MAY_SKIP-yearbook}" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    plugin = pytestconfig.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    for may, reason, outcome in ((None, "no R", "skipped"), ("yearbook", "no R", "failed"),
                                 ("yearbook", "no yearbook here", "skipped")):  # fmt: skip
        monkeypatch.setenv("MAY_SKIP", may) if may else monkeypatch.delenv("MAY_SKIP", False)
        report = SimpleNamespace(skipped=True, outcome="skipped", longrepr=("file", 1, reason))
        hook = plugin.pytest_runtest_makereport(None)
        next(hook)
        with pytest.raises(StopIteration):
            hook.send(report)
        assert report.outcome == outcome


def test_what_is_published_is_what_was_tested_and_may_be():
    checkout, check, download, upload, _ = steps("pages")
    assert checkout["with"]["fetch-depth"] == 0 and check["run"] == ".ci/publishable"
    assert download["with"]["run-id"] == "${{ github.event.workflow_run.id }}"
    assert upload["with"]["path"] == download["with"]["path"]
    kept = [step["with"] for step in steps("test") if "upload-artifact" in step.get("uses", "")]
    (pages,) = [each for each in kept if each["name"] == download["with"]["name"]]
    # Where the fixture `rendered` builds in `make test`.
    assert pages["path"] == "_build/test/reading/_build/html"
    assert "--basetemp=_build/$@" in (ROOT / "Makefile").read_text(encoding="utf-8")


def finer(path):
    """By column that has decimals: a file of cities with one more in the cell that has the most."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    of_places = table.get("city_code", pd.Series(dtype=str)).str.fullmatch("[1-9][0-9]{5}").any()
    for name in table if of_places else ():
        decimals = table[name].str.extract(r"\.([0-9]+)")[0].str.len()
        if decimals.notna().any():
            at = decimals.idxmax(), name
            spoilt = re.sub(r"\.[0-9]+", r"\g<0>7", table.at[at], count=1)
            cells = table.copy()
            cells.loc[at] = spoilt
            yield name, spoilt, cells.to_csv(index=False)


def test_a_history_with_a_finer_figure_in_any_column_is_not_published(tmp_path, monkeypatch):
    """Each is a commit on the panel that ships; the recipe of CONTRIBUTING.md leaves them out."""
    for role, of in product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")):
        monkeypatch.setenv(f"GIT_{role}_{of}", "a@b")
    private, public, told = tmp_path / "private", tmp_path / "public", []

    def ran(folder, command):
        folder.mkdir(exist_ok=True)
        return subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True)

    ran(private, "git init -b main; mkdir data")
    for path in (ROOT / "data").glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (private / "data" / path.name).write_text("".join(lines[:400]))
    ran(private, "git add .; git commit -m 'As it ships'")
    assert ran(private, CHECK).returncode == 0
    for path in (private / "data").iterdir():
        text = path.read_text()
        for name, found, spoilt in finer(path):
            path.write_text(spoilt)
            ran(private, "git commit -am 'One figure more'")
            told.append(f"{path.name}.*, {name}: found {re.escape(found)}, expected")
        path.write_text(text)
    ran(private, "git commit -am 'As it ships'")
    done = ran(private, CHECK)
    assert done.returncode == 1
    assert not [line for line in told if not re.search(line, done.stderr)]
    assert {*panel.INDICATORS} <= {line.split()[1][:-1] for line in told}
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = text.partition("## Publishing")[2].split("```")[1].splitlines()[1:]
    ran(public, "git init --bare")
    lines = " && ".join(recipe).replace("ADDRESS", shlex.quote(str(public)))
    assert ran(private, lines).returncode == 0
    assert ran(public, CHECK).returncode == 0


@pytest.mark.parametrize("name", ["lm_flow", "lm_stock"])
@pytest.mark.parametrize(("off", "told"), [(0, 0), (1e-5, 0), (-1e-5, 0), (3e-5, 1), (-3e-5, 1)])
def test_lm_is_its_reading_without_natural_growth_less_this_to_the_last_rounding(name, off, told):
    """By hand: rates of 2 and 4 per mille; that of 2008 is in no stock."""
    told_of = runpy.run_path(str(ROOT / ".ci" / "publishable"))["apart"]
    first = {"year": "2008", "k": ".002", "lm_stock_gross": ".25", "lm_stock": ".25"}
    last = {"year": "2009", "k": ".004", "lm_flow_gross": "1.02", "lm_flow": "1.016",
            "lm_stock_gross": ".3", "lm_stock": ".296"}  # fmt: skip
    last[name] = f"{float(last[name]) + off:.6f}"
    rows = {line: {"city_code": "310000", **row} for line, row in enumerate((first, last), 2)}
    assert told_of(rows).startswith(f"row 3, {name}: found {last[name]}" if told else "")
    assert bool(told_of(rows)) == bool(told)
