"""Time as the application sees it: seconds, from a source that a test can turn by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]

wall: Clock = time.time
"""Seconds since 1970; for records that people read."""
steady: Clock = time.monotonic
"""Never jumps; for lifetimes and rates, so that setting the clock back extends nothing."""
