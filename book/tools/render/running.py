"""One command at a time in a checkout, which ends at once when it is stopped."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

ROOT = Path(__file__).resolve().parents[3]


def stops_at_once() -> None:
    """Let SIGINT and SIGTERM end this program; kernels end when it is gone.

    An exception would be lost where Python ignores exceptions, as in callbacks and finalizers.
    """

    def stop(*_: object) -> None:
        os.write(2, b"Stopped.  The same command again does what is left.\n")
        os._exit(130)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


@contextmanager
def alone(root: Path = ROOT) -> Iterator[None]:
    """Wait until no other command writes into this checkout, and keep others waiting."""
    (root / "_build").mkdir(exist_ok=True)
    lock = filelock.FileLock(root / "_build" / "lock")
    try:
        held = lock.acquire(timeout=0)
    except filelock.Timeout:
        print("Another build is running, waiting ...", file=sys.stderr, flush=True)
        held = lock.acquire()
    with held:
        for part in root.glob("[bn]o*/.*.part"):  # of a command that was killed
            part.unlink()
        yield
