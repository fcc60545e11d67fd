"""What every build in one process needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sphinx import locale

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Sphinx keeps the words of the first language for the whole process; each test begins without."""
    yield
    locale.translators.clear()
