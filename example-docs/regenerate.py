"""Write the artefacts of the example product anew, each by its own tool, and accept them in the lock.

Needs Python 3.11 or later, a package index, and ``openssl``; makes its own virtual environments and leaves
nothing behind but ``artefacts/`` and ``cra-evidence.lock``. What a tool writes about the machine it ran on
(host name, absolute paths) is taken out; what it says about the product is left as it is.

    python regenerate.py

A scan for known vulnerabilities is not among them: it needs a database that is up to date, which no package
index has.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SOFTWARE = HERE / "software"
ARTEFACTS = HERE / "artefacts"
CONSTRAINTS = SOFTWARE / "constraints.txt"
TOOLS = ("bandit[sarif]", "cyclonedx-bom", "in-toto")

SBOM, VEX = ARTEFACTS / "sbom.cdx.json", ARTEFACTS / "vex.cdx.json"
JUNIT, COVERAGE, SARIF = ARTEFACTS / "junit.xml", ARTEFACTS / "coverage.xml", ARTEFACTS / "bandit.sarif"
CERTIFICATE = ARTEFACTS / "test-unit.pem"
LINK, LINK_KEY = ARTEFACTS / "tools.link.json", ARTEFACTS / "tools.pub"

MATERIALS = (
    "regenerate.py",
    "software/constraints.txt",
    "software/edgegate",
    "software/pyproject.toml",
    "software/tests",
    "software/vulnerabilities.toml",
)
"""What the artefacts are made from."""
LOG = "tools.log"
IN_TOOLS = "--tools"
"""Says that this is the run whose files in-toto records, inside of the environment with the tools."""


def main() -> None:
    """Run every tool, in temporary environments, with in-toto as the witness."""
    if not shutil.which("openssl"):
        sys.exit("openssl is not installed, or not on the path; it issues the certificate of the test unit")
    ARTEFACTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tools = environment(work / "tools", pip=True)
        run(tools, "-m", "pip", "install", "-q", "-c", CONSTRAINTS, f"{SOFTWARE}[test]", *TOOLS)
        # The SBOM is read from an environment that holds what the product needs, and no tool.
        runtime = environment(work / "runtime", pip=False)
        run(tools, "-m", "pip", "--python", runtime, "install", "-q", "-c", CONSTRAINTS, SOFTWARE)
        witnessed(tools, runtime, work)
    for path in sorted(ARTEFACTS.glob("*.*")):
        print(path.relative_to(HERE).as_posix())
    accept()


def witnessed(tools: Path, runtime: Path, work: Path) -> None:
    """Run the tools under ``in-toto-run``, which signs what went in and what came out.

    The key is made for this run and not kept, only its public half: with it anybody can see that the
    link was not changed, and nobody can see who ran this. A build service has a key of its own.
    """
    key = work / "key.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", LINK_KEY)
    command = [
        "-c",
        "from in_toto.in_toto_run import main; main()",
        "--step-name",
        "tools",
        "--signing-key",
        key,
        "--use-dsse",
    ]
    command += ["--base-path", HERE, "--metadata-directory", work, "--run-timeout", "1800"]
    command += ["--materials", *MATERIALS, "--exclude", "__pycache__", "*.pyc", ".*"]
    command += ["--products", *(p.relative_to(HERE).as_posix() for p in (SBOM, VEX, JUNIT, COVERAGE, SARIF))]
    there = {"PATH": f"{tools.parent}{os.pathsep}{os.environ['PATH']}"}
    there |= {"EXAMPLE_RUNTIME": str(runtime), "EXAMPLE_WORK": str(work)}
    try:
        run(tools, *command, "--", "python", Path(__file__).name, IN_TOOLS, folder=HERE, **there)
    finally:
        print((work / LOG).read_text("utf-8", "replace") if (work / LOG).exists() else "")
    (link,) = work.glob("tools.*.link")
    LINK.write_text(link.read_text("utf-8").rstrip("\n") + "\n", "utf-8")


def all_tools() -> None:
    """What in-toto is the witness of; runs in the environment with the tools."""
    tools, runtime = Path(sys.executable), Path(os.environ["EXAMPLE_RUNTIME"])
    work = Path(os.environ["EXAMPLE_WORK"])
    with (work / LOG).open("wb") as log:  # in-toto would throw away what they say
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sbom(tools, runtime)
    vex()
    tests(tools, work)
    scan(tools)
    certificate(tools, work)


def sbom(tools: Path, runtime: Path) -> None:
    """CycloneDX, from the installed packages; without serial number and time, which would always differ."""
    command = ["-m", "cyclonedx_py", "environment", "--pyproject", SOFTWARE / "pyproject.toml"]
    command += ["--spec-version", "1.6", "--output-reproducible", "--output-format", "JSON", "-o", SBOM]
    run(tools, *command, runtime)
    # Where the project was installed from is a folder of this machine.
    text = re.sub(r'"url": "file://[^"]*"', '"url": "./software"', SBOM.read_text("utf-8"))
    SBOM.write_text(text.rstrip("\n") + "\n", "utf-8")


def vex() -> None:
    """CycloneDX, by its library: what ``vulnerabilities.toml`` states, about the versions of the SBOM."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.impact_analysis import ImpactAnalysisState
    from cyclonedx.model.vulnerability import BomTarget, Vulnerability, VulnerabilityAnalysis
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from packaging.version import Version

    source = Bom.from_json(json.loads(SBOM.read_text("utf-8")))  # type: ignore[attr-defined]
    components = {c.name: c for c in source.components}
    statements = []
    stated = tomllib.loads((SOFTWARE / "vulnerabilities.toml").read_text("utf-8"))["vulnerability"]
    for one in stated:
        component = components[one["component"]]
        about = f"Fixed in {one['fixed_in']}; the SBOM has {component.version}. {one['detail']}"
        fixed = Version(component.version) >= Version(one["fixed_in"])
        statements.append(
            Vulnerability(
                bom_ref=one["id"],
                id=one["id"],
                affects=[BomTarget(ref=str(component.bom_ref.value))],
                analysis=VulnerabilityAnalysis(
                    state=ImpactAnalysisState.RESOLVED if fixed else ImpactAnalysisState.EXPLOITABLE,
                    detail=about,
                ),
            )
        )
    product = source.metadata.component
    document = Bom(
        serial_number=uuid5(
            NAMESPACE_URL, f"https://norderland.example/vex/{product.name}/{product.version}"
        ),
        metadata=BomMetaData(component=product, timestamp=datetime.now(UTC).replace(microsecond=0)),
        components={components[one["component"]] for one in stated},
        vulnerabilities=statements,
    )
    document.register_dependency(product, document.components)
    text = JsonV1Dot6(document).output_as_string(indent=2)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"the VEX document is not valid: {fault}")
    VEX.write_text(text.rstrip("\n") + "\n", "utf-8")


def tests(tools: Path, work: Path) -> None:
    """JUnit and coverage of one run. Random tests use fixed seeds (``tests/conftest.py``)."""
    command = ["-B", "-m", "pytest", "-q", "-p", "no:hypothesispytest", f"--basetemp={work / 'pytest'}"]
    command += [f"--junitxml={JUNIT}", "--cov", f"--cov-report=xml:{COVERAGE}"]
    run(tools, *command)
    text = re.sub(r' hostname="[^"]*"', ' hostname="build"', JUNIT.read_text("utf-8"))
    JUNIT.write_text(text.replace("<testcase ", "\n<testcase ").rstrip("\n") + "\n", "utf-8")
    text = re.sub(r"<source>[^<]*</source>", "<source>software</source>", COVERAGE.read_text("utf-8"))
    COVERAGE.write_text(text.rstrip("\n") + "\n", "utf-8")
    (SOFTWARE / ".coverage").unlink(missing_ok=True)


def scan(tools: Path) -> None:
    """SARIF of a static security analysis."""
    run(tools, "-B", "-m", "bandit", "-q", "-r", "edgegate", "-f", "sarif", "-o", SARIF)
    SARIF.write_text(SARIF.read_text("utf-8").rstrip("\n") + "\n", "utf-8")


AUTHORITY = """
[ca]
default_ca = plant
[plant]
database = index.txt
serial = serial
new_certs_dir = .
certificate = authority.pem
private_key = authority.key
default_md = sha256
policy = any
x509_extensions = device
[any]
commonName = supplied
serialNumber = supplied
[device]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:fg200-0017.plant.example
"""
"""How an authority of a plant network signs, for ``openssl ca``."""


def certificate(tools: Path, work: Path) -> None:
    """X.509 of the test unit, issued by an authority made for this, and shown by a running gateway.

    Commissioning replaces the certificate of a gateway by one of the plant's own authority; this does the
    same, starts the gateway with it, and lets ``openssl`` verify what the gateway then shows.
    """
    folder = work / "plant"
    folder.mkdir()
    (folder / "ca.cnf").write_text(AUTHORITY, "utf-8")
    (folder / "index.txt").touch()
    (folder / "serial").write_text("46473230300011\n", "utf-8")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    name = ("-subj", "/CN=Test authority of the plant network", "-days", "7300")
    files = ("-keyout", "authority.key", "-out", "authority.pem")
    openssl("req", "-x509", *key, *name, *files, folder=folder)
    name = ("-subj", "/CN=FieldGate FG-200/serialNumber=FG200-0017")
    openssl("req", "-new", *key, *name, "-keyout", "unit.key", "-out", "unit.csr", folder=folder)
    days = ("-startdate", "20261101000000Z", "-enddate", "20361031235959Z")
    files = ("-in", "unit.csr", "-out", "unit.pem")
    openssl("ca", "-batch", "-config", "ca.cnf", *days, *files, folder=folder)
    both = folder / "both.pem"
    both.write_text("".join((folder / name).read_text("utf-8") for name in ("unit.key", "unit.pem")), "utf-8")
    with gateway(tools, folder / "state", both) as port:
        expected = ("-verify_return_error", "-verify_hostname", "fg200-0017.plant.example")
        where = ("-connect", f"127.0.0.1:{port}", "-CAfile", "authority.pem")
        openssl("s_client", *where, *expected, folder=folder)
    CERTIFICATE.write_text((folder / "unit.pem").read_text("utf-8").rstrip("\n") + "\n", "utf-8")


@contextmanager
def gateway(tools: Path, folder: Path, certificate: Path) -> Iterator[int]:
    """A running gateway; on which port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    start = "from edgegate.gateway import main; main()"
    command = [tools, "-B", "-c", start, folder, "--certificate", certificate, "--port", str(port)]
    process = subprocess.Popen(list(map(str, command)), cwd=SOFTWARE)
    try:
        for _ in range(100):
            with socket.socket() as trial:
                if not trial.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def accept() -> None:
    """Rehearse the reports with the new SBOM, and write ``cra-evidence.lock`` anew.

    Looking at what changed in the lock is the review.
    """
    if find_spec("sphinx_cra") is None or find_spec("sphinx_codelinks") is None:
        print("the reporting drill and cra-evidence.lock are as before: sphinx-cra is not installed here")
        return
    python, start = Path(sys.executable), ("-c", "from sphinx_cra.cli import app; app()")
    record = ARTEFACTS / "reporting-drill.json"
    made_on = json.loads(record.read_text("utf-8"))["date"]
    answers = ARTEFACTS / "records" / "2026-11-reporting-drill.yaml"
    drill = ("report", "drill", "--dir", HERE, "--sbom", SBOM, "--answers", answers, "--record", record)
    run(python, *start, *drill, "--date", made_on, folder=HERE)
    with tempfile.TemporaryDirectory() as folder:
        (HERE / "cra-evidence.lock").unlink(missing_ok=True)
        run(python, "-m", "sphinx", "-q", "-b", "html", HERE, Path(folder) / "html", folder=HERE)
        built = Path(folder) / "html" / "_cra" / "assessment.json"
        run(python, *start, "evidence", "lock", HERE, "--from", built, folder=HERE)


def environment(folder: Path, *, pip: bool) -> Path:
    """The interpreter of a new virtual environment."""
    venv.create(folder, with_pip=pip, symlinks=sys.platform != "win32")
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def openssl(*arguments: str | Path, folder: Path = SOFTWARE) -> None:
    """Run openssl; its failure is ours, and what it says is shown then."""
    print("+ openssl", *(a.name if isinstance(a, Path) else a for a in arguments), flush=True)
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"openssl {arguments[0]}: {done.stderr[-2000:]}")


def run(python: Path, *arguments: str | Path, folder: Path = SOFTWARE, **environ: str) -> None:
    """Run a Python command, in the software's folder where no other is named; its failure is ours."""
    print("+", "python", *(a.name if isinstance(a, Path) else a for a in arguments), flush=True)
    command = [str(python), *map(str, arguments)]
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, **environ})


if __name__ == "__main__":
    all_tools() if sys.argv[1:] == [IN_TOOLS] else main()
