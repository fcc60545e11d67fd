"""What an assessment costs: milliseconds at growing sizes, and how they grow. Run by hand.

``python tests/benchmarks/core.py [items ...]``
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_cra import catalogue
from sphinx_cra.assessment import assess
from sphinx_cra.model import Kind, Outcome, Verdict
from sphinx_cra.trace import OWN, Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_cra.assessment import Assessment

CATALOGUES = tuple(catalogue.load(n, root=Path()) for n in ("cra", "iec62443-4-1", "iec62443-4-2"))
MAPPINGS = (catalogue.load_mapping("cra-iec62443", root=Path()),)
CLAUSES = catalogue.Clauses(CATALOGUES)
TARGETS = [c for c in CLAUSES if (found := CLAUSES.get(c)) and found.asked]


def records(size: int) -> list[dict[str, object]]:
    """A tenth risks, three tenths each requirements, controls and evidence, all linked."""
    made: list[dict[str, object]] = []
    for n in range(size):
        kind = ("risk", *["requirement", "control", "evidence"] * 3)[n % 10]
        target = TARGETS[n % len(TARGETS)]
        block = n - n % 10
        links = {
            "risk": {"concerns": [target]},
            "requirement": {"satisfies": [target], "mitigates": [f"N_{block}"]},
            "control": {"implements": [f"N_{n - 1}"], "satisfies": [target] if n % 7 == 0 else []},
            "evidence": {"verifies": [f"N_{n - 1}"], "kind": "junit", "file": "report.xml"},
        }[kind]
        made.append(
            {"id": f"N_{n}", "type": kind, "title": f"Need {n}", "docname": "index", "lineno": n, **links}
        )
    return made


def dead(size: int) -> list[dict[str, object]]:
    """The same with every link of a control leading nowhere."""
    return [
        {**r, "implements": [f"{r['id']}_X"]} if r["type"] == "control" else r  # type: ignore[dict-item]
        for r in records(size)
    ]


def read(made: list[dict[str, object]]) -> Trace:
    return Trace.from_records(made, adoptions=OWN, clauses=CLAUSES)


def judge(trace: Trace) -> Assessment:
    outcomes = [*Outcome, *[Outcome.VALID] * 8]
    evidence = trace.of_kind(Kind.EVIDENCE)
    verdicts = {
        e.id: Verdict(outcome=outcomes[n % len(outcomes)], reason="as read") for n, e in enumerate(evidence)
    }
    return assess(product=None, catalogues=CATALOGUES, mappings=MAPPINGS, trace=trace, verdicts=verdicts)


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """Milliseconds of processor time of the fastest round, whatever else the machine does."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return min(times)


def main(sizes: list[int]) -> None:
    print(f"{'items':>8} {'read ms':>9} {'assess ms':>10} {'us/item':>8} {'dead links ms':>14}")
    first = 0.0
    for size in sizes:
        made, broken = records(size), dead(size)
        trace, bad = read(made), read(broken)
        reading, judging, dying = (
            best(lambda made=made: read(made)),
            best(lambda trace=trace: judge(trace)),
            best(lambda bad=bad: judge(bad), 1),
        )
        each = (reading + judging) * 1000 / size
        first = first or each
        print(
            f"{size:>8} {reading:>9.1f} {judging:>10.1f} {each:>8.1f} {dying:>14.1f}"
            f"   {each / first:.2f} times the cost of the first, per item"
        )


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [1000, 5000, 10000])
