"""What is so for every command: how it ends, what it writes where, and what it does not load."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from build import assessed, control, evidence, requirement
from sphinx_cra import cli
from sphinx_cra.render.data import assessment_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = "import sys; sys.argv[0] = 'sphinx-cra'; from sphinx_cra.cli import app; app()"
ITEMS = (
    replace(requirement("REQ_1", satisfies="LAW_A"), content="x"),
    control("CTRL_1", implements="REQ_1"),
    evidence("EVID_1", verifies="CTRL_1", file="a.txt"),
)


def commands() -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name in cli.COMMANDS:
        command = cli.load(name)
        below = getattr(command, "commands", None)
        yield from ((name, sub) for sub in below) if below else ((name,),)


COMMANDS = sorted(commands())
FILES = {("report", "answers")}
"""Commands whose result is a file that people fill in."""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A project after a build."""
    path = tmp_path / "docs" / "_build" / "cra" / "assessment.json"
    path.parent.mkdir(parents=True)
    (tmp_path / "docs" / "conf.py").write_text("raise SystemExit('a command must not run this')\n")
    (tmp_path / "docs" / "a.txt").write_text("a")
    path.write_text(assessment_json(assessed(*ITEMS), generator="sphinx-cra 1"), "utf-8")
    return tmp_path / "docs"


def run(*words: Any, **options: Any) -> Any:
    return CliRunner().invoke(cli.app, list(map(str, words)), **options)


def program(*words: Any, before: str = "", **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", before + PROGRAM, *map(str, words)],
        capture_output=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example(words: tuple[str, ...]) -> None:
    shown = run(*words, "--help", env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert re.search(
        rf"sphinx-cra {' '.join(words)}\b|sphinx-cra {words[0]} ", shown.stdout.partition("xample")[2]
    )


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    assert " ".join(cli.load(name).help.split()).startswith(cli.COMMANDS[name][1])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_writes_json_where_that_is_asked_for(words: tuple[str, ...]) -> None:
    command: Any = cli.load(words[0])
    command = command.commands[words[1]] if len(words) > 1 else command
    options = {o for p in command.params for o in p.opts}
    assert "--format" in options or words in FILES


@pytest.mark.parametrize(
    "words", [("check", "nowhere"), ("explain", "NOTHING_AT_ALL"), ("cite", "--no-such")]
)
def test_an_error_is_json_too_where_a_program_reads_the_output(words: tuple[str, ...], docs: Path) -> None:
    done = run(*words, "--format", "json")
    assert done.exit_code == 2
    said = json.loads(done.stdout)
    assert (said["format"], said["exit"]) == ("sphinx-cra error", 2)
    assert said["message"]
    assert done.stderr


def test_nothing_of_sphinx_is_needed(docs: Path) -> None:
    block = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('sphinx', 'docutils', 'sphinx_needs'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, No())\n"
    )
    for words in (
        ["check", docs],
        ["explain", "CRA_ANX_I_P1_2_D"],
        ["explain", "REQ_1", "--dir", docs],
        ["export", docs, "--format", "json"],
        ["baseline", "list", docs],
        ["review", "list", docs],
        ["evidence", "lock", docs],
        ["diff", docs / "_build/cra", docs / "_build/cra"],
        ["catalogue", "list"],
        ["cite", docs / "a.txt"],
        ["init", docs.parent / "new"],
    ):
        done = program(*words, before=block)
        assert b"Error" not in done.stderr, done.stderr.decode()
        assert done.returncode in (0, 1), (words, done.stderr.decode())


def test_a_folder_a_file_and_a_project_are_the_same_to_check(docs: Path) -> None:
    built = docs / "_build" / "cra" / "assessment.json"
    said = {run("check", where).stdout for where in (docs, built.parent, built)}
    piped = run("check", "--from", "-", input=built.read_bytes())
    assert piped.exit_code == 0, piped.output
    said.add(piped.stdout)
    assert len(said) == 1
    assert "no errors" in said.pop()


def test_a_need_of_a_type_that_is_not_ours_is_said_to_be_left_out(tmp_path: Path) -> None:
    need = {"id": "SW_1", "type": "swreq", "title": "T"}
    needs = {"current_version": "1", "versions": {"1": {"needs": {"SW_1": need}}}}
    (tmp_path / "needs.json").write_text(json.dumps(needs), "utf-8")
    done = run("explain", "SW_1", "--dir", tmp_path)
    assert done.exit_code == 2
    assert "nothing is named SW_1" in done.stderr
    assert "needs of type swreq are left out" in done.stderr


def hostile(folder: Path) -> dict[str, Path]:
    """Files that are no assessment."""
    made = {name: folder / f"{name}.json" for name in ("fifo", "sparse", "future", "deep", "folder", "gone")}
    os.mkfifo(made["fifo"])
    with made["sparse"].open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    made["future"].write_text('{"format": "sphinx-cra assessment", "format_version": "2.0"}')
    made["deep"].write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    made["folder"].mkdir()
    return made


@pytest.mark.skipif(os.name == "nt", reason="needs FIFOs")
def test_a_file_that_is_none_is_refused_at_once_with_one_sentence(docs: Path, tmp_path: Path) -> None:
    says = {
        "fifo": "is a device or a pipe",
        "sparse": "has 500 MiB",
        "future": "is of format 2.0",
        "deep": "nested",
        "folder": "is a folder",
        "gone": "No such file",
    }
    for name, path in hostile(tmp_path).items():
        for words in (["check"], ["explain", "REQ_1"], ["review", "list", docs], ["evidence", "lock", docs]):
            done = run(*words, "--from", path)
            assert (done.exit_code, says[name] in done.stderr) == (2, True), (name, words, done.stderr)
            assert len(done.stderr.splitlines()) == 1


def test_a_command_that_breaks_has_not_found_anything(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sphinx_cra.cli import review

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(review, "assessment", broken)
    done = run("review", "list", docs)
    assert done.exit_code == 2
    assert "fault of sphinx-cra itself" in done.stderr


def test_a_slip_is_answered_with_what_was_meant() -> None:
    for words in (["chek"], ["evidence", "lok"], ["catalogue", "lst"]):
        assert "Did you mean" in run(*words).stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_reader_that_stops_reading_and_a_narrow_encoding_break_nothing(docs: Path) -> None:
    command = shlex.join([sys.executable, "-c", PROGRAM, "catalogue", "list"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout in (b"141\n", b"0\n"), done.stderr) == (True, b"")
    (docs / "b.md").write_text("Article 99 CRA, \N{EURO SIGN} Café\n", "utf-8")
    narrow = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = program("cite", docs / "b.md", "--format", "json", env=narrow)
    assert done.returncode == 1
    assert json.loads(done.stdout)["files"][0]["citations"][0]["outcome"] == "does not exist"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_an_interrupt_ends_with_130_and_without_a_traceback() -> None:
    before = (
        "import time, sphinx_cra.cli.shared as s\n"
        "s.read = lambda path: print('.', flush=True) or time.sleep(30)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", before + PROGRAM, "check", "--from", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b".\n"
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert (running.returncode, b"Traceback" in said) == (130, False)


def test_no_command_pays_for_the_others() -> None:
    heavy = (
        "sphinx_cra.legal",
        "sphinx_cra.reporting",
        "sphinx_cra.difference",
        "sphinx_cra.product",
        "jsonschema",
    )
    code = f"import sphinx_cra.cli, sys; print([m for m in sys.modules if m.startswith({heavy!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_clauses_and_codes(shell: str, tmp_path: Path) -> None:
    script = program(env=os.environ | {"_SPHINX_CRA_COMPLETE": f"source_{shell}"}, cwd=tmp_path)
    assert b"_SPHINX_CRA_COMPLETE" in script.stdout

    def completed(line: str) -> str:
        words = len(line.split(" ")) - 1
        asked = {
            "_SPHINX_CRA_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": line,
            "COMP_CWORD": str(words),
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        return program(env=os.environ | asked, cwd=tmp_path).stdout.decode()

    assert "explain" in completed("sphinx-cra exp")
    assert "CRA_ANX_I_P1_2_D" in completed("sphinx-cra explain CRA_ANX_I_P1_2_")
    assert "cra.planned" in completed("sphinx-cra explain cra.pl")
    assert "accept" in completed("sphinx-cra review acc")


def test_a_bar_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from sphinx_cra.cli import shared

    monkeypatch.setattr(shared, "_PATIENCE", -1)
    assert list(shared.watched([1, 2, 3], "reading")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(shared.watched([1, 2, 3], "reading")) == [1, 2, 3]
    assert capsys.readouterr().out == ""


def test_long_work_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from sphinx_cra.cli import shared

    shown: list[str] = []
    monkeypatch.setattr(shared, "_PATIENCE", 0)

    def status(_: object, doing: str) -> Mock:
        shown.append(doing)
        return Mock()

    monkeypatch.setattr("rich.console.Console.status", status)
    with shared.busy("comparing"):
        pass
    assert shown == []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with shared.busy("comparing"):
        waited = time.monotonic() + 10
        while not shown and time.monotonic() < waited:
            time.sleep(0.01)
    assert shown == ["comparing"]
    with pytest.raises(ValueError, match="broken"), shared.busy("comparing"):
        raise ValueError("broken")


def test_the_ends_are_said_where_people_look() -> None:
    assert set(cli.EXITS) == {0, 1, 2, 130, 141}
    assert "Exits with 0" in run("--help").stdout
    assert re.fullmatch(r"sphinx-cra [0-9.]+\n", run("--version").stdout)
