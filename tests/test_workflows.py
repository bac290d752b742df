"""What GitHub runs is what ``make`` does: the workflows' syntax, rights, versions and commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)
# The first majors that run on a Node that GitHub still supports; older ones fail one day.
OLDEST = {
    "checkout": 7, "cache": 5, "upload-artifact": 7, "download-artifact": 8,
    "upload-pages-artifact": 5, "deploy-pages": 5, "setup-python": 6,
}  # fmt: skip


def read(name):
    content = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a truth.
    return content | {"on": content[True]}


def steps(name):
    return [step for job in read(name)["jobs"].values() for step in job["steps"]]


def check(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    return subprocess.run([*command, *map(str, files)], capture_output=True, text=True)


@pytest.mark.slow
def test_workflows_and_citation_satisfy_their_published_schemas():
    for schema, files in {
        "vendor.github-workflows": WORKFLOWS.values(),
        "vendor.citation-file-format": [ROOT / "CITATION.cff"],
    }.items():
        done = check(schema, *files)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_schema_refuses_a_misspelt_key(tmp_path):
    bad = tmp_path / "test.yml"
    text = WORKFLOWS["test"].read_text(encoding="utf-8")
    bad.write_text(text.replace("runs-on:", "run-on:"), encoding="utf-8")
    assert check("vendor.github-workflows", bad).returncode == 1


@each_workflow
def test_actions_are_github_s_own_at_a_current_major_version(name):
    for step in steps(name):
        if "uses" in step:
            found = re.fullmatch(r"actions/([a-z-]+)@v(\d+)", step["uses"])
            assert found and int(found[2]) >= OLDEST[found[1]], f"{name}: {step['uses']}"


@each_workflow
def test_rights_are_to_read_and_only_publishing_may_write(name):
    content = read(name)
    assert content["permissions"] == {"contents": "read"}
    assert "concurrency" in content and "secrets." not in str(content)
    for job, each in content["jobs"].items():
        publishes = {"actions": "read", "pages": "write", "id-token": "write"}
        assert each.get("permissions") == (publishes if job == "publish" else None)
        assert each["timeout-minutes"] <= 90


@pytest.mark.parametrize(("name", "script"), [("test", ".ci/run test "), ("nightly", ".ci/run ")])
def test_a_push_runs_the_first_tier_and_a_night_both(name, script):
    (command,) = [step["run"] for step in steps(name) if ".ci/run" in step.get("run", "")]
    assert command == f"mkdir -p _build && {script}2>&1 | tee _build/test.log"
    # Without bash's pipefail the status would be that of tee.
    assert read(name)["defaults"] == {"run": {"shell": "bash"}}
    uploads = [step for step in steps(name) if "upload-artifact" in step.get("uses", "")]
    assert "failure()" in [step["if"] for step in uploads]
    assert any("GITHUB_STEP_SUMMARY" in step.get("run", "") for step in steps(name))


def test_a_night_installs_the_handout_on_three_systems_and_runs_a_starter():
    jobs = read("handout")["jobs"]
    systems = " ".join(jobs["start"]["strategy"]["matrix"]["os"])
    assert all(each in systems for each in ("ubuntu", "windows", "macos-latest", "intel"))
    commands = [step.get("run", "") for step in steps("handout")]
    assert commands[1] == "make handout" and "python start.py --install" in commands
    starter = re.search(r"exercises/([\w-]+)\.ipynb", commands[-1])[1]
    assert "{exercise-start}" in (ROOT / "book" / f"{starter}.md").read_text(encoding="utf-8")


def test_what_is_published_is_what_was_tested():
    assert set(read("test")["on"]) == {"push", "pull_request"}
    assert read("pages")["on"] == {
        "workflow_run": {"workflows": ["test"], "branches": ["main"], "types": ["completed"]}
    }
    job = read("pages")["jobs"]["publish"]
    for condition in ("conclusion == 'success'", "event == 'push'"):
        assert f"github.event.workflow_run.{condition}" in job["if"]
    download, upload, deploy = job["steps"]
    assert download["with"]["run-id"] == "${{ github.event.workflow_run.id }}"
    assert upload["with"]["path"] == download["with"]["path"]
    assert deploy["uses"].startswith("actions/deploy-pages@")
    kept = [step["with"] for step in steps("test") if "upload-artifact" in step.get("uses", "")]
    (pages,) = [each for each in kept if each["name"] == download["with"]["name"]]
    # Where the fixture `rendered` builds in `make test`.
    assert pages["path"] == "_build/test/reading/_build/html"
    assert "--basetemp=_build/$@" in (ROOT / "Makefile").read_text(encoding="utf-8")
