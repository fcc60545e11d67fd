"""The product file as data: one dataclass a block, one attribute a key.

Attributes have the names of the keys, and their types say how a key is read (``reading``): a new
fact is one attribute here and one entry in ``schemas/cra.schema.json``. Text that is not given is
empty, everything else that is not given is None or an empty tuple. What can be derived is a property.
"""

from __future__ import annotations

import dataclasses
import datetime as dt  # noqa: TC003  (the types are read when a file is)
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sphinx_cra.datafile import DataFile
from sphinx_cra.model import Place

NONE = "none"
"""What an author writes where there is none, as for ``category``: said, and not just left empty."""


def _or_none(text: str) -> str:
    return NONE if text.casefold() == NONE else text


def _word() -> Any:
    """Text in which the word ``none``, in any case, says that there is none."""
    return field(default="", metadata={"spelt": _or_none})


def _tag(text: str) -> str:
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(r.upper() if len(r) == 2 else r for r in rest)])


def _language(default: Any = "", factory: Any = dataclasses.MISSING) -> Any:
    """Language tags, which mean the same in capitals: ``de``, ``pt-BR``."""
    spelt = {"spelt": _tag}
    if factory is not dataclasses.MISSING:
        return field(default_factory=factory, metadata=spelt)
    return field(default=default, metadata=spelt)


# ------------------------------------------------------------------------- closed sets


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


class AssuranceLevel(StrEnum):
    """Level of a European cybersecurity certificate (Regulation (EU) 2019/881, Art. 52)."""

    BASIC = "basic"
    SUBSTANTIAL = "substantial"
    """The least that Article 32(2) and (3) count."""
    HIGH = "high"


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


class CompanySize(StrEnum):
    """Size of the manufacturer (Recommendation 2003/361/EC; Art. 33(5), 64(10)(a))."""

    MICRO = "micro"
    """Fewer than 10 persons, and at most EUR 2 million turnover or balance sheet."""
    SMALL = "small"
    """Fewer than 50 persons, and at most EUR 10 million turnover or balance sheet."""
    MEDIUM = "medium"
    """Fewer than 250 persons, and at most EUR 50 million turnover or EUR 43 million balance sheet."""
    LARGE = "large"


class Means(StrEnum):
    """A means of reaching the single point of contact (Art. 13(17))."""

    EMAIL = "email"
    TELEPHONE = "telephone"
    POST = "post"
    FORM = "form"
    """A form on a web page."""
    CHAT = "chat"
    """A chat with a person."""
    CHATBOT = "chatbot"
    OTHER = "other"


class ReportingBasis(StrEnum):
    """What decides to which CSIRT reports go (Art. 14(7), second and third subparagraphs), in this order."""

    MAIN_ESTABLISHMENT = "main-establishment"
    AUTHORISED_REPRESENTATIVE = "authorised-representative"
    IMPORTER = "importer"
    DISTRIBUTOR = "distributor"
    USERS = "users"


class Form(StrEnum):
    """Which declaration of conformity goes with the product (Art. 13(20))."""

    FULL = "full"
    SIMPLIFIED = "simplified"
    """That of Annex VI; the full one has to be available as well."""
    BOTH = "both"


class CePlace(StrEnum):
    """Where the CE marking is (Art. 30(1))."""

    PRODUCT = "product"
    PACKAGING = "packaging"
    DECLARATION = "declaration"
    WEBSITE = "website"


class StatedAt(StrEnum):
    """Where users meet the end of the support period (Art. 13(19); Annex II, point 7)."""

    PURCHASE = "purchase"
    """What a buyer sees before buying: shop, offer, price list."""
    USER_INFORMATION = "user-information"
    PRODUCT = "product"
    PACKAGING = "packaging"
    WEBSITE = "website"


class DeclarationDecision(StrEnum):
    """What a modification means for the declaration of conformity (Art. 28(2))."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class CertificateDecision(StrEnum):
    """What a modification means for the certificate (Annex VIII, Part II, 7) or approval (Part IV, 3.5)."""

    ADDITION = "addition"
    """The body approved it as an addition to the certificate."""
    NEW = "new"
    """A new examination."""
    NOT_NEEDED = "not-needed"
    """It does not affect what was certified."""
    PENDING = "pending"
    """The body was told and has not decided."""


# ------------------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDate:
    """An end, to the month or to the day (Art. 13(19))."""

    text: str
    """As the manufacturer states it: ``2032-12`` or ``2032-12-11``."""
    last_day: dt.date
    """To compare with; of a month, its last day."""

    def __str__(self) -> str:
        return self.text


# ------------------------------------------------------------------------- the technical file


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The technical file as a document (Art. 31)."""

    id: str = ""
    version: str = ""
    date: dt.date | None = None
    reviewed_on: dt.date | None = None
    """Day it was last looked through as a whole (Art. 31(2))."""
    language: str = _language()
    simplified_form: bool | None = None
    """Whether the Commission's form for micro and small enterprises is used (Art. 33(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """The cybersecurity risk assessment as a document (Art. 13(3))."""

    version: str = ""
    date: dt.date | None = None
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Where and how long file and declaration are kept (Art. 13(13))."""

    archive: str = ""
    until: EndDate | None = None


# ------------------------------------------------------------------------- the product


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one part, placed on the market (Annex VII, point 1(b))."""

    version: str
    part: Part | None = None
    placed_on_market: dt.date | None = None
    """First unit."""
    last_placed_on_market: dt.date | None = None
    """Last unit."""
    substantial_modification: bool | None = None
    """Whether it is a substantial modification of the version before (Art. 3(30))."""
    support_end: EndDate | None = None
    """Where this version has an end of its own."""
    commit: str = ""
    sha256: str = field(default="", metadata={"spelt": str.lower})
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A variant that the same file covers."""

    name: str
    identification: str = ""
    differences: str = ""
    """What differs, where it matters for security."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteService:
    """A service at a distance that the product relies on (Art. 3(2); Annex VII, point 2(a))."""

    name: str
    provider: str = ""
    third_party: bool | None = None
    """Whether somebody else than the manufacturer runs it, a contracted cloud say."""
    purpose: str = ""
    contract: str = ""


# ------------------------------------------------------------------------- the manufacturer


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedRepresentative:
    """Acts for the manufacturer in the Union under a written mandate (Art. 18)."""

    name: str = ""
    address: str = ""
    email: str = ""
    member_state: str = ""
    mandate: str = ""
    """Where the written mandate is kept, or its number."""
    mandate_date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MainEstablishment:
    """Where decisions on the cybersecurity of the products are mostly taken (Art. 14(7))."""

    member_state: str = _word()
    """``none`` where the manufacturer has no establishment in the Union."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manufacturer:
    """Who is responsible for the product (Art. 13(16))."""

    name: str = ""
    trade_name: str = ""
    address: str = ""
    email: str = ""
    digital_contact: str = ""
    """Another digital contact, in place of or beside the e-mail address."""
    website: str = ""
    size: CompanySize | None = None
    main_establishment: MainEstablishment = field(default_factory=MainEstablishment)
    authorised_representative: AuthorisedRepresentative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMeans:
    """One means of reaching the single point of contact (Art. 13(17))."""

    kind: Means
    value: str = ""
    """The address, number or page."""
    automated: bool | None = None
    """Whether no person answers there."""

    @property
    def is_automated(self) -> bool | None:
        """``automated``; where that is not said, what the kind says; None where neither does."""
        if self.automated is not None:
            return self.automated
        if self.kind is Means.CHATBOT:
            return True
        return None if self.kind in (Means.FORM, Means.OTHER) else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Where users and researchers turn to, and what they can read."""

    single_point_of_contact: str = ""
    """As users read it."""
    means: tuple[ContactMeans, ...] = ()
    disclosure_policy: str = ""
    security_txt: str = ""
    declaration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityTxt:
    """The fields of ``security.txt`` (RFC 9116)."""

    contact: tuple[str, ...] = ()
    expires: dt.datetime | None = None
    """With its time zone, which is UTC where only a day is given."""
    encryption: tuple[str, ...] = ()
    acknowledgments: tuple[str, ...] = ()
    preferred_languages: tuple[str, ...] = _language(())
    canonical: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    hiring: tuple[str, ...] = ()
    csaf: tuple[str, ...] = ()


# ------------------------------------------------------------------------- the market


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """When, where and in which languages the product is placed on the market."""

    first_unit: dt.date | None = None
    last_unit: dt.date | None = None
    """Placed or, while it is still sold, planned."""
    member_states: tuple[str, ...] = ()
    """By their codes: ``DE``, ``NO``."""
    languages: Mapping[str, tuple[str, ...]] = _language(factory=dict)
    """Member State -> languages that it requires, as the manufacturer found out (Art. 28(2))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketing:
    """What sales material says of the product; an authority compares (Art. 3(23))."""

    core_functionality: str = ""
    intended_purpose: str = ""
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSource:
    """Free and open-source software (Art. 3(48)), and what Article 32(5) asks of it."""

    qualifies: bool | None = None
    """Whether the product is free and open-source software in the sense of the Regulation."""
    licence: str = ""
    source_code: str = ""
    technical_file: str = ""
    """Where anybody can read the technical documentation."""
    public_since: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TailorMade:
    """A product made for one business user, with terms that deviate (Annex I)."""

    business_user: str = ""
    agreement: str = ""
    agreed_on: dt.date | None = None
    deviations: tuple[str, ...] = ()
    """Clause ids: ``CRA_ANX_I_P1_2_B`` (default configuration), ``CRA_ANX_I_P2_8`` (free updates)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAct:
    """Another act of the Union that applies to the product (Art. 28(3))."""

    act: str
    title: str = ""
    oj_reference: str = ""
    declaration_required: bool | None = None
    """Whether it asks for an EU declaration of conformity."""
    procedure: str = ""
    """How conformity is assessed under that act."""
    note: str = ""


# ------------------------------------------------------------------------- conformity


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifiedBody:
    """Takes part in procedures B+C and H."""

    name: str = ""
    number: str = ""
    languages: tuple[str, ...] = _language(())
    """Languages of its Member State, and those that it accepts (Art. 31(4))."""
    certificate: str = ""
    """Of the EU-type examination, or the approval of the quality system."""
    issued: dt.date | None = None
    valid_until: EndDate | None = None
    conditions: str = field(default="", metadata={"spelt": _or_none})
    """``none`` where the certificate states none."""
    certified_type: str = ""
    certified_versions: tuple[str, ...] = ()
    scope: str = ""
    """Product categories that the approval covers (procedure H)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certification:
    """A European cybersecurity certificate (Art. 27(8) and (9))."""

    scheme: str = ""
    level: AssuranceLevel | None = None
    certificate: str = ""
    issuer: str = ""
    issued: dt.date | None = None
    valid_until: EndDate | None = None
    article_27_9_act: str = _word()
    """The delegated act that names the scheme; ``none`` if none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformity:
    """How conformity is assessed (Art. 32)."""

    procedure: Procedure | None = None
    description: str = ""
    """Of the procedure performed, as the declaration states it (Annex V, point 7)."""
    article_8_1_act: str = _word()
    """The delegated act that requires a certificate of a critical product; ``none`` if none does."""
    notified_body: NotifiedBody | None = None
    certification: Certification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A standard or other specification, applied or not (Annex VII, point 5)."""

    id: str
    title: str = ""
    edition: str = ""
    kind: StandardKind | None = None
    draft: bool | None = None
    extent: Extent | None = None
    parts: tuple[str, ...] = ()
    solution: str = ""
    oj_reference: str = ""
    oj_date: dt.date | None = None
    level: AssuranceLevel | None = None
    """Of a certification scheme."""
    clauses: tuple[str, ...] = ()
    per_clause: Mapping[str, Extent] = field(default_factory=dict)
    """Clause -> how far it is applied for that one, where it differs from ``extent``."""
    note: str = ""

    @property
    def applied_for(self) -> Mapping[str, Extent | None]:
        """Every clause that it is applied for, and how far."""
        return {**dict.fromkeys(self.clauses, self.extent), **self.per_clause}


# ------------------------------------------------------------------------- support and updates


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
class StatedEnd:
    """One place that states the end of the support period (Art. 13(19))."""

    at: StatedAt
    end: EndDate | None = None
    """The date that stands there."""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNotification:
    """The notice on the product that its support period is over (Art. 13(19), second subparagraph)."""

    implemented: bool | None = None
    how: str = ""
    infeasible: str = ""
    """Why the nature of the product does not allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPeriod:
    """How long vulnerabilities are handled (Art. 13(8); Annex VII, point 4)."""

    start: dt.date | None = None
    end: EndDate | None = None
    considerations: Considerations = field(default_factory=Considerations)
    stated: tuple[StatedEnd, ...] = ()
    notification: EndNotification = field(default_factory=EndNotification)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityUpdate:
    """A security update that was issued (Art. 13(9))."""

    id: str
    issued: dt.date | None = None
    available_until: EndDate | None = None
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicArchive:
    """A public archive of old versions (Art. 13(11))."""

    maintained: bool | None = None
    url: str = ""
    warning: str = ""
    """What it says of the risks of unsupported software."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """How updates reach users (Annex I; Art. 13(9) to (11))."""

    automatic_by_default: bool | None = None
    """Annex I, Part I, point (2)(c)."""
    automatic_reason: str = ""
    """Why not, where they are not."""
    separate_security_updates: bool | None = None
    """Annex I, Part II, point (2)."""
    separate_reason: str = ""
    """Why they cannot be, where they are not."""
    free_of_charge: bool | None = None
    """Annex I, Part II, point (8)."""
    latest_version_only: bool | None = None
    """Whether only the last version placed on the market is patched (Art. 13(10))."""
    free_upgrade: bool | None = None
    no_environment_cost: bool | None = None
    available_years: float | None = None
    """Years that each security update stays available after it was issued (Art. 13(9))."""
    location: str = ""
    issued: tuple[SecurityUpdate, ...] = ()
    advisories: str = ""
    public_archive: PublicArchive = field(default_factory=PublicArchive)


# ------------------------------------------------------------------------- SBOM, production, modifications


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomRequest:
    """A request of an authority for the SBOM (Annex VII, point 8)."""

    authority: str
    date: dt.date | None = None
    reason: str = ""
    version: str = ""
    supplied_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """Where the software bill of materials is (Annex VII, points 2(b) and 8)."""

    evidence: str = ""
    """Id of an evidence need."""
    location: str = ""
    to_users: bool | None = None
    """Whether users are given it (Annex II, point 9)."""
    user_location: str = ""
    requests: tuple[SbomRequest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """How series production stays as it was assessed (Art. 13(14); Annex VII, point 2(c))."""

    controls: str = ""
    validation: str = ""
    validated_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """A change that was judged (Art. 3(30); Art. 28(2))."""

    date: dt.date | None = None
    version: str = ""
    description: str = ""
    substantial: bool | None = None
    reason: str = ""
    risk_assessment_reviewed: bool | None = None
    declaration: DeclarationDecision | None = None
    certificate: CertificateDecision | None = None
    body_informed: dt.date | None = None


# ------------------------------------------------------------------------- declaration, users, marking


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who signs for the manufacturer (Annex V, point 8)."""

    name: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The EU declaration of conformity (Art. 28, Annexes V and VI); it is at ``contacts.declaration``."""

    id: str = ""
    form: Form | None = None
    release: str = ""
    """Version that the declaration names."""
    object: str = ""
    """What traces the object of the declaration, beside name, type and identification."""
    photograph: str = ""
    languages: tuple[str, ...] = _language(())
    place: str = ""
    date: dt.date | None = None
    signatory: Signatory = field(default_factory=Signatory)
    signed: bool | None = None
    signed_copy: str = ""
    high_risk_ai: str = ""
    """How the level of Article 15 of Regulation (EU) 2024/1689 is demonstrated (Art. 12(1)(c))."""
    additional_information: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDocument:
    """A document that goes with the product (Annex II; Annex VII, point 1(d))."""

    title: str
    languages: tuple[str, ...] = _language(())
    version: str = ""
    release: str = ""
    """Version of the product that it is about."""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """Where the instructions of Annex II, point 8, are: an address, or a part of a document."""

    commissioning_and_use: str = ""
    """(a)"""
    changes: str = ""
    """(b)"""
    updates: str = ""
    """(c)"""
    decommissioning: str = ""
    """(d)"""
    automatic_updates_off: str = ""
    """(e)"""
    integration: str = ""
    """(f)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInformation:
    """Information and instructions to the user (Annex II)."""

    documents: tuple[UserDocument, ...] = ()
    security_environment: str = ""
    essential_functionalities: str = ""
    security_properties: str = ""
    known_risks: str = _word()
    """``none`` where no circumstance is known."""
    support_type: str = ""
    instructions: Instructions = field(default_factory=Instructions)
    online_until: EndDate | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which there is a document."""
        return tuple(sorted({language for d in self.documents for language in d.languages}))


@dataclass(frozen=True, slots=True, kw_only=True)
class CeMarking:
    """The CE marking (Art. 30)."""

    affixed_to: tuple[CePlace, ...] = ()
    not_on_product: str = ""
    """Why it is not on the product, where that is hardware."""
    website: str = ""
    body_number: str = ""
    """The number that follows the marking; with procedure H only."""


# ------------------------------------------------------------------------- reporting


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What is known beforehand of reports under Article 14."""

    member_state: str = ""
    """Whose CSIRT coordinates."""
    basis: ReportingBasis | None = None
    csirt: str = ""
    platform: bool | None = None
    """Whether the manufacturer is registered at the single reporting platform."""
    representatives: tuple[str, ...] = ()
    """Persons assigned to report there."""
    contact: str = ""
    """Whom CSIRT and ENISA can reach about a report at any hour."""
    affected_member_states: tuple[str, ...] = ()
    """Stated in a report unless it says otherwise; ``market.member_states`` where empty."""
    inform_users: str = ""
    inform_upstream: str = ""
    procedure: str = ""
    register: str = ""
    """File of the reports made, relative to the project."""


# ------------------------------------------------------------------------- for the tool


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


# ------------------------------------------------------------------------- all of it


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
    intended_for_integration: bool | None = None
    """Whether it is made to go into other products (Annex II, point 8(f))."""
    remote_data_processing: str = _word()
    """``none`` where the author says that nothing is processed remotely."""
    remote_services: tuple[RemoteService, ...] = ()
    product_class: ProductClass | None = field(default=None, metadata={"key": "class"})
    """``product.class`` in the file."""
    category: str = _word()
    """Id of a category; ``none`` where the author says that the product is in none."""
    class_reason: str = ""
    high_risk_ai: bool | None = None
    """Whether it is a high-risk AI system (Regulation (EU) 2024/1689, Art. 6; Art. 12)."""
    ehr_system: bool | None = None
    """Whether it is an EHR system (Regulation (EU) 2025/327; Art. 32(5a))."""
    identification: str = ""
    variants: tuple[Variant, ...] = ()
    versions: tuple[Version, ...] = ()
    document: Document = field(default_factory=Document)
    risk_assessment: RiskAssessment = field(default_factory=RiskAssessment)
    retention: Retention = field(default_factory=Retention)
    contacts: Contacts = field(default_factory=Contacts)
    security_txt: SecurityTxt = field(default_factory=SecurityTxt)
    market: Market = field(default_factory=Market)
    marketing: Marketing = field(default_factory=Marketing)
    open_source: OpenSource = field(default_factory=OpenSource)
    tailor_made: TailorMade | None = None
    other_acts: tuple[OtherAct, ...] = ()
    conformity: Conformity = field(default_factory=Conformity)
    standards: tuple[Standard, ...] = ()
    support_period: SupportPeriod = field(default_factory=SupportPeriod)
    updates: Updates = field(default_factory=Updates)
    sbom: Sbom = field(default_factory=Sbom)
    production: Production = field(default_factory=Production)
    modifications: tuple[Modification, ...] = ()
    declaration: Declaration = field(default_factory=Declaration)
    user_information: UserInformation = field(default_factory=UserInformation)
    ce_marking: CeMarking = field(default_factory=CeMarking)
    reporting: Reporting = field(default_factory=Reporting)
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
    def first_placing(self) -> dt.date | None:
        """Day the first unit of any version was, or will be, placed on the market."""
        stated = (self.market.first_unit, *(v.placed_on_market for v in self.versions))
        return min(filter(None, stated), default=None)

    @property
    def last_placing(self) -> dt.date | None:
        """Day the last unit was, or will be, placed on the market; None unless that is stated for all."""
        if self.market.last_unit is not None:
            return self.market.last_unit
        stated = [v.last_placed_on_market for v in self.versions]
        known = [day for day in stated if day is not None]
        return max(known) if known and len(known) == len(stated) else None

    @property
    def reference_date(self) -> dt.date | None:
        """The day on which evidence has to hold; None where the file states none.

        The day the release is placed on the market; while the file is drawn up before that day
        (Article 31(2)), the day of the file, since nobody knows yet what will hold later.
        """
        return min(filter(None, (self.placed_on_market, self.document.date)), default=None)

    def place(self, *route: str | int) -> Place:
        """Where the file says it, or would: ``place("support_period", "end")``."""
        source, line = self.file.origin(*route)
        return Place(source=source, line=line)
