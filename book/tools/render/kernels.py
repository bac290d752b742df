"""Rerun every notebook as other processors would compute it (``make kernels``).

OpenBLAS adds in another order on another processor and with another number of threads, so the last
bits differ; what the notebooks show must not.  ``OPENBLAS_CORETYPE`` picks the order where the
processor can follow it; where the machine sets that variable itself, it stays as it is.
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
_PROBE = (
    "import numpy, threadpoolctl as pools\n"
    "print(*{each['architecture'] for each in pools.threadpool_info()"
    " if each['internal_api'] == 'openblas'})"
)


def run(kernel: str, threads: int, *arguments: str) -> subprocess.CompletedProcess:
    """Run Python as a processor would compute; the output is kept of code alone."""
    own = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
    own["OPENBLAS_CORETYPE"] = kernel
    command, kept = [sys.executable, *arguments], subprocess.PIPE if "-c" in arguments else None
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, stdout=kept, text=True)


def computed_by(kernel: str) -> str:
    """The kernel that numpy really uses when asked for one: it may lack the code, or crash."""
    return run(kernel, 1, "-c", _PROBE).stdout.strip()


def main() -> int:
    """Rerun the notebooks in each way; 1 if one of them differs."""
    fixed = os.environ.get("OPENBLAS_CORETYPE")
    ways: dict[str, str] = {}  # an OpenBLAS without a kernel's code takes another's: once is enough
    for name in [fixed] if fixed else KERNELS:
        used = computed_by(name)
        if used.isalnum() and used not in ways:
            ways[used] = name
        else:
            print(f"NOT run, {name}: this machine computes with {used or 'nothing, it crashed'}")
    if fixed:
        print(f"NOT run, other kernels: this machine sets OPENBLAS_CORETYPE={fixed}")
    differ = []
    for used, threads in product(ways, (1, 2)):
        said = f"{used}, {threads} thread(s)"
        print(f"== Notebooks as computed by {said}", flush=True)
        workers = "2" if threads == 1 else "1"  # threads that wait for a core go very slowly
        if run(ways[used], threads, "-m", "pytest", "-q", "-n", workers, "notebooks").returncode:
            differ.append(f"differs: {said}")
    print(*differ, f"{2 * len(ways)} ways, {len(differ)} differ", sep="\n")
    return 1 if differ or not ways else 0


if __name__ == "__main__":
    raise SystemExit(main())
