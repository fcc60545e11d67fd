"""What a build with sphinx-cra costs beside the same documents under bare sphinx-needs.

Prints CPU seconds and their ratio for a fresh HTML build and for a rebuild without a change. The
bare project has the same needs and, for our clause matrix, a ``needtable`` of the same rows, whose
clauses are hidden needs of its own. Not a test: what it prints depends on the machine.

    python tests/benchmarks/build.py [1000 5000 10000]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sphinx_cra import catalogue

ROOT = Path(__file__).parent
PER_PAGE = 100
OURS = 'extensions = ["sphinx_cra"]\ncra_mappings = ["cra-iec62443"]\n'
BARE = """extensions = ["sphinx_needs"]
def _t(name, links):
    fields = {f: {"schema": {"type": "string"}, "nullable": True} for f in (
        "kind", "file", "asset", "threat", "treatment", "framework", "printed")}
    return {"directive": name, "title": name.title(), "prefix": "X_", "fields": fields,
            "links": {n: {"outgoing": n, "incoming": n + " by", "allow_dead_links": True} for n in links}}
needs_types = [_t("clause", []), _t("risk", ["concerns"]), _t("requirement", ["satisfies", "mitigates"]),
               _t("control", ["implements", "satisfies", "mitigates"]), _t("evidence", ["verifies"])]
"""


def needs(count: int, clauses: list[str]) -> list[str]:
    """``count`` needs in the mix of a real project: of 10, 1 risk, 3 requirements, 3 controls, 3 evidence."""
    made = []
    for n in range(count):
        group, kind = divmod(n, 10)
        clause = clauses[(group * 7 + kind) % len(clauses)]
        if kind == 0:
            head, extra = (
                "risk",
                f"   :asset: store {n}\n   :threat: theft\n   :treatment: mitigate\n   :concerns: {clause}\n",
            )
        elif kind < 4:
            head, extra = "requirement", f"   :satisfies: {clause}\n   :mitigates: RISK_{group:05}_0\n"
        elif kind < 7:
            head, extra = "control", f"   :implements: REQUIREMENT_{group:05}_{kind - 3}\n"
        else:
            head, extra = (
                "evidence",
                f"   :kind: file\n   :file: proof.txt\n   :verifies: CONTROL_{group:05}_{kind - 3}\n",
            )
        need = f"{head.upper()}_{group:05}_{kind}"
        made.append(
            f".. {head}:: Number {n} of the generated needs\n   :id: {need}\n{extra}\n"
            f"   What {need} says, in a sentence.\n\n"
        )
    return made


def project(folder: Path, count: int, *, ours: bool) -> None:
    """Write the documents."""
    folder.mkdir()
    cra = catalogue.load("cra", root=folder)
    asked = [c.id for c in cra.clauses if c.asked]
    made = needs(count, asked)
    pages = [made[i : i + PER_PAGE] for i in range(0, len(made), PER_PAGE)]
    names = [f"page{i:04}" for i in range(len(pages))]
    for name, page in zip(names, pages, strict=True):
        (folder / f"{name}.rst").write_text(f"{name}\n{'=' * len(name)}\n\n" + "".join(page), "utf-8")
    (folder / "proof.txt").write_text("it was looked at\n", "utf-8")
    (folder / "conf.py").write_text((OURS if ours else BARE) + 'project = "benchmark"\n', "utf-8")
    if ours:
        clauses, matrix = ".. cra-catalogue:: cra\n", ".. cra-matrix:: cra\n"
    else:
        clauses = "".join(
            f".. clause:: {c.title}\n   :id: {c.id}\n   :hide:\n   :framework: cra\n"
            f"   :printed: {c.printed}\n\n"
            for c in cra.clauses
        )
        columns = "id;title;printed;satisfies_back;concerns_back"
        matrix = f".. needtable::\n   :types: clause\n   :columns: {columns}\n   :style: table\n"
    (folder / "clauses.rst").write_text(f"Clauses\n=======\n\n{clauses}", "utf-8")
    (folder / "matrix.rst").write_text(f"Matrix\n======\n\n{matrix}", "utf-8")
    toc = "".join(f"   {n}\n" for n in ("clauses", "matrix", *names))
    (folder / "index.rst").write_text(f"Benchmark\n=========\n\n.. toctree::\n\n{toc}", "utf-8")


def cost(folder: Path) -> float:
    """CPU seconds of one HTML build of the project as it stands."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "_build")]
    done = subprocess.run(
        command, check=True, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": "0"}
    )
    if done.stderr:
        sys.exit(f"the build is not clean:\n{done.stderr[:2000]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="*", type=int, default=[1000, 5000, 10000])
    parser.add_argument("--repeat", type=int, default=1, help="fresh builds of each; the median counts")
    options = parser.parse_args()
    print(f"{'needs':>6}  {'build':<9}  {'bare':>8}  {'ours':>8}  ratio")
    for count in options.counts:
        fresh: dict[bool, list[float]] = {True: [], False: []}
        again: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(options.repeat):
            for ours in (False, True):
                with tempfile.TemporaryDirectory() as temporary:
                    folder = Path(temporary) / "docs"
                    project(folder, count, ours=ours)
                    fresh[ours].append(cost(folder))
                    again[ours] += [cost(folder), cost(folder)]
                    shutil.rmtree(folder)
        for name, found in (("fresh", fresh), ("no change", again)):
            bare, ours_ = statistics.median(found[False]), statistics.median(found[True])
            print(f"{count:>6}  {name:<9}  {bare:>7.1f}s  {ours_:>7.1f}s  {ours_ / bare:.2f}", flush=True)


if __name__ == "__main__":
    main()
