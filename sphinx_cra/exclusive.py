"""A folder for one process at a time. Whoever dies lets it go."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BusyError(Exception):
    """Another process has the folder."""


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Have a folder alone for the block; it is made if need be.

    Asks nothing of file systems that cannot lock; there, the last to write wins.

    :raises BusyError: if another process has it.
    :raises OSError: if the folder cannot be made or opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        import msvcrt

        path = folder / ".technical-file.lock"
        file = os.open(path, os.O_CREAT | os.O_RDWR)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            os.close(file)
            raise BusyError from error
        try:
            yield
        finally:
            os.close(file)
            path.unlink(missing_ok=True)
    else:
        import fcntl

        file = os.open(folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError from error
            except OSError:
                pass  # a file system without locks
            yield
        finally:
            os.close(file)
