"""What the project's configuration and data files say, read once a build.

Nothing here stops a build: what is wrong in a file is a finding at its line, and what can still be
used is used.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx.util.logging import is_suppressed_warning

from sphinx_cra import catalogue, evidence, gate, product, security_txt, suspect, trace
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import lock
from sphinx_cra.ext import needs
from sphinx_cra.ext.config import CONF, SHIPPED, CraConfig
from sphinx_cra.ext.config import faults as config_faults
from sphinx_cra.gate import BASELINE
from sphinx_cra.legal import rules, status
from sphinx_cra.model import Code, Finding, Place, Severity
from sphinx_cra.reporting import REPORTS
from sphinx_cra.words import did_you_mean, either, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sphinx.config import Config

    from sphinx_cra.baseline import Baseline
    from sphinx_cra.gate import Gate
    from sphinx_cra.legal.status import Status
    from sphinx_cra.model import Catalogue, ClauseMapping
    from sphinx_cra.product import Product
    from sphinx_cra.reporting.register import Register
    from sphinx_cra.suspect import Reviews


class Conf:
    """The lines of ``conf.py`` that give its values; of one that cannot be read, none."""

    def __init__(self, root: Path) -> None:
        self._values: dict[str, ast.stmt] = {}
        try:
            parsed = ast.parse((root / CONF).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            return
        for node in ast.walk(parsed):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self._values.update({t.id: node for t in targets if isinstance(t, ast.Name)})

    def place(self, *names: str) -> Place:
        """Where the first of these values is given."""
        found = next((self._values[n] for n in names if n in self._values), None)
        return Place(source=CONF, line=found.lineno if found else 1)

    def of(self, message: str) -> Place:
        """Where what a message begins with is given; the very line of an entry that it quotes."""
        name, _, said = message.partition(":")
        if (value := self._values.get(name)) is not None:
            for node in ast.walk(value):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and repr(node.value) in said
                ):
                    return Place(source=CONF, line=node.lineno)
        return self.place(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What they say."""

    root: Path
    """Folder of ``conf.py``; evidence and data files lie in it."""
    conf: Conf
    config: CraConfig
    gate: Gate
    """What of the findings is an error, a warning or quiet."""
    baseline: Baseline | None
    """Which of them are accepted; None where there is no file, or it cannot be used."""
    catalogues: tuple[Catalogue, ...]
    mappings: tuple[ClauseMapping, ...]
    product: Product | None
    product_fault: str
    """Why the product file that is there cannot be used."""
    status: Status
    """What changes outside of the project."""
    reviews: Reviews
    reports: Register | None
    """None where there is none, or it is broken."""
    readers: evidence.Readers
    """By kind of evidence: ours, and those of ``cra_readers``."""
    findings: tuple[Finding, ...]

    def catalogue(self, name: str) -> Catalogue | None:
        return next((c for c in self.catalogues if c.id == name), None)


def load(config: Config, root: Path) -> Project:
    """The project, with everything that is wrong in its files as findings."""
    values = CraConfig.of(config)
    adopted, faults = trace.adoptions(values.types)
    found = [Finding(code=Code.CONFIG, message=f"cra_types: {f}") for f in faults]
    found += [Finding(code=Code.CONFIG, message=f) for f in config_faults(config)]
    types = needs.type_names(config)
    for name in sorted(set(adopted) - types):
        message = f"cra_types: the project has no need type {name!r}"
        found.append(Finding(code=Code.CONFIG, message=message, way_out=did_you_mean(nearest(name, types))))
    readers = evidence.Readers({**evidence.READERS.modules, **_own_readers(values.readers, found)})
    catalogues: list[Catalogue] = []
    for name in values.catalogues:
        try:
            catalogues.append(catalogue.load(name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    for name in values.overlays:
        try:
            catalogues = list(catalogue.overlaid(catalogues, name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    mappings: list[ClauseMapping] = []
    for name in mapping_names(values.mappings, catalogues):
        try:
            mappings.append(catalogue.load_mapping(name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    try:
        usable, fitting = catalogue.combine(catalogues, mappings)
    except catalogue.CombineError as error:
        found.extend(_faults(error, Code.CATALOGUE))
        usable, fitting = error.catalogues, error.mappings
    asked, idle = gate.read(values.gate)
    asked = asked.hushed(c for c in Code if is_suppressed_warning("cra", c.value, config.suppress_warnings))
    clauses = [c.id for cat in usable for c in cat.clauses]
    idle = (*idle, *asked.idle(clauses, [c.id for c in usable], [r.id for r in rules()]))
    found += [Finding(code=Code.CONFIG, message=f"cra_gate: {i.message}", way_out=i.way_out) for i in idle]
    path = root / values.product
    loaded: Product | None = None
    broken = ""
    if os.path.lexists(path) or values.product != "cra.yaml":  # a link to nothing is not *no file*
        try:
            loaded = product.load(path, source=values.product, root=root)
        except DataError as error:
            found.extend(_faults(error, Code.PRODUCT))
            broken = error.lines()[0]
    if loaded is not None:
        categories = [c for cat in usable for c in cat.categories]
        wrong = [*product.check_clauses(loaded, [c.id for cat in usable for c in cat.clauses])]
        wrong += product.check_kinds(loaded, {*evidence.KINDS, *readers})
        if categories:
            wrong += product.check_category(loaded, categories)
        for fault in wrong:
            found.extend(_faults(DataError(values.product, [fault]), Code.PRODUCT))
        found += security_txt.problems(loaded)
    try:
        known = status.load(root / values.status, source=values.status) if values.status else status.shipped()
    except DataError as error:
        found.extend(_faults(error, Code.PRODUCT))
        known = status.shipped()
    try:
        lock.load(root)
    except DataError as error:
        found.extend(_faults(error, Code.EVIDENCE))
    reviews: Reviews = {}
    try:
        reviews = suspect.load(root / suspect.NAME)
    except DataError as error:
        found.extend(_faults(error, Code.REVIEW))
    reports = _reports(root, loaded, found)
    accepted = _baseline(root, loaded, bool(broken), found)
    conf = Conf(root)
    found = [dataclasses.replace(f, place=f.place or conf.of(f.message)) for f in found]
    return Project(
        root=root,
        conf=conf,
        config=values,
        gate=asked,
        baseline=accepted,
        catalogues=usable,
        mappings=fitting,
        product=loaded,
        product_fault=broken,
        status=known,
        reviews=reviews,
        reports=reports,
        readers=readers,
        findings=tuple(found),
    )


def mapping_names(stated: Iterable[str], catalogues: Iterable[Catalogue]) -> tuple[str, ...]:
    """The mappings to load; ``shipped`` stands for all of ours that relate the loaded catalogues."""
    ids = [c.id for c in catalogues]
    groups = (catalogue.fitting_mappings(ids) if name == SHIPPED else (name,) for name in stated)
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _reports(root: Path, loaded: Product | None, found: list[Finding]) -> Register | None:
    """The register of reports; nothing is imported where there is none."""
    if not (loaded and loaded.reporting.register) and not os.path.lexists(root / REPORTS):
        return None
    from sphinx_cra.reporting import register

    try:
        return register.of_project(root, loaded)
    except DataError as error:
        found.extend(_faults(error, Code.REPORT))
        return None


def _baseline(root: Path, stated: Product | None, broken: bool, found: list[Finding]) -> Baseline | None:
    """The accepted findings; nothing is imported where there are none."""
    if not os.path.lexists(root / BASELINE):
        return None
    from sphinx_cra import baseline

    name = stated.name if stated else None if broken else ""
    try:
        return baseline.load(root / BASELINE, name)
    except DataError as error:
        found.extend(
            dataclasses.replace(f, way_out="nothing counts as accepted", severity=Severity.ERROR)
            for f in _faults(error, Code.BASELINE)
        )
        return None


def _own_readers(modules: Mapping[str, str], found: list[Finding]) -> dict[str, str]:
    """The readers of ``cra_readers`` that are there and are readers."""
    usable = {}
    for kind, name in modules.items():
        try:
            module = importlib.import_module(name)
        except Exception as error:  # whatever a module of the project may do when it is imported
            fault = f"{name} cannot be imported: {type(error).__name__}: {error}"
        else:
            lacks = [n for n in ("max_bytes", "parse", "judge") if not hasattr(module, n)]
            if not lacks:
                usable[kind] = name
                continue
            fault = f"{name} is no reader: it has no {either(lacks)}"
        found.append(Finding(code=Code.CONFIG, message=f"cra_readers: {kind}: {fault}"))
    return usable


def _faults(error: DataError, code: Code) -> Iterator[Finding]:
    for fault in error.faults:
        place = Place(source=fault.source or error.source, line=fault.line)
        about = ".".join(step for step in fault.route if isinstance(step, str))
        yield Finding(code=code, message=str(fault), about=about, place=place)
