"""The wheel carries everything it needs, and works away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **env})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(out), str(ROOT), cwd=out)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, as pip would."""
    target = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def test_it_carries_schemas_catalogues_templates_and_style(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern in (
        ("schemas", "*.json"),
        ("sphinx_cra/catalogues", "*.yaml"),
        ("sphinx_cra/templates", "*"),
        ("sphinx_cra/ext/static", "*"),
        ("sphinx_cra/legal", "*.yaml"),
        ("sphinx_cra/citation", "*.json"),
        ("sphinx_cra/locale", "*.po*"),
    ):
        shipped = f"sphinx_cra/{folder}" if folder == "schemas" else folder
        for path in (ROOT / folder).rglob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{shipped}/{path.relative_to(ROOT / folder).as_posix()}" in names
    assert "sphinx_cra/py.typed" in names
    assert not [n for n in names if n.startswith(("tests", "docs", "example"))]


def test_it_builds_site_and_technical_file_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "conf.py").write_text('extensions = ["sphinx_cra"]\n', "utf-8")
    (docs / "cra.yaml").write_text(
        'product: {name: Gateway, release: "1.0"}\nmanufacturer: {name: Maker}\n', "utf-8"
    )
    (docs / "index.rst").write_text(
        "Gateway\n=======\n\n.. cra-matrix:: cra\n\n.. control:: Login\n   :id: CTRL_1\n"
        "   :satisfies: CRA_ANX_I_P1_2_D\n",
        "utf-8",
    )
    where = {"PYTHONPATH": str(installed)}
    code = "import sphinx_cra; print(sphinx_cra.__file__)"
    assert run(sys.executable, "-c", code, cwd=tmp_path, **where).startswith(str(installed))
    for builder, wanted in (("html", "_cra/matrix.xlsx"), ("cra", "technical-file.pdf")):
        sphinx = (sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder)
        assert run(*sphinx, "docs", f"out/{builder}", cwd=tmp_path, **where) == ""
        assert (tmp_path / "out" / builder / wanted).stat().st_size > 1000


def test_without_the_pdf_extra_the_rest_is_written_and_one_sentence_says_what_to_install(
    tmp_path: Path,
) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["sphinx_cra"]\n', "utf-8")
    (tmp_path / "index.rst").write_text("Gateway\n=======\n", "utf-8")
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "typst.py").write_text('raise ImportError("No module named typst")\n', "utf-8")
    sphinx = (sys.executable, "-m", "sphinx", "-q", "-b", "cra", ".", "out")
    said = run(*sphinx, cwd=tmp_path, PYTHONPATH=str(blocked))
    assert "pip install sphinx-cra[pdf]" in said
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert not (tmp_path / "out" / "technical-file.pdf").exists()
