"""What GitHub runs: valid, read-only, the tests of a push, and publishing what was tested."""

import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
FILES = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
WORKFLOWS = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in FILES.items()}
CHECK = f"'{ROOT / '.ci' / 'publishable'}'"


def steps(name):
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


@pytest.mark.slow
def test_workflows_and_citation_satisfy_their_published_schemas():
    citation = "vendor.citation-file-format", [ROOT / "CITATION.cff"]
    for schema, files in (("vendor.github-workflows", FILES.values()), citation):
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
        done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_publishing_may_write(name):
    content = WORKFLOWS[name]
    assert set(content["permissions"].values()) == {"read"} and "secrets." not in str(content)
    assert {job for job, of in content["jobs"].items() if "permissions" in of} <= {"publish"}


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


def test_a_history_with_a_fine_panel_is_not_published(tmp_path, monkeypatch):
    """The recipe of CONTRIBUTING.md gives one that is; so has the panel that ships."""
    for role, of in product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")):
        monkeypatch.setenv(f"GIT_{role}_{of}", "a@b")
    shipped = (ROOT / "data" / "indicators.csv").read_text(encoding="utf-8")
    private, public = tmp_path / "private", tmp_path / "public"
    (private / "data").mkdir(parents=True)
    public.mkdir()

    def ran(folder, command):
        return subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True)

    for table in (shipped, "city_code,year,reg\n310000,2008,2.799\n310000,2009,2.9387\n", shipped):
        (private / "data" / "indicators.csv").write_text(table)
        ran(private, "git init -b main; git add . && git commit -m 'A panel'")
    done = ran(private, CHECK)
    assert done.returncode == 1 and "row 3, reg: found 2.9387, expected 4 digits" in done.stderr
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = text.partition("## Publishing")[2].split("```")[1].splitlines()[1:]
    ran(public, "git init --bare")
    lines = " && ".join(recipe).replace("ADDRESS", shlex.quote(str(public)))
    assert ran(private, lines).returncode == 0
    assert ran(public, CHECK).returncode == 0
    assert ran(public, "git show main:data/indicators.csv").stdout == shipped
