"""What every test may use."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest_plugins = ("sphinx.testing.fixtures",)

# Helpers of the Sphinx tests lie beside them.
sys.path.insert(0, str(Path(__file__).parent / "ext"))


@pytest.fixture(scope="session")
def rootdir() -> Path:
    """Where ``@pytest.mark.sphinx(testroot=...)`` finds its projects."""
    return Path(__file__).parent / "roots"
