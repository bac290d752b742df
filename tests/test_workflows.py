"""What GitHub runs: syntax, rights and versions, and that what was tested is published."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
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
    return yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))


def steps(name):
    return [step for job in read(name)["jobs"].values() for step in job["steps"]]


@pytest.mark.slow
def test_workflows_and_citation_satisfy_their_published_schemas():
    for schema, files in {
        "vendor.github-workflows": WORKFLOWS.values(),
        "vendor.citation-file-format": [ROOT / "CITATION.cff"],
    }.items():
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
        done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_citation_names_the_version_of_the_project():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert str(cited["version"]) == project["version"]


@each_workflow
def test_actions_are_github_s_own_at_a_current_major_version(name):
    for step in steps(name):
        if "uses" in step:
            found = re.fullmatch(r"actions/([a-z-]+)@v(\d+)", step["uses"])
            assert found and int(found[2]) >= OLDEST[found[1]], f"{name}: {step['uses']}"


@each_workflow
def test_only_publishing_may_write(name):
    content = read(name)
    assert set(content["permissions"].values()) == {"read"} and "secrets." not in str(content)
    assert all(
        job == "publish" or "permissions" not in each for job, each in content["jobs"].items()
    )


def test_what_is_published_is_what_was_tested():
    download, upload, _ = read("pages")["jobs"]["publish"]["steps"]
    assert download["with"]["run-id"] == "${{ github.event.workflow_run.id }}"
    assert upload["with"]["path"] == download["with"]["path"]
    kept = [step["with"] for step in steps("test") if "upload-artifact" in step.get("uses", "")]
    (pages,) = [each for each in kept if each["name"] == download["with"]["name"]]
    # Where the fixture `rendered` builds in `make test`.
    assert pages["path"] == "_build/test/reading/_build/html"
    assert "--basetemp=_build/$@" in (ROOT / "Makefile").read_text(encoding="utf-8")
