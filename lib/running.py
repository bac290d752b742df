"""How a command runs: alone in its folder, and ending in one line when it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn

from lib import files

try:
    import fcntl
except ImportError:  # not on Windows: commands do not wait for one another there
    fcntl = None  # type: ignore[assignment]

# There is no SIGHUP on Windows.
_ASKED = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class Stopped(KeyboardInterrupt):
    """A signal asked the program to stop.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def alone(folder: Path, *others: Path) -> Iterator[None]:
    """Wait until no other command holds the folder, and hold it.

    What a command that was killed left half-written is removed first.

    Parameters
    ----------
    folder : Path
        The folder that is held.
    *others : Path
        More folders into which the command writes; they need not exist.

    Raises
    ------
    lib.files.WriteError
        There is no such folder.

    Notes
    -----
    The folder itself is locked.  There is no lock file that could go stale: the system unlocks when
    the last process that holds the folder ends, in whichever way.  A program that is started with
    ``close_fds=False`` holds it too, and so delays the next command if it outlives this one.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise files.WriteError(folder, error, kept=False) from None
    try:
        if _locked(handle):
            for place in (folder, *others):
                files.discard(*place.glob(f".*{files.PART}"))
        os.set_inheritable(handle, True)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Wait for the lock; False where the system or the file system has none."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another build is running, waiting ...", file=sys.stderr, flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def end_plainly() -> None:
    """From here on, a signal or a file that cannot be written ends the program in one line."""
    for number in _ASKED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.excepthook = _say


def _stop(number: int, _: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, Stopped):
        print("Stopped.  The same command again does what is left.", file=sys.stderr, flush=True)
        # Whoever started the program is told by which signal it ended.
        signal.signal(error.number, signal.SIG_DFL)
        os.kill(os.getpid(), error.number)
    elif isinstance(error, files.WriteError):
        print(error, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
