"""What GitHub runs is what ``make`` does: the workflows' syntax, rights, versions and commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_environment import locked_python

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: path for path in sorted(FOLDER.glob("*.yml"))}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def read(name):
    content = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a truth.
    content["on"] = content.pop(True)
    return content


def jobs(name):
    return read(name)["jobs"].items()


def steps(name):
    return [step for _, job in jobs(name) for step in job["steps"]]


def commands(name):
    return [line for step in steps(name) for line in step.get("run", "").splitlines()]


def check(schema, *files):
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_there_are_a_test_a_publication_and_a_weekly_run():
    assert set(WORKFLOWS) == {"test", "pages", "weekly"}


def test_workflows_and_citation_satisfy_their_published_schemas():
    for schema, files in {
        "vendor.github-workflows": WORKFLOWS.values(),
        "vendor.citation-file-format": [ROOT / "CITATION.cff"],
    }.items():
        done = check(schema, *files)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [("runs-on:", "run-on:"), ("pull_request", "pull_requests"), ("- run: .ci/run", "- runs: x")],
)
def test_the_schema_refuses_a_misspelt_key(tmp_path, old, new):
    text = WORKFLOWS["test"].read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "test.yml"
    bad.write_text(text.replace(old, new), encoding="utf-8")
    assert check("vendor.github-workflows", bad).returncode == 1


@each_workflow
def test_every_command_is_a_make_target_or_the_script_that_ends_in_one(name):
    assert commands(name)
    for command in commands(name):
        word, *rest = command.split()
        assert command == ".ci/run" or (word == "make" and rest and set(rest) <= TARGETS), (
            f"{name}.yml runs {command!r}; expected `make` and a target, or .ci/run"
        )
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("\nmake test")


@each_workflow
def test_actions_are_github_s_own_at_a_major_version(name):
    for step in steps(name):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), f"{name}: {step['uses']}"


@each_workflow
def test_whatever_runs_make_has_the_locked_python(name):
    expected = f"python:{'.'.join(locked_python())}-"
    for job, content in jobs(name):
        if any("run" in step for step in content["steps"]):
            assert content["container"].startswith(expected), f"{name}, {job}"


@each_workflow
def test_rights_are_to_read_and_only_the_deployment_may_write_pages(name):
    assert read(name)["permissions"] == {"contents": "read"}
    for job, content in jobs(name):
        expected = {"pages": "write", "id-token": "write"} if job == "deploy" else None
        assert content.get("permissions") == expected, f"{name}, {job}"
        assert content["timeout-minutes"] <= 120, f"{name}, {job}"
        assert "secrets." not in str(content)


def test_every_change_is_tested_and_only_what_passed_is_published():
    assert set(read("test")["on"]) == {"push", "pull_request"}
    assert commands("test") == [".ci/run"]
    trigger = read("pages")["on"]
    assert trigger == {
        "workflow_run": {"workflows": ["test"], "branches": ["main"], "types": ["completed"]}
    }
    build = read("pages")["jobs"]["build"]
    assert "workflow_run.conclusion == 'success'" in build["if"]
    assert build["steps"][0]["with"]["ref"] == "${{ github.event.workflow_run.head_sha }}"
    (upload,) = (s for s in build["steps"] if s.get("uses", "").startswith("actions/upload"))
    assert upload["with"]["path"] == "_build/html"


def test_once_a_week_everything_is_executed_with_the_newest_versions():
    (schedule,) = read("weekly")["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    # The tests come before the refresh: they compare with the outputs that are in the repository.
    assert commands("weekly") == ["make lock", ".ci/run", "make refresh"]
