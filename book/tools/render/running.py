"""One command at a time in a checkout, which ends at once when it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import psutil

ROOT = Path(__file__).resolve().parents[3]
if not (ROOT / "book" / "tools").is_dir():
    sys.exit(f"{ROOT}: expected a clone of the repository: the tools work on its pages")


def stop(*_: object) -> None:
    """End this program and all that it started, from a handler of signals.

    An exception would be lost where Python ignores exceptions, as in callbacks and finalizers.
    """
    os.write(2, b"Stopped.  The same command again does what is left.\n")
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(130)


def stops_at_once() -> dict[signal.Signals, object]:
    """Let SIGINT and SIGTERM stop this program; return the handlers that they had."""
    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}


@contextmanager
def alone(root: Path = ROOT) -> Iterator[None]:
    """Wait until no other command writes into this checkout, and keep others waiting."""
    handlers = stops_at_once()
    (root / "_build").mkdir(exist_ok=True)
    lock = filelock.FileLock(root / "_build" / "lock")
    try:
        with suppress(filelock.Timeout):
            lock.acquire(timeout=0)
        if not lock.is_locked:
            print("Another build is running, waiting ...", file=sys.stderr, flush=True)
            lock.acquire()
        for part in root.glob("[bn]o*/.*.part"):  # of a command that was killed
            part.unlink()
        yield
    finally:
        lock.release()
        for number, handler in handlers.items():
            signal.signal(number, handler)
