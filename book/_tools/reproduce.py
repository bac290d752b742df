"""Execute everything again in clean clones, under other circumstances (``make reproduce``).

Each clone is in another folder, and its processes have another hash seed, locale, time zone and
number of threads.  Every notebook is executed there, the synthetic yearbook made, and the panel
derived if a yearbook is named.  Git then says whether one byte of a notebook, of ``data/`` or of
the README's picture is not the committed one, and which figures moved.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import scratch

CIRCUMSTANCES = {
    "a folder": {
        "PYTHONHASHSEED": "1",
        "LC_ALL": "C",
        "TZ": "Asia/Shanghai",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    },
    "长江 another folder": {
        "PYTHONHASHSEED": "2",
        "LC_ALL": "zh_CN.UTF-8",
        "TZ": "America/St_Johns",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
    },
}
EXECUTE = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")  # an error if the system does not have it
sys.path.insert(0, "book/_tools")
import notebooks
with notebooks.alone():
    notebooks.refresh(force=True)
"""


def locales(folder: Path) -> dict[str, str]:
    """Where the locales are: made in ``folder``, since few systems have the Chinese one."""
    folder.mkdir()
    for name in {each["LC_ALL"] for each in CIRCUMSTANCES.values()} - {"C"}:
        language, _, encoding = name.partition(".")
        line = ["localedef", "-i", language, "-f", encoding, str(folder / name)]
        try:
            subprocess.run(line, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise SystemExit(f"reproduce: no {name} here; Debian has it in `locales`") from None
    return {"LOCPATH": str(folder)}


def moved(clone: Path) -> tuple[list[str], list[str]]:
    """The files that are not as committed, and the lines of the results that left or came."""

    def git(*arguments: str) -> list[str]:
        line = ["git", "-c", "core.quotePath=false", "-C", str(clone), *arguments]
        done = subprocess.run(line, check=True, capture_output=True, text=True, encoding="utf-8")
        return done.stdout.splitlines()

    lines = git("diff", "--unified=0", "--", "notebooks/results.csv")
    figures = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return git("status", "--porcelain"), figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="another interpreter")
    parser.add_argument("--yearbook", type=Path, help="derive data/indicators.csv from it, too")
    parser.add_argument("--only", type=int, choices=range(1, len(CIRCUMSTANCES) + 1))
    options = parser.parse_args()
    commands = [["-m", "lib.synthetic"], ["-c", EXECUTE]]
    if options.yearbook:
        commands.insert(0, ["-m", "lib", str(options.yearbook.resolve())])
    different = False
    with tempfile.TemporaryDirectory(prefix="belt-") as folder:
        place = locales(Path(folder) / "locales")
        for number, (name, circumstances) in enumerate(CIRCUMSTANCES.items(), start=1):
            if options.only not in (None, number):
                continue
            clone, began = Path(folder) / name, time.perf_counter()
            subprocess.run(["git", "clone", "--quiet", str(scratch.ROOT), str(clone)], check=True)
            environment = {**os.environ, **place, **circumstances, "PYTHONPATH": str(clone)}
            for command in commands:
                subprocess.run([options.python, *command], cwd=clone, env=environment, check=True)
            changed, figures = moved(clone)
            shown = ", ".join(f"{key}={value}" for key, value in circumstances.items())
            print(f"{name}/, {shown}, {time.perf_counter() - began:.0f} s:")
            for line in changed + figures or ["every byte as committed"]:
                print(f"  {line}")
            sys.stdout.flush()
            different = different or bool(changed)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
