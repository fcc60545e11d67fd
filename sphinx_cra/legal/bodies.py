"""R09 to R14: the notified body (Art. 30(4), 31(4); Annex V, point 7; Annex VIII)."""

from __future__ import annotations

from sphinx_cra.legal.rule import Rules

RULES = Rules()
