"""Write the artefacts of the example product anew: tests, coverage, scan and SBOM, each by its own tool.

Needs Python 3.11 or later and a package index; makes its own virtual environments and leaves nothing
behind but ``artefacts/``. What a tool writes about the machine it ran on (host name, absolute paths) is taken
out; what it says about the product is left as it is.

    python regenerate.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOFTWARE = HERE / "software"
ARTEFACTS = HERE / "artefacts"
CONSTRAINTS = SOFTWARE / "constraints.txt"
TOOLS = ("bandit[sarif]", "cyclonedx-bom")


def main() -> None:
    """Run every tool, in temporary environments."""
    ARTEFACTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tools = environment(work / "tools", pip=True)
        run(tools, "-m", "pip", "install", "-q", "-c", CONSTRAINTS, f"{SOFTWARE}[test]", *TOOLS)
        # The SBOM is read from an environment that holds what the product needs, and no tool.
        runtime = environment(work / "runtime", pip=False)
        run(tools, "-m", "pip", "--python", runtime, "install", "-q", "-c", CONSTRAINTS, SOFTWARE)

        sbom(tools, runtime)
        tests(tools, work)
        scan(tools)
    for path in sorted(ARTEFACTS.glob("*.*")):
        print(path.relative_to(HERE).as_posix())


def sbom(tools: Path, runtime: Path) -> None:
    """CycloneDX, from the installed packages; without serial number and time, which would always differ."""
    out = ARTEFACTS / "sbom.cdx.json"
    command = ["-m", "cyclonedx_py", "environment", "--pyproject", SOFTWARE / "pyproject.toml"]
    command += [
        "--spec-version",
        "1.6",
        "--output-reproducible",
        "--output-format",
        "JSON",
        "-o",
        out,
        runtime,
    ]
    run(tools, *command)
    # Where the project was installed from is a folder of this machine.
    text = re.sub(r'"url": "file://[^"]*"', '"url": "./software"', out.read_text("utf-8"))
    out.write_text(text.rstrip("\n") + "\n", "utf-8")


def tests(tools: Path, work: Path) -> None:
    """JUnit and coverage of one run. Random tests use fixed seeds (``tests/conftest.py``)."""
    junit, coverage = ARTEFACTS / "junit.xml", ARTEFACTS / "coverage.xml"
    command = ["-B", "-m", "pytest", "-q", "-p", "no:hypothesispytest", f"--basetemp={work / 'pytest'}"]
    command += [f"--junitxml={junit}", "--cov", f"--cov-report=xml:{coverage}"]
    run(tools, *command)
    text = re.sub(r' hostname="[^"]*"', ' hostname="build"', junit.read_text("utf-8"))
    junit.write_text(text.replace("<testcase ", "\n<testcase ").rstrip("\n") + "\n", "utf-8")
    text = re.sub(r"<source>[^<]*</source>", "<source>software</source>", coverage.read_text("utf-8"))
    coverage.write_text(text.rstrip("\n") + "\n", "utf-8")
    (SOFTWARE / ".coverage").unlink(missing_ok=True)


def scan(tools: Path) -> None:
    """SARIF of a static security analysis."""
    out = ARTEFACTS / "bandit.sarif"
    run(tools, "-B", "-m", "bandit", "-q", "-r", "edgegate", "-f", "sarif", "-o", out)
    out.write_text(out.read_text("utf-8").rstrip("\n") + "\n", "utf-8")


def environment(folder: Path, *, pip: bool) -> Path:
    """The interpreter of a new virtual environment."""
    venv.create(folder, with_pip=pip, symlinks=sys.platform != "win32")
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def run(python: Path, *arguments: str | Path) -> None:
    """Run a Python command in the software's folder; its failure is ours."""
    print("+", "python", *(a.name if isinstance(a, Path) else a for a in arguments), flush=True)
    subprocess.run([str(python), *map(str, arguments)], cwd=SOFTWARE, check=True)


if __name__ == "__main__":
    main()
