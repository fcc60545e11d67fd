"""Reporting under Article 14: clocks, drafts, drills, and the register of reports made.

``clock`` computes when each report is due; ``content`` lists what the Article orders; ``recipient``
says which CSIRT receives it; ``facts`` reads what the project knows, ``answers`` what a person says;
``draft`` puts them together, ``text`` writes them, ``drill`` rehearses them; ``register`` reads
``cra-reports.yaml`` and ``checks`` asks R63 to R70 of it. Nothing here sends anything, asks a clock
of the machine, or knows the form of the single reporting platform.
"""

from __future__ import annotations

REPORTS = "cra-reports.yaml"
"""The register of reports made, in the root of the project."""
