"""``sphinx-cra``: what is done outside of a build; one module a group of commands.

Works on what a build wrote (``assessment.json``, or ``needs.json`` of sphinx-needs) and on the
files of the project; never loads Sphinx and never reads the documents. The module of a command is
loaded when the command is called, so that none pays for the others.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from sphinx_cra.cli import shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("init", "Begin a technical file: pages for Annex VII, cra.yaml, and what editors read."),
    "check": (
        "check",
        "Say what the gate does not let pass: findings that are errors or warnings, and are not accepted.",
    ),
    "baseline": ("app", "Which findings are accepted, by whom, why and until when."),
    "explain": (
        "explain",
        "Say why a clause, need, rule or finding is as it is, what would change that, and an example.",
    ),
    "review": ("app", "Who looked at what, and what has changed since."),
    "evidence": ("app", "The artefacts that evidence points at."),
    "diff": (
        "diff",
        (
            "Compare two assessments of one product: states, needs, evidence, SBOM, rules, facts, "
            "stale documents."
        ),
    ),
    "export": (
        "export",
        "Write the findings of a build for code scanning, test views, merge requests and web pages.",
    ),
    "import": (
        "import_",
        "Take needs from another tool: reST to go on writing in, or a needs.json, of a ReqIF file.",
    ),
    "parity": (
        "parity",
        "Compare every file of one build with its assessment.json, read with other programs than wrote them.",
    ),
    "verify": (
        "verify",
        "Check a technical file offline: intact or altered, signed by whom, about which artefacts.",
    ),
    "report": (
        "app",
        "Reports under Article 14: clocks, drafts, drills, and the register. Nothing is ever sent.",
    ),
    "cite": (
        "cite",
        (
            "List what texts cite of the Act, IEC 62443-4-1 and -4-2 and the SSDF, and what of it "
            "does not exist."
        ),
    ),
    "catalogue": (
        "app",
        "Frameworks as files: what is shipped, one of your own, another publisher's, another edition.",
    ),
}
"""Name of a command -> what it is called in its module, and its line in the list of all."""

_MODULES = {"import": "exchange", "parity": "exchange"}
"""Commands that share a module; each other has one of its own name."""

EXITS: Mapping[int, str] = {
    0: "Done, and nothing is found that the command looks for.",
    1: "Done, and something is found: what the gate does not let pass, a wrong citation, an altered file, "
    "a change for the worse.",
    2: "It could not be done or not be checked; the message on standard error says why.",
    130: "It was interrupted (Ctrl-C).",
    141: "Whoever read its output stopped reading.",
}
"""How every command ends."""


_WORDS = "sphinx_cra.words"


class _Commands(typer.core.TyperGroup):
    """Commands that are loaded when they are called, and ends that do not depend on the command."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(str(name)) if name in COMMANDS else command, rest

    def main(self, *args: Any, **options: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A sign that the terminal lacks is shown by its number; it stops nobody.
                stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **options)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        as_json = _asks_for_json(ctx.meta[_WORDS])
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort) as end:
            if as_json and isinstance(end, shared.Stopped):
                _put_error(end.message)
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(141) from None
        except Exception as error:
            if hasattr(error, "format_message"):  # what was typed is at fault: typer says how it is used
                if as_json:
                    _put_error(str(error.format_message()))
                raise
            if isinstance(error, OSError):
                message = f"{error.filename or 'the output'}: {error.strerror or error}"
            else:
                traceback.print_exc()
                message = "this is a fault of sphinx-cra itself; please report it with the lines above"
            typer.echo(f"sphinx-cra: {message}", err=True)
            if as_json:
                _put_error(message)
            raise typer.Exit(2) from error


def load(name: str) -> Any:
    """The command of that name, with the options of its module."""
    module = import_module(f"sphinx_cra.cli.{_MODULES.get(name, name)}")
    made = getattr(module, COMMANDS[name][0])
    holder = typer.Typer(add_completion=False)
    holder.callback()(_later)
    if isinstance(made, typer.Typer):
        holder.add_typer(made, name=name)
    else:
        holder.command(name=name)(made)
    group: Any = typer.main.get_command(holder)
    return group.commands[name]


def _asks_for_json(words: Sequence[str]) -> bool:
    """Whether a program reads the output."""
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def _put_error(message: str) -> None:
    shared.put_json({"format": "sphinx-cra error", "exit": 2, "message": message})


app = typer.Typer(
    name="sphinx-cra",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _later() -> None:
    """Stands for a command in the list of all, until it is called."""


for _name, (_, _help) in COMMANDS.items():
    app.command(name=_name, help=_help)(_later)


def _version(asked: bool) -> None:
    if asked:
        from sphinx_cra import __version__

        typer.echo(f"sphinx-cra {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Technical documentation under the Cyber Resilience Act: what is done outside of a build.

    Begin with: sphinx-cra init docs

    After a build: sphinx-cra check docs, and sphinx-cra explain CLAUSE --dir docs

    Exits with 0 where nothing is found, 1 where something is, 2 where it could not be checked.
    """
