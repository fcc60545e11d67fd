"""The product file: ``cra.yaml`` -> :class:`Product`, or one error naming every fault with its line.

Holds what the documentation itself cannot know: the product, its manufacturer, and the decisions
made under the Regulation. Refuses what cannot be meant (an end before its start, the 30th of
February); what is merely not given yet is empty here, and ``dossier`` says where it is lacking.
Whether the facts agree with the law is the business of ``rules``.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault
from sphinx_cra.model import Place
from sphinx_cra.words import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from sphinx_cra.model import Category

SCHEMA = "cra.schema.json"
NONE = "none"
"""What an author writes for ``category`` and ``remote_data_processing`` where there is none."""


class ProductClass(StrEnum):
    """Class of the product (Art. 7 and 8)."""

    DEFAULT = "default"
    """In neither Annex III nor Annex IV."""
    IMPORTANT_I = "important-class-I"
    IMPORTANT_II = "important-class-II"
    CRITICAL = "critical"


class Procedure(StrEnum):
    """How conformity is assessed (Art. 32, Annex VIII)."""

    A = "A"
    """Internal control."""
    B_C = "B+C"
    """EU-type examination, then conformity to type."""
    H = "H"
    """Full quality assurance."""
    CERTIFICATION = "certification"
    """A European cybersecurity certification scheme."""


class Part(StrEnum):
    """Which part of the product a version is of."""

    FIRMWARE = "firmware"
    SOFTWARE = "software"
    HARDWARE = "hardware"
    CLOUD = "cloud"


class StandardKind(StrEnum):
    """What a standard is to the Regulation (Annex VII, point 5)."""

    HARMONISED = "harmonised"
    """Cited in the Official Journal for this Regulation (Art. 27(1))."""
    COMMON_SPECIFICATION = "common-specification"
    """Art. 27(2)."""
    CERTIFICATION_SCHEME = "certification-scheme"
    """Art. 27(8)."""
    OTHER = "other"
    """Every other technical specification."""


class Extent(StrEnum):
    """How far a standard is applied (Annex VII, point 5)."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The technical file as a document."""

    id: str = ""
    version: str = ""
    date: dt.date | None = None
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one part, placed on the market (Annex VII, point 1(b))."""

    version: str
    part: Part | None = None
    placed_on_market: dt.date | None = None
    commit: str = ""
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedRepresentative:
    """Acts for the manufacturer in the Union under a written mandate (Art. 18)."""

    name: str = ""
    address: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manufacturer:
    """Who is responsible for the product (Art. 13(16))."""

    name: str
    trade_name: str = ""
    address: str = ""
    email: str = ""
    website: str = ""
    authorised_representative: AuthorisedRepresentative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Where users and researchers turn to, and what they can read."""

    single_point_of_contact: str = ""
    disclosure_policy: str = ""
    security_txt: str = ""
    declaration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifiedBody:
    """Takes part in procedures B+C and H."""

    name: str = ""
    number: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformity:
    """How conformity is assessed (Art. 32)."""

    procedure: Procedure | None = None
    notified_body: NotifiedBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A standard or other specification, applied or not (Annex VII, point 5)."""

    id: str
    title: str = ""
    edition: str = ""
    kind: StandardKind | None = None
    extent: Extent | None = None
    parts: tuple[str, ...] = ()
    solution: str = ""
    oj_reference: str = ""
    clauses: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDate:
    """End of the support period, to the month or to the day (Art. 13(19))."""

    text: str
    """As the manufacturer states it: ``2032-12`` or ``2032-12-11``."""
    last_day: dt.date
    """To compare with; of a month, its last day."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Considerations:
    """What was taken into account in setting the support period (Art. 13(8), second subparagraph)."""

    user_expectations: str = ""
    nature_and_purpose: str = ""
    union_law: str = ""
    comparable_products: str = ""
    operating_environment: str = ""
    core_components: str = ""
    guidance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPeriod:
    """How long vulnerabilities are handled (Art. 13(8); Annex VII, point 4)."""

    start: dt.date | None = None
    end: EndDate | None = None
    considerations: Considerations = field(default_factory=Considerations)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """Where the software bill of materials is (Annex VII, points 2(b) and 8)."""

    evidence: str = ""
    """Id of an evidence need."""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """What is asked of evidence beside showing what it is cited for."""

    valid_days: Mapping[str, int] = field(default_factory=dict)
    """Kind of evidence -> days before the reference date in which it must have been made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iec62443:
    """What IEC 62443-4-2 is read for."""

    component_types: tuple[str, ...] = ()
    """``SAR``, ``EDR``, ``HDR``, ``NDR``; empty for all."""
    target_sl: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The product, its manufacturer, and what was decided about them.

    The block ``product`` of the file is flat in here: ``product.name`` is its name. Text that is
    not given is empty, everything else that is not given is None or an empty tuple.
    """

    name: str
    release: str
    """The version that the file is about."""
    manufacturer: Manufacturer
    type: str = ""
    description: str = ""
    intended_purpose: str = ""
    core_functionality: str = ""
    foreseeable_use: str = ""
    operating_environment: str = ""
    expected_use_years: float | None = None
    assets: tuple[str, ...] = ()
    hardware: bool | None = None
    remote_data_processing: str = ""
    """``none`` where the author says that nothing is processed remotely."""
    product_class: ProductClass | None = None
    """``product.class`` in the file."""
    category: str = ""
    """Id of a category; ``none`` where the author says that the product is in none."""
    class_reason: str = ""
    identification: str = ""
    versions: tuple[Version, ...] = ()
    document: Document = field(default_factory=Document)
    contacts: Contacts = field(default_factory=Contacts)
    conformity: Conformity = field(default_factory=Conformity)
    standards: tuple[Standard, ...] = ()
    support_period: SupportPeriod = field(default_factory=SupportPeriod)
    sbom: Sbom = field(default_factory=Sbom)
    evidence: EvidenceRules = field(default_factory=EvidenceRules)
    iec62443: Iec62443 = field(default_factory=Iec62443)
    file: DataFile = field(
        default_factory=lambda: DataFile(source="cra.yaml", data=None, lines={}), repr=False, compare=False
    )
    """Where it was read from; for the lines."""

    @property
    def released(self) -> tuple[Version, ...]:
        """The entries of ``versions`` that are the release this file is about."""
        return tuple(v for v in self.versions if v.version == self.release)

    @property
    def placed_on_market(self) -> dt.date | None:
        """Day the first part of the release was, or will be, placed on the market."""
        return min((v.placed_on_market for v in self.released if v.placed_on_market), default=None)

    @property
    def reference_date(self) -> dt.date | None:
        """The day on which evidence has to hold; None where the file states none.

        The day the release is placed on the market; while the file is drawn up before that day
        (Article 31(2)), the day of the file, since nobody knows yet what will hold later.
        """
        return min(filter(None, (self.placed_on_market, self.document.date)), default=None)

    def place(self, *route: str | int) -> Place:
        """Where the file says it, or would: ``place("support_period", "end")``."""
        return Place(source=self.file.source, line=self.file.line(*route))


def load(path: Path, *, source: str) -> Product:
    """The product that a file describes.

    :param source: how messages name the file.
    :raises DataError: naming every fault.
    """
    return _product(datafile.load(path, source=source, schema=SCHEMA))


def parse(text: str, *, source: str = "cra.yaml") -> Product:
    """Like :func:`load`, from text."""
    return _product(datafile.parse(text, source=source, schema=SCHEMA))


def check_category(product: Product, categories: Iterable[Category]) -> tuple[Fault, ...]:
    """Where class and category contradict each other, or the category is none of Annex III and IV."""
    return tuple(_category_faults(product, {c.id: c for c in categories}))


def _category_faults(product: Product, known: Mapping[str, Category]) -> Iterator[Fault]:
    route = ("product", "category")
    stated, name = product.product_class, product.category
    if name in ("", NONE):
        if name == NONE and stated not in (None, ProductClass.DEFAULT):
            message = (
                f"class {stated} needs the category of Annex III or IV that the product is in, not {NONE}"
            )
            yield product.file.fault(message, *route)
        return
    if (category := known.get(name)) is None:
        near = nearest(name, [*known, NONE])
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        yield product.file.fault(f"{name!r} is no category of Annex III or IV{hint}", *route)
    elif stated is not None and stated != category.product_class:
        wanted = f"{category.printed} ({category.title}) is {category.product_class}"
        message = f"{wanted}, and the class here is {stated}"
        yield product.file.fault(message, *route)


def check_clauses(product: Product, known: Collection[str]) -> tuple[Fault, ...]:
    """Where a standard is applied for a clause that no catalogue has."""
    return tuple(_clause_faults(product, known))


def _clause_faults(product: Product, known: Collection[str]) -> Iterator[Fault]:
    for n, standard in enumerate(product.standards):
        for m, clause in enumerate(standard.clauses):
            if clause not in known:
                near = nearest(clause, known)
                hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
                yield product.file.fault(f"{clause!r} is no known clause{hint}", "standards", n, "clauses", m)


def check_kinds(product: Product, known: Collection[str]) -> tuple[Fault, ...]:
    """Where a rule is about a kind of evidence that there is not, and would never apply."""
    return tuple(_kind_faults(product, known))


def _kind_faults(product: Product, known: Collection[str]) -> Iterator[Fault]:
    for kind in product.evidence.valid_days:
        if kind not in known:
            near = nearest(kind, known)
            meant = " or ".join(map(repr, near))
            hint = f"did you mean {meant}?" if near else f"known are {', '.join(sorted(known))}"
            message = f"{kind!r} is not a kind of evidence; {hint}"
            yield product.file.fault(message, "evidence", "valid_days", kind)


# --------------------------------------------------------------------------- from data


def _product(file: DataFile) -> Product:
    reader = _Reader(file)
    product = reader.product()
    faults = (*reader.faults, *_contradictions(product))
    if faults:
        raise DataError(file.source, faults)
    return product


class _Block:
    """A mapping of the file, whose missing and empty values read the same."""

    def __init__(self, data: Mapping[str, Any] | None, route: datafile.Route) -> None:
        self._data = data or {}
        self.route = route

    def __bool__(self) -> bool:
        return any(value not in (None, "") for value in self._data.values())

    def get(self, key: str) -> Any:
        return self._data.get(key)

    def text(self, key: str) -> str:
        return str(self.get(key) or "").strip()

    def texts(self, *keys: str) -> dict[str, str]:
        return {key: self.text(key) for key in keys}

    def list(self, key: str) -> tuple[str, ...]:
        return tuple(str(entry).strip() for entry in self.get(key) or ())

    def counts(self, key: str) -> Mapping[str, int]:
        entries = (self.get(key) or {}).items()
        return {str(name).strip(): int(n) for name, n in entries if n is not None}

    def word(self, key: str) -> str:
        """Text in which ``none`` may be written in any case."""
        text = self.text(key)
        return NONE if text.casefold() == NONE else text

    def block(self, key: str) -> _Block:
        return _Block(self.get(key), (*self.route, key))

    def blocks(self, key: str) -> tuple[_Block, ...]:
        return tuple(_Block(entry, (*self.route, key, n)) for n, entry in enumerate(self.get(key) or ()))


class _Reader:
    """Data that fits the schema -> dataclasses, noting dates that are not in the calendar."""

    def __init__(self, file: DataFile) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def product(self) -> Product:
        root = _Block(self.file.data, ())
        block = root.block("product")
        stated = block.get("class")
        return Product(
            **block.texts("name", "release", "type", "description", "intended_purpose", "core_functionality"),
            **block.texts("foreseeable_use", "operating_environment", "class_reason", "identification"),
            expected_use_years=block.get("expected_use_years"),
            assets=block.list("assets"),
            hardware=block.get("hardware"),
            remote_data_processing=block.word("remote_data_processing"),
            product_class=ProductClass(stated) if stated else None,
            category=block.word("category"),
            versions=tuple(map(self._version, block.blocks("versions"))),
            manufacturer=self._manufacturer(root.block("manufacturer")),
            document=self._document(root.block("document")),
            contacts=self._contacts(root.block("contacts")),
            conformity=self._conformity(root.block("conformity")),
            standards=tuple(map(self._standard, root.blocks("standards"))),
            support_period=self._support_period(root.block("support_period")),
            sbom=Sbom(**root.block("sbom").texts("evidence", "location")),
            evidence=EvidenceRules(valid_days=root.block("evidence").counts("valid_days")),
            iec62443=self._iec62443(root.block("iec62443")),
            file=self.file,
        )

    def _document(self, block: _Block) -> Document:
        return Document(**block.texts("id", "version", "language"), date=self._date(block, "date"))

    def _version(self, block: _Block) -> Version:
        part = block.get("part")
        return Version(
            **block.texts("version", "commit", "note"),
            part=Part(part) if part else None,
            placed_on_market=self._date(block, "placed_on_market"),
            sha256=block.text("sha256").lower(),
        )

    def _manufacturer(self, block: _Block) -> Manufacturer:
        representative = block.block("authorised_representative")
        texts = representative.texts("name", "address", "email")
        return Manufacturer(
            **block.texts("name", "trade_name", "address", "email", "website"),
            authorised_representative=AuthorisedRepresentative(**texts) if representative else None,
        )

    def _contacts(self, block: _Block) -> Contacts:
        return Contacts(
            **block.texts("single_point_of_contact", "disclosure_policy", "security_txt", "declaration")
        )

    def _conformity(self, block: _Block) -> Conformity:
        procedure, body = block.get("procedure"), block.block("notified_body")
        return Conformity(
            procedure=Procedure(procedure) if procedure else None,
            notified_body=NotifiedBody(**body.texts("name", "number", "certificate")) if body else None,
        )

    def _standard(self, block: _Block) -> Standard:
        kind, extent = block.get("kind"), block.get("extent")
        return Standard(
            **block.texts("id", "title", "edition", "solution", "oj_reference", "note"),
            kind=StandardKind(kind) if kind else None,
            extent=Extent(extent) if extent else None,
            parts=block.list("parts"),
            clauses=block.list("clauses"),
        )

    def _support_period(self, block: _Block) -> SupportPeriod:
        text = block.text("end")
        last = self._date(block, "end")
        considered = block.block("considerations").texts(*Considerations.__dataclass_fields__)
        return SupportPeriod(
            start=self._date(block, "start"),
            end=EndDate(text=text, last_day=last) if last else None,
            considerations=Considerations(**considered),
            note=block.text("note"),
        )

    def _iec62443(self, block: _Block) -> Iec62443:
        return Iec62443(component_types=block.list("component_types"), target_sl=block.get("target_sl"))

    def _date(self, block: _Block, key: str) -> dt.date | None:
        """The day, or the last day of the month; the schema has seen to the shape."""
        if not (text := block.text(key)):
            return None
        year, month, *day = map(int, text.split("-"))
        try:
            return dt.date(year, month, day[0] if day else calendar.monthrange(year, month)[1])
        except ValueError:  # IllegalMonthError is one
            self.faults.append(self.file.fault(f"{text!r} is not in the calendar", *block.route, key))
            return None


def _contradictions(product: Product) -> Iterator[Fault]:
    """What cannot be meant, whatever the law says about it."""
    fault = product.file.fault
    listed = [v.version for v in product.versions]
    if listed and product.release not in listed:
        known = list(dict.fromkeys(listed))
        near = nearest(product.release, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        message = f"{product.release!r} is not among the versions: {', '.join(known)}{hint}"
        yield fault(message, "product", "release")
    seen: dict[tuple[str, Part | None], int] = {}
    for n, version in enumerate(product.versions):
        key = (version.version, version.part)
        if (first := seen.setdefault(key, n)) != n:
            line = product.file.line("product", "versions", first)
            yield fault(
                f"{version.version!r} is listed twice, first on line {line}", "product", "versions", n
            )
    period = product.support_period
    if period.start and period.end and period.end.last_day <= period.start:
        message = f"{period.end} is not after the start, {period.start}"
        yield fault(message, "support_period", "end")
    for n, standard in enumerate(product.standards):
        # Annex VII, point 5: which parts where applied in part, which solutions where not.
        if standard.extent is Extent.PARTIAL and not standard.parts:
            message = "'parts' is required where the extent is partial: name the parts that are applied"
            yield fault(message, "standards", n)
        if standard.extent is Extent.NONE and not standard.solution:
            message = "'solution' is required where the extent is none: say what is done instead"
            yield fault(message, "standards", n)
