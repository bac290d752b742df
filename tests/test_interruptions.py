"""Commands that are stopped, that meet one another, or that cannot write.

``make chaos`` strikes at random moments; here the moments are chosen.  Disks are really full here
(``/dev/full`` in the place of the file that is being written, or a limit on the size of files), and
folders really read-only: root may write everywhere unless that right is taken away.
"""

from __future__ import annotations

import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import build
import pandas as pd
import psutil
import pytest
from conftest import ROOT

import notebooks
from lib import files, running

FRAME = pd.DataFrame({"x": [1.0, 2.0]})


def program(source: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """A Python program that has begun, with its standard streams open to the test."""
    path = [str(ROOT), str(ROOT / "book" / "_tools")]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two files that belong together."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("before")
    return folder


# --- killed, or interrupted, in the middle of writing ------------------------------------------

TOGETHER = """
    import os, signal, sys
    from pathlib import Path
    import pandas as pd
    from lib import files

    real, folder = os.replace, Path(sys.argv[1])
    def replace(source, target):
        os.kill(os.getpid(), signal.SIGKILL)
    os.replace = replace
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    files.write_together({folder / "a.csv": frame, folder / "b.csv": frame}, "%g")
"""


def test_killed_while_writing_leaves_what_was_there_and_the_next_command_tidies_up(two):
    killed = program(TOGETHER, str(two))
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = content(two)
    assert [left.pop("a.csv"), left.pop("b.csv")] == ["before", "before"]
    # The two tables and the two copies of what was there.
    assert sorted(left.values()) == ["before", "before", "x\n1\n2\n", "x\n1\n2\n"]
    with running.alone(two):
        assert content(two) == {"a.csv": "before", "b.csv": "before"}
    files.write_together({two / "a.csv": FRAME, two / "b.csv": FRAME}, "%g")
    assert content(two) == {"a.csv": "x\n1\n2\n", "b.csv": "x\n1\n2\n"}


def test_who_reads_while_a_file_is_written_reads_the_whole_of_the_old_one(two):
    with (two / "a.csv").open() as reader:
        files.write(two / "a.csv", b"after")
        assert reader.read() == "before"
    assert (two / "a.csv").read_text() == "after"


def test_git_passes_over_what_a_killed_command_leaves():
    done = subprocess.run(
        ["git", "check-ignore", files._beside(Path("data/a.csv")).as_posix()],
        cwd=ROOT, check=False, capture_output=True,
    )  # fmt: skip
    if done.returncode == 128:
        pytest.skip("not a git checkout")
    assert done.returncode == 0


@pytest.mark.parametrize("when", ["before the first", "after the first", "after the second"])
@pytest.mark.parametrize("there", [True, False])
def test_interrupted_between_two_moves_puts_back_all(two, monkeypatch, when, there):
    if not there:
        (two / "b.csv").unlink()
    before = content(two)
    real, calls = os.replace, []

    def replace(source: Path, target: Path) -> None:
        calls.append(target)
        if (when, len(calls)) == ("before the first", 1):
            raise running.Stopped(signal.SIGINT)
        real(source, target)
        if (when, len(calls)) in {("after the first", 1), ("after the second", 2)}:
            raise running.Stopped(signal.SIGINT)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(running.Stopped):
        files.write_together({two / "a.csv": FRAME, two / "b.csv": FRAME}, "%g")
    assert content(two) == before


# --- two at once -------------------------------------------------------------------------------

HOLD = """
    import subprocess, sys
    from pathlib import Path
    from lib import running

    with running.alone(Path(sys.argv[1])):
        print("has it", flush=True)
        if sys.argv[2:]:
            child = subprocess.Popen(["sleep", "60"], close_fds=sys.argv[2] == "without")
            print(child.pid, flush=True)
        sys.stdin.read()
"""


def waiting(folder: Path) -> subprocess.Popen[str]:
    """A second program, which has said that it waits."""
    second = program(HOLD, str(folder))
    assert second.stderr.readline() == "Another build is running, waiting ...\n"
    return second


def test_the_second_waits_until_the_first_is_gone_even_if_it_was_killed(tmp_path):
    first = program(HOLD, str(tmp_path))
    assert first.stdout.readline() == "has it\n"
    second = waiting(tmp_path)
    assert select.select([second.stdout], [], [], 0.3) == ([], [], [])
    first.kill()
    first.communicate()
    assert second.communicate()[0] == "has it\n"
    assert second.returncode == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lock", ["with", "without"])
def test_a_program_left_behind_that_writes_keeps_the_lock_and_a_kernel_does_not(tmp_path, lock):
    first = program(HOLD, str(tmp_path), lock)
    first.stdout.readline()
    child = psutil.Process(int(first.stdout.readline()))
    try:
        first.kill()
        first.wait()
        second = waiting(tmp_path) if lock == "with" else program(HOLD, str(tmp_path))
    finally:
        child.kill()
        first.communicate()
    out, err = second.communicate()
    assert (out, err) == ("has it\n", "")


# --- asked to stop -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_program_in_one_line(number):
    asked = program("""
        import time
        from lib import running
        running.end_plainly()
        print(flush=True)
        time.sleep(60)
    """)
    asked.stdout.readline()
    asked.send_signal(number)
    err = asked.communicate()[1]
    assert err == STOPPED
    assert asked.returncode == -number


NOTEBOOK = notebooks.HEAD + """
```{code-cell} ipython3
SOURCE
```
"""


def checkout(root: Path, **sources: str) -> Path:
    """A folder with as much of a project as an execution needs."""
    for folder in ("book", "notebooks", "lib", "data"):
        (root / folder).mkdir(parents=True)
    (root / "requirements.txt").touch()
    for name, source in sources.items():
        text = NOTEBOOK.replace("SOURCE", source)
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    return root


REFRESH = """
    import sys
    from pathlib import Path
    from lib import running
    running.end_plainly()
    import notebooks
    notebooks.refresh(Path(sys.argv[1]))
"""
ENDLESS = """import os, pathlib, time
pathlib.Path('../{}.pid').write_text(str(os.getpid()))
time.sleep(60)"""
STOPPED = "Stopped.  The same command again does what is left.\n"


def test_kernels_end_with_the_program_that_started_them(tmp_path):
    """Whether it is asked to stop or killed; and no notebook is written."""
    runs = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        sources = {name: ENDLESS.format(name) for name in ("one", "two", "three")}
        root = checkout(tmp_path / number.name, **sources)
        runs[number] = root, program(REFRESH, str(root))
    for number, (root, run) in runs.items():
        pids = [root / "one.pid", root / "three.pid"]
        while not all(pid.exists() and pid.read_text() for pid in pids):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        kernels = [psutil.Process(int(pid.read_text())) for pid in pids]
        run.send_signal(number)
        out, err = run.communicate()
        assert (run.returncode, out) == (-number, "")
        said = "" if number == signal.SIGKILL else STOPPED
        assert err == said
        # A kernel whose parent was killed looks for it once a second.
        _, alive = psutil.wait_procs(kernels, timeout=0 if said else 5)
        assert not alive
        assert not (root / "two.pid").exists()
        assert not list((root / "notebooks").iterdir())


def test_outputs_during_whose_making_the_data_changed_are_made_again(tmp_path):
    root = checkout(tmp_path / "it", one="print(open('../data/a.csv', 'a').write('more'))")
    pair = notebooks.Pair(root, "one")
    notebooks.execute(pair, notebooks.state(root))
    (root / "data" / "a.csv").unlink()  # the data are again as they were at the start
    assert not notebooks.is_fresh(pair, notebooks.merged(pair), notebooks.state(root))


# --- a full disk -------------------------------------------------------------------------------


def fill(path: Path) -> None:
    """Whatever is written in the place of ``path`` meets a full disk."""
    files._beside(path).symlink_to("/dev/full")


def test_full_disk_is_told_in_one_sentence_with_the_name(two):
    for path in (two / "a.csv", two / "b.csv"):
        fill(path)
        said = f"{path} cannot be written: No space left on device; it was left as it was."
        with pytest.raises(files.WriteError) as caught:
            notebooks.write(path, "after")
        assert str(caught.value) == said
    fill(two / "b.csv")  # the first would be written
    with pytest.raises(files.WriteError) as caught:
        files.write_together({two / "a.csv": FRAME, two / "b.csv": FRAME}, "%g")
    assert str(caught.value) == said
    assert content(two) == {"a.csv": "before", "b.csv": "before"}


def test_pages_are_not_rendered_onto_a_full_disk(tmp_path):
    (tmp_path / "_build").mkdir()
    fill(tmp_path / "_build" / "probe")
    with pytest.raises(files.WriteError, match="_build cannot be written: No space left"):
        build.render(ROOT, tmp_path, everything=True)


FULL = """
    import os, sys
    from pathlib import Path
    from lib import files
    part = files._beside(Path(sys.argv[1], "notebooks", "one.ipynb"))
    part.symlink_to("/dev/full")
"""


def test_a_notebook_that_cannot_be_written_ends_the_build_in_one_sentence(tmp_path):
    root = checkout(tmp_path / "it", one="1", two="import time; time.sleep(60)")
    run = program(FULL + REFRESH, str(root))
    out, err = run.communicate()
    path = root / "notebooks" / "one.ipynb"
    assert err == f"{path} cannot be written: No space left on device; it was left as it was.\n"
    assert (run.returncode, out) == (1, "")
    assert not list((root / "notebooks").iterdir())


# --- make data, where it may not or cannot write -----------------------------------------------


def derive(folder: Path, *before: str, **options: object) -> subprocess.CompletedProcess[str]:
    """``make data`` into a folder, from the synthetic yearbook."""
    data = ROOT / "data"
    line = [sys.executable, "-m", "lib", str(data / "synthetic_yearbook.csv")]
    line += ["--cities", str(data / "synthetic_cities.csv"), "--data", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*before, *line], cwd=ROOT, env=environment, capture_output=True, text=True, **options
    )


def test_data_onto_a_disk_that_takes_half_of_it(tmp_path):
    (tmp_path / "indicators.csv").write_text("before")
    limit = (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = derive(
        tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    )  # a file in place of a disk, and "File too large" in place of "No space left"
    path = tmp_path / "indicators.csv"
    assert done.stderr == f"{path} cannot be written: File too large; it was left as it was.\n"
    assert done.returncode == 2
    assert content(tmp_path) == {"indicators.csv": "before"}


def test_data_into_a_folder_that_is_read_only(tmp_path):
    before: list[str] = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may write everywhere, and there is no setpriv to take that away")
        before = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "indicators.csv"
    path.write_text("before")
    folder.chmod(0o555)
    try:
        done = derive(folder, *before)
    finally:
        folder.chmod(0o755)
    assert done.stderr == f"{path} cannot be written: Permission denied; it was left as it was.\n"
    assert done.returncode == 2
    assert content(folder) == {"indicators.csv": "before"}
