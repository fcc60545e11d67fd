"""The product file: ``cra.yaml`` -> :class:`Product`, or one error naming every fault with its line.

Holds what the documentation itself cannot know: the product, its manufacturer, and the decisions
made under the Regulation. What cannot be meant is refused; what is merely not given yet is empty
here, and ``dossier`` says where it is lacking. Whether the facts agree with the law is the business
of the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError
from sphinx_cra.product import inherit, reading
from sphinx_cra.product.checks import check_category, check_clauses, check_kinds
from sphinx_cra.product.inherit import files
from sphinx_cra.product.model import (
    NONE,
    AssuranceLevel,
    AuthorisedRepresentative,
    CeMarking,
    CePlace,
    CertificateDecision,
    Certification,
    CompanySize,
    Conformity,
    Considerations,
    ContactMeans,
    Contacts,
    Declaration,
    DeclarationDecision,
    Document,
    EndDate,
    EndNotification,
    EvidenceRules,
    Extent,
    Form,
    Iec62443,
    Instructions,
    MainEstablishment,
    Manufacturer,
    Market,
    Marketing,
    Means,
    Modification,
    NotifiedBody,
    OpenSource,
    OtherAct,
    Part,
    Procedure,
    Product,
    ProductClass,
    Production,
    PublicArchive,
    RemoteService,
    Reporting,
    ReportingBasis,
    Retention,
    RiskAssessment,
    Sbom,
    SbomRequest,
    SecurityTxt,
    SecurityUpdate,
    Signatory,
    Standard,
    StandardKind,
    StatedAt,
    StatedEnd,
    SupportPeriod,
    TailorMade,
    Updates,
    UserDocument,
    UserInformation,
    Variant,
    Version,
)
from sphinx_cra.product.reading import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "NONE",
    "SCHEMA",
    "AssuranceLevel",
    "AuthorisedRepresentative",
    "CeMarking",
    "CePlace",
    "CertificateDecision",
    "Certification",
    "CompanySize",
    "Conformity",
    "Considerations",
    "ContactMeans",
    "Contacts",
    "Declaration",
    "DeclarationDecision",
    "Document",
    "EndDate",
    "EndNotification",
    "EvidenceRules",
    "Extent",
    "Form",
    "Iec62443",
    "Instructions",
    "MainEstablishment",
    "Manufacturer",
    "Market",
    "Marketing",
    "Means",
    "Modification",
    "NotifiedBody",
    "OpenSource",
    "OtherAct",
    "Part",
    "Procedure",
    "Product",
    "ProductClass",
    "Production",
    "PublicArchive",
    "RemoteService",
    "Reporting",
    "ReportingBasis",
    "Retention",
    "RiskAssessment",
    "Sbom",
    "SbomRequest",
    "SecurityTxt",
    "SecurityUpdate",
    "Signatory",
    "Standard",
    "StandardKind",
    "StatedAt",
    "StatedEnd",
    "SupportPeriod",
    "TailorMade",
    "Updates",
    "UserDocument",
    "UserInformation",
    "Variant",
    "Version",
    "check_category",
    "check_clauses",
    "check_kinds",
    "files",
    "load",
    "parse",
]


def load(path: Path, *, source: str, root: Path | None = None) -> Product:
    """The product that a file describes, with the files that it extends.

    :param source: how messages name the file.
    :param root: folder that extended files have to lie in; that of the file, if not given.
    :raises DataError: naming every fault.
    """
    file = inherit.load(path, source=source, root=root or path.parent, schema=SCHEMA)
    return reading.product(file)


def parse(text: str, *, source: str = "cra.yaml") -> Product:
    """Like :func:`load`, from text, which has no folder to find another file from."""
    file = datafile.parse(text, source=source, schema=SCHEMA)
    if file.data.get(inherit.KEY):
        raise DataError(source, [file.fault("another file can be extended only by a file", inherit.KEY)])
    return reading.product(file)
