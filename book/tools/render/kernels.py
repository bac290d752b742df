"""Rerun every notebook as other processors would compute it (``make kernels``).

OpenBLAS adds in another order on another processor and with another number of threads, so the last
bits differ; what the notebooks show must not.  ``OPENBLAS_CORETYPE`` picks the order where the
processor can follow it.  Where the machine sets that variable itself, for reasons of its own, it
stays as it is, and only the number of threads varies.  What does not run is named.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# A processor with AVX2, one with AVX-512, one with neither.
KERNELS = ("Haswell", "SkylakeX", "Prescott")
THREADS = ("1", "2")
_PROBE = (
    "import numpy, threadpoolctl as pools\n"
    "print(*{each['architecture'] for each in pools.threadpool_info()"
    " if each['internal_api'] == 'openblas'})"
)


def environment(kernel: str | None, threads: str = "1") -> dict[str, str]:
    """The environment in which numpy computes in a kernel's order; None leaves the order alone."""
    own = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    return {**os.environ, **own, **({"OPENBLAS_CORETYPE": kernel} if kernel else {})}


def computed_by(kernel: str | None) -> str:
    """The kernel that numpy really uses when asked for one."""
    command = [sys.executable, "-c", _PROBE]
    done = subprocess.run(
        command, env=environment(kernel), capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else "nothing, it crashed"


def to_run() -> tuple[list[str | None], list[str]]:
    """The kernels to ask for, and why others are not asked for."""
    fixed = os.environ.get("OPENBLAS_CORETYPE")
    if fixed:
        others = ", ".join(each for each in KERNELS if each.lower() != fixed.lower())
        return [None], [f"{others}: this machine sets OPENBLAS_CORETYPE={fixed}, which is kept"]
    # An OpenBLAS without a kernel's code takes another's: what counts is that no two are the same.
    ready: dict[str, str] = {}
    missing = []
    for kernel in KERNELS:
        used = computed_by(kernel)
        if used in ready or not used.isalnum():
            missing.append(f"{kernel}: this machine computes with {used}")
        else:
            ready[used] = kernel
    return list(ready.values()), missing


def main() -> int:
    """Rerun the notebooks in each way; 1 if one of them differs."""
    kernels, missing = to_run()
    for each in missing:
        print(f"NOT run, {each}", flush=True)
    failed = []
    ways = list(product(kernels, THREADS))
    for kernel, threads in ways:
        name = f"{computed_by(kernel)}, {threads} thread(s)"
        print(f"== Notebooks as computed by {name}", flush=True)
        workers = "1" if threads == "2" else "2"  # threads that wait for a core go very slowly
        command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "notebooks"]
        done = subprocess.run(command, cwd=ROOT, env=environment(kernel, threads), check=False)
        failed += [name] if done.returncode else []
    print(f"{len(ways) - len(failed)} passed, {len(failed)} failed, {len(missing)} skipped")
    print("".join(f"differs: {name}\n" for name in failed), end="")
    return 1 if failed or not ways else 0


if __name__ == "__main__":
    raise SystemExit(main())
