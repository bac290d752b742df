"""Open the exercises in JupyterLab; the first call installs what they need, beside this file.

Linux and macOS: ``python3 start.py``; Windows: ``py start.py``.
``--install`` installs and opens nothing.  A folder ``wheels`` takes the place of the network.
"""

import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSION = platform.python_version()
PYTHON = HERE / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Written last: an interrupted installation starts afresh, and so does one in a folder that moved.
READY = HERE / ".venv" / "ready"
OTHER = f"""Python {VERSION} found; expected 3.11 to 3.14.
Get 3.14 from https://www.python.org/downloads/ ("Looking for a specific release?"), which may stand
beside yours, and type:  {"py -3.14" if os.name == "nt" else "python3.14"} start.py"""


def pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    if subprocess.run([*command, *arguments], cwd=str(HERE)).returncode:
        sys.exit("The installation failed; the reason stands above.  The same command tries again.")


def install() -> None:
    print("Installing into .venv (once, a few minutes, 0.7 gigabytes) ...", flush=True)
    venv.create(str(HERE / ".venv"), with_pip=True, clear=True)
    wheels, source = HERE / "wheels", []
    if wheels.is_dir():
        source = ["--no-index", "--find-links", str(wheels)]
        print(f"From wheels, which must be for this system and Python {VERSION}.", flush=True)
    pip("--require-hashes", *source, "-r", "requirements.txt")
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    READY.write_text(str(HERE), encoding="utf-8")


def main() -> int:
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(OTHER)
    if not READY.is_file() or READY.read_text(encoding="utf-8") != str(HERE):
        install()
    if "--install" in sys.argv[1:]:
        print("Installed.")
        return 0
    lab = [str(PYTHON), "-m", "jupyterlab", "--LabApp.default_url=/lab/tree/exercises"]
    return subprocess.run(lab, cwd=str(HERE)).returncode


if __name__ == "__main__":
    sys.exit(main())
