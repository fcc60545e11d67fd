"""SPDX 2.2 and 2.3 in JSON and tag-value with spdx-tools, SPDX 3.0 in JSON-LD with spdx-python-model.

spdx-tools compares every relation with every package, which takes hours from some 10,000 on. So
it parses and looks at each element by itself, and what holds between elements (ids given once,
relations that lead somewhere, a described package) is looked at here, once over.

The SPDX 3 bindings stop at the first fault and do not say where it is, so each element of the
graph goes through them alone.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.sbom.model import NOBODY, Component, Licence, Party, Reference, Sbom
from sphinx_cra.words import either, listed, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_PLACES = 3
"""How many places of a violation are named."""
_VERSIONS_2 = ("SPDX-2.2", "SPDX-2.3")

# SPDX 2: A DEPENDS_ON B, and B DEPENDENCY_OF A. What is needed only to build or test is no part of it.
_DEPENDS = frozenset({"DEPENDS_ON", "HAS_PREREQUISITE", "DYNAMIC_LINK", "STATIC_LINK"})
_DEPENDENCY_OF = frozenset(
    {
        "DEPENDENCY_OF",
        "RUNTIME_DEPENDENCY_OF",
        "OPTIONAL_DEPENDENCY_OF",
        "PROVIDED_DEPENDENCY_OF",
        "PREREQUISITE_FOR",
    }
)
_DEPENDS_3 = frozenset(
    {
        "dependsOn",
        "hasPrerequisite",
        "hasDynamicLink",
        "hasStaticLink",
        "hasOptionalDependency",
        "hasProvidedDependency",
    }
)
_NOT_DELIVERED = frozenset({"build", "development", "test", "design"})
"""Scopes of an SPDX 3 relation that say nothing of the product as it runs."""


def _invalid(version: str, faults: list[str]) -> EvidenceError:
    return EvidenceError(f"not valid SPDX {version}: {listed(faults, _PLACES)}")


def _short(text: object) -> str:
    return one_line(str(text), 200)


# --------------------------------------------------------------------------- SPDX 2


def from_json(document: Mapping[str, Any]) -> Sbom:
    """What an SPDX 2 document in JSON says.

    :raises EvidenceError: naming the first faults.
    """
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

    version = _known(document.get("spdxVersion"))
    own = dict(document)
    described = _texts(version, "documentDescribes", own.pop("documentDescribes", []))
    files: dict[str, list[str]] = {}
    packages = own.get("packages", [])
    for name in (
        "packages",
        "files",
        "snippets",
        "relationships",
        "annotations",
        "externalDocumentRefs",  # the library looks at one of them, at random
        "hasExtractedLicensingInfos",
    ):
        value = own.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise _invalid(version, [f"{name} is not a list of objects"])
    # Both are compared with every relation by the library, in a square of time.
    for n, package in enumerate(packages):
        if "hasFiles" in package:
            inside = _texts(version, f"packages/{n}/hasFiles", package["hasFiles"])
            files[str(package.get("SPDXID"))] = inside
    own["packages"] = [{k: v for k, v in p.items() if k != "hasFiles"} for p in packages]
    parser: Any = JsonLikeDictParser
    return _parsed(version, lambda: _sbom(parser().parse(own), "JSON", described, files))


def from_tag_value(text: str) -> Sbom:
    """What an SPDX 2 document in tag-value form says.

    :raises EvidenceError: naming the first faults.
    """
    from spdx_tools.common.spdx_licensing import spdx_licensing
    from spdx_tools.spdx.parser.tagvalue import parser as tag_value

    stated = re.search(r"^\s*SPDXVersion:[ \t]*(\S+)", text, re.MULTILINE)
    version = _known(stated[1] if stated else None)
    # Without these two, its parser generator writes files beside the library.
    parser: Any = tag_value.Parser
    # It builds the list of all licences anew for each licence of the file, a tenth of a second each.
    vars(tag_value)["get_spdx_licensing"] = lambda: spdx_licensing
    options = {"debug": False, "write_tables": False}
    return _parsed(
        version,
        lambda: _sbom(parser(**options).parse(re.sub(r"\r\n?", "\n", text)), "tag-value", [], {}),
    )


def _known(version: object) -> str:
    if version not in _VERSIONS_2:
        shown = repr(version)[:40] if version else "without a version"
        raise EvidenceError(f"SPDX {shown} is not read; {either([*_VERSIONS_2, 'SPDX 3.0 in JSON-LD'])} is")
    return str(version).removeprefix("SPDX-")


def _texts(version: str, name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _invalid(version, [f"{name} is not a list of texts"])
    return list(dict.fromkeys(value))


def _parsed(version: str, parse: Callable[[], Sbom]) -> Sbom:
    """What the library makes of a document; it raises anything where a value is of another kind."""
    from spdx_tools.spdx.parser.error import SPDXParsingError

    try:
        return parse()
    except SPDXParsingError as error:
        raise _invalid(version, [_plain(m) for m in error.messages]) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        fault = f"a value is not of the kind that SPDX wants there ({_short(error)})"
        raise _invalid(version, [fault]) from error


def _plain(message: object) -> str:
    """A message of the library without the machinery of its type checks."""
    wrong = re.findall(r"SetterError (\w+): Method \S+ parameter (\w+)=", str(message))
    if wrong:
        return listed([f"a {what} has no usable {name}" for what, name in dict.fromkeys(wrong)], 2)
    return _short(re.sub(r"[\[\]]", "", str(message)))


def _sbom(document: Any, serialisation: str, described: list[str], files: Mapping[str, list[str]]) -> Sbom:
    info = document.creation_info
    version = info.spdx_version.removeprefix("SPDX-")
    links = [
        (r.spdx_element_id, r.relationship_type.name, r.related_spdx_element_id)
        for r in document.relationships
        if isinstance(r.related_spdx_element_id, str)
    ]
    links += [(info.spdx_id, "DESCRIBES", ref) for ref in described]
    links += [(ref, "CONTAINS", file) for ref, inside in files.items() for file in inside]
    if faults := [*_element_faults(document), *_link_faults(document, links)]:
        raise _invalid(version, faults)
    subjects = {b for a, name, b in links if name == "DESCRIBES" and a == info.spdx_id}
    subjects |= {a for a, name, b in links if name == "DESCRIBED_BY" and b == info.spdx_id}
    packages = [p for p in document.packages if p.spdx_id in subjects]
    product = packages[0] if len(packages) == 1 else None
    dependencies: dict[str, list[str]] = defaultdict(list)
    parts: dict[str, list[str]] = defaultdict(list)
    for a, name, b in links:
        if name in _DEPENDS:
            dependencies[a].append(b)
        elif name in _DEPENDENCY_OF:
            dependencies[b].append(a)
        elif name == "CONTAINS":
            parts[a].append(b)
        elif name == "CONTAINED_BY":
            parts[b].append(a)
    for r in document.relationships:  # A DEPENDS_ON NONE: there are none, and that is stated
        if r.relationship_type.name in _DEPENDS and str(r.related_spdx_element_id) == "NONE":
            dependencies.setdefault(r.spdx_element_id, [])
    return Sbom(
        format="SPDX",
        version=version,
        serialisation=serialisation,
        subject=_package(product) if product else None,
        components=(
            *(_package(p) for p in document.packages if p is not product),
            *(
                Component(ref=f.spdx_id, name=f.name, kind="file", hashes=_checksums(f))
                for f in document.files
            ),
        ),
        dependencies=_once(dependencies),
        parts=_once(parts),
        created=info.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tools=tuple(c.name for c in info.creators if c.actor_type.name == "TOOL"),
        creator=Party(emails=tuple(c.email for c in info.creators if c.email)),
        uri=info.document_namespace,
    )


def _once(links: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {ref: tuple(dict.fromkeys(refs)) for ref, refs in links.items()}


def _element_faults(document: Any) -> Iterator[str]:
    """What the library finds in each element by itself."""
    from spdx_tools.spdx.validation.creation_info_validator import validate_creation_info
    from spdx_tools.spdx.validation.extracted_licensing_info_validator import (
        validate_extracted_licensing_infos,
    )
    from spdx_tools.spdx.validation.file_validator import validate_file
    from spdx_tools.spdx.validation.license_expression_validator import validate_license_expression
    from spdx_tools.spdx.validation.package_validator import validate_package
    from spdx_tools.spdx.validation.snippet_validator import validate_snippet

    version = document.creation_info.spdx_version
    licences: dict[str, tuple[str, Any]] = {}
    looks = (
        (document.packages, validate_package, ("license_concluded", "license_declared")),
        (document.files, validate_file, ("license_concluded",)),
        (document.snippets, validate_snippet, ("license_concluded",)),
    )
    for message in validate_creation_info(document.creation_info, version):
        yield _short(message.validation_message)
    for elements, look, names in looks:
        for element in elements:
            for message in look(element, version):
                yield f"{element.spdx_id}: {_short(message.validation_message)}"
            for name in names:
                licence = getattr(element, name)
                licences.setdefault(str(licence), (element.spdx_id, licence))
    for message in validate_extracted_licensing_infos(document.extracted_licensing_info):
        yield _short(message.validation_message)
    for ref, licence in licences.values():
        for message in validate_license_expression(licence, document, ref):
            yield f"{ref}: {_short(message.validation_message)}"


def _link_faults(document: Any, links: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """What holds between elements."""
    own = document.creation_info.spdx_id
    elements = [*document.packages, *document.files, *document.snippets]
    ids = Counter([own, *(e.spdx_id for e in elements)])
    documents = {ref.document_ref_id for ref in document.creation_info.external_document_refs}
    for ref, times in ids.items():
        if times > 1:
            yield f"{_short(ref)} is given {times} times"
        if not re.fullmatch(r"SPDXRef-[A-Za-z0-9.\-]+", ref):
            yield f"{_short(ref)!r} is not an SPDX id"
    reported: set[str] = set()
    described = False
    annotated = ((a.spdx_id, "an annotation", a.spdx_id) for a in document.annotations)
    for a, name, b in (*links, *annotated):
        described |= (a == own and name == "DESCRIBES") or (b == own and name == "DESCRIBED_BY")
        for ref in (a, b):
            known = ref in ids if ":" not in ref else ref.partition(":")[0] in documents
            if not known and ref not in reported:
                reported.add(ref)
                yield f"{name} leads to {_short(ref)}, which is not there"
    alone = len(document.packages) == 1 and not document.files and not document.snippets
    if elements and not alone and not described:
        yield f"nothing says what it describes ({own} DESCRIBES ...)"


def _package(package: Any) -> Component:
    identifiers = []
    for ref in package.external_references:
        kind = {"purl": "purl", "cpe22Type": "cpe", "cpe23Type": "cpe", "swid": "swid"}.get(
            ref.reference_type
        )
        if kind:
            identifiers.append((kind, ref.locator))
    parties = [p for p in (package.originator, package.supplier) if getattr(p, "email", None)]
    purpose = package.primary_package_purpose
    return Component(
        ref=package.spdx_id,
        name=package.name,
        version=package.version or "",
        kind=purpose.name.lower().replace("_", "-") if purpose else "",
        purl=next((value for kind, value in identifiers if kind == "purl"), ""),
        identifiers=tuple(identifiers),
        creator=Party(emails=tuple(p.email for p in parties)) if parties else NOBODY,
        supplier=next((p.name for p in (package.supplier, package.originator) if getattr(p, "name", "")), ""),
        licences=tuple(_licences(package)),
        hashes=_checksums(package),
    )


def _licences(package: Any) -> Iterator[Licence]:
    for role in ("concluded", "declared"):
        text = str(getattr(package, f"license_{role}"))  # an expression has no truth value
        if text not in ("None", "NONE", "NOASSERTION"):
            yield Licence(text=text, role=role)


def _checksums(element: Any) -> tuple[tuple[str, str], ...]:
    return tuple((c.algorithm.name.replace("_", "-"), c.value) for c in element.checksums)


# --------------------------------------------------------------------------- SPDX 3

_CONTEXTS = {
    "https://spdx.org/rdf/3.0.0/spdx-context.jsonld": "3.0.0",
    "https://spdx.org/rdf/3.0.1/spdx-context.jsonld": "3.0.1",
}
_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
"""The one that the bindings know; 3.0.1 corrects 3.0.0 and means the same."""
_HASHES = re.compile(r"(sha)(3_)?(\d+)$")


def from_json_ld(document: Mapping[str, Any]) -> Sbom:
    """What an SPDX 3 document says.

    :raises EvidenceError: naming the first elements that are not valid.
    """
    context = document.get("@context")
    contexts = context if isinstance(context, list) else [context]
    stated = next((c for c in contexts if isinstance(c, str)), "")
    version = _CONTEXTS.get(stated)
    if version is None:
        named = f"the context {stated[:80]!r}" if stated else "no context"
        raise EvidenceError(f"JSON-LD with {named} is not read; that of SPDX 3.0.0 or 3.0.1 is")
    contexts = [_CONTEXT if c == stated else c for c in contexts]
    graph = document.get("@graph", None)
    if graph is None:
        graph = [{k: v for k, v in document.items() if k != "@context"}]
    if not isinstance(graph, list):
        raise _invalid(version, ["@graph is not a list"])
    read = _Graph(version, contexts, graph)
    try:
        return read.sbom()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        fault = f"a reference leads to what SPDX does not want there ({_short(error)})"
        raise _invalid(version, [fault]) from error


class _Graph:
    """The elements of an SPDX 3 document, by their ids."""

    def __init__(self, version: str, contexts: list[Any], graph: list[Any]) -> None:
        self._version = version
        self._by_id: dict[str, Any] = {}
        self._links: list[Any] = []
        self._infos: list[Any] = []
        self._vulnerabilities = 0
        said: dict[str, Any] = {}
        faults = []
        for n, raw in enumerate(graph):
            try:
                objects = self._read(contexts, raw)
            except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
                faults.append(self._fault(n, raw, error))
                continue
            for one in objects:
                kind = _kind(one)
                # The bindings drop the names of blank nodes, which others refer to.
                ref = one._id or (raw.get("@id") if one is objects[0] else None)
                if ref in said and raw != said[ref]:
                    faults.append(f"@graph/{n}: {_short(ref)} is given twice, and not alike")
                if ref in said:
                    continue
                if ref:
                    self._by_id[ref], said[ref] = one, raw
                if kind in ("Relationship", "LifecycleScopedRelationship"):
                    self._links.append(one)
                elif kind == "CreationInfo":
                    self._infos.append(one)
                self._vulnerabilities += kind.startswith("security_")
        if faults:
            raise _invalid(version, faults)

    def _read(self, contexts: list[Any], raw: Any) -> list[Any]:
        from spdx_python_model import v3_0_1

        model: Any = v3_0_1
        if not isinstance(raw, dict):
            raise TypeError("is not an object")
        objects = model.SHACLObjectSet()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated terms are valid
            model.JSONLDDeserializer().deserialize_data({"@context": contexts, "@graph": [raw]}, objects)
            model.JSONLDSerializer().serialize_data(objects)  # only writing looks for what is missing
        top = next(iter(objects.objects))
        found = [top, *(one for one in objects.foreach() if one is not top)]
        for one in found:
            if type(one) is model.SHACLExtensibleObject:
                raise ValueError(f"{_short(raw.get('type'))!r} is no type of SPDX")
        return found

    @staticmethod
    def _fault(n: int, raw: Any, error: Exception) -> str:
        said = error.args[0] if isinstance(error, KeyError) and error.args else error
        said = re.sub(r" \(\d+\)", "", str(said))  # where it lies in memory
        said = re.sub(r"\. Choose one of .*", "", said, flags=re.DOTALL)
        if "Extensible object" in said:  # any type that the bindings do not know is an extension to them
            said = f"{_short(raw.get('type'))!r} is no type of SPDX"
        ref = raw.get("spdxId", raw.get("@id", "")) if isinstance(raw, dict) else ""
        return f"@graph/{n}{f' ({_short(ref)})' if ref else ''}: {_short(said)}"

    def sbom(self) -> Sbom:
        links: dict[str, list[Any]] = defaultdict(list)
        for link in self._links:
            links[_ref(link.from_)].append(link)
        subjects = self._subjects()
        external = {
            _ref(to)
            for link in self._links
            if _word(link.relationshipType) == "hasProvidedDependency"
            for to in link.to
        }
        artefacts = {
            _ref(to)
            for link in self._links
            if _word(link.relationshipType) == "hasDistributionArtifact"
            for to in link.to
        }
        dependencies: dict[str, list[str]] = defaultdict(list)
        parts: dict[str, list[str]] = defaultdict(list)
        completeness: dict[str, str] = {}
        for link in self._links:
            word, start = _word(link.relationshipType), _ref(link.from_)
            scope = _word(getattr(link, "scope", None) or "")
            if word in _DEPENDS_3 and scope not in _NOT_DELIVERED:
                dependencies[start].extend(map(_ref, link.to))
            elif word == "contains":
                parts[start].extend(map(_ref, link.to))
            else:
                continue
            if link.completeness:
                completeness[start] = _word(link.completeness)
        components = tuple(self._components(links, external, artefacts))
        products = [c for c in components if c.ref in subjects]
        product = products[0] if len(products) == 1 else None
        info = self._info()
        document = next((d for d in self._by_id.values() if _kind(d) == "SpdxDocument"), None)
        return Sbom(
            format="SPDX",
            version=self._version,
            serialisation="JSON",
            subject=product,
            components=tuple(c for c in components if c is not product),
            dependencies=_once(dependencies),
            parts=_once(parts),
            completeness=completeness,
            created=info.created.isoformat().replace("+00:00", "Z") if info else "",
            tools=tuple(self._names(info.createdUsing if info else ())),
            creator=self._party(info.createdBy if info else ()),
            uri=next(
                (i for i, e in self._by_id.items() if _kind(e) == "software_Sbom"),
                document._id if document is not None else "",
            ),
            vulnerabilities=self._vulnerabilities,
        )

    def _subjects(self) -> set[str]:
        """What the document, or an SBOM that it is about, has as its root."""
        roots = {_ref(r) for d in self._by_id.values() if _kind(d) == "SpdxDocument" for r in d.rootElement}
        if not roots:
            roots = {i for i, e in self._by_id.items() if _kind(e) in ("software_Sbom", "Bom")}
        found: set[str] = set()
        for ref in roots:
            one = self._by_id.get(ref)
            if one is not None and _kind(one) in ("software_Sbom", "Bom", "Bundle"):
                found.update(map(_ref, one.rootElement))
            else:
                found.add(ref)
        return found

    def _info(self) -> Any:
        """How the document itself was made."""
        for kind in ("software_Sbom", "SpdxDocument"):
            for one in self._by_id.values():
                if _kind(one) == kind:
                    info = one.creationInfo
                    return self._by_id.get(info) if isinstance(info, str) else info
        return self._infos[0] if self._infos else None

    def _party(self, agents: Iterable[Any]) -> Party:
        emails: list[str] = []
        urls: list[str] = []
        for one in self._each(agents):
            for identifier in self._each(getattr(one, "externalIdentifier", ())):
                kind = _word(identifier.externalIdentifierType)
                (emails if kind == "email" else urls).append(identifier.identifier)
        return Party(emails=tuple(emails), urls=tuple(urls)) if emails or urls else NOBODY

    def _names(self, agents: Iterable[Any]) -> Iterator[str]:
        for one in self._each(agents):
            if name := getattr(one, "name", None):
                yield name

    def _each(self, values: Iterable[Any]) -> Iterator[Any]:
        """Elements, and what is no element (identifiers, hashes), which may stand apart as well."""
        for value in values:
            one = self._by_id.get(value) if isinstance(value, str) else value
            if one is not None:
                yield one

    def _components(
        self, links: Mapping[str, list[Any]], external: set[str], artefacts: set[str]
    ) -> Iterator[Component]:
        for ref, one in self._by_id.items():
            kind = _kind(one)
            if kind in ("software_Package", "ai_AIPackage", "dataset_DatasetPackage"):
                yield self._package(one, links.get(ref, ()), external=ref in external)
            elif kind == "software_File" and ref not in artefacts:
                yield Component(
                    ref=ref,
                    name=one.name or "",
                    kind="file",
                    hashes=self._hashes(one),
                    facts=_purposes([one]),
                )

    def _package(self, package: Any, links: Iterable[Any], *, external: bool) -> Component:
        files: list[Any] = []
        licences: list[Licence] = []
        for link in links:
            word = _word(link.relationshipType)
            ends = list(self._each(link.to))
            if word == "hasDistributionArtifact":
                files.extend(e for e in ends if _kind(e) == "software_File")
            elif word in ("hasConcludedLicense", "hasDeclaredLicense"):
                licences.extend(_licence(e, word[3:-7].lower()) for e in ends)
            elif word == "other" and (link.comment or "").strip() == "hasEffectiveLicense":
                licences.extend(_licence(e, "effective") for e in ends)
        identifiers = list(self._identifiers(package))
        purpose = package.software_primaryPurpose
        return Component(
            ref=package._id,
            name=package.name or "",
            version=package.software_packageVersion or "",
            kind=re.sub(r"(?<=[a-z])([A-Z])", r"-\1", _word(purpose)).lower() if purpose else "",
            purl=next((value for kind, value in identifiers if kind == "purl"), ""),
            identifiers=tuple(identifiers),
            creator=self._party(package.originatedBy),
            supplier=next(
                self._names((*([package.suppliedBy] if package.suppliedBy else []), *package.originatedBy)),
                "",
            ),
            licences=tuple(one for one in licences if one.text),
            hashes=self._hashes(package),
            references=tuple(self._references(package, files)),
            facts=_purposes(files),
            external=external,
        )

    def _identifiers(self, package: Any) -> Iterator[tuple[str, str]]:
        kinds = {"packageUrl": "purl", "cpe22": "cpe", "cpe23": "cpe", "swid": "swid"}
        if package.software_packageUrl:
            yield "purl", package.software_packageUrl
        for one in self._each(package.externalIdentifier):
            if kind := kinds.get(_word(one.externalIdentifierType)):
                yield kind, one.identifier

    def _references(self, package: Any, files: Iterable[Any]) -> Iterator[Reference]:
        kinds = {
            "binaryArtifact": "distribution",
            "sourceArtifact": "source-distribution",
            "securityOther": "rfc-9116",
            "buildMeta": "bom",
        }
        for holder in (package, *files):
            for one in self._each(holder.externalRef):
                kind = kinds.get(_word(one.externalRefType or ""))
                for url in one.locator if kind else ():
                    hashes = self._hashes(holder) if kind == "distribution" else ()
                    yield Reference(kind=str(kind), url=url, hashes=hashes)
        for file in files:
            if not file.externalRef:
                yield Reference(kind="distribution", hashes=self._hashes(file))

    def _hashes(self, element: Any) -> tuple[tuple[str, str], ...]:
        return tuple(
            (_HASHES.sub(r"\1-\3", _word(h.algorithm)).upper(), h.hashValue)
            for h in self._each(element.verifiedUsing)
            if hasattr(h, "hashValue")
        )


def _kind(element: Any) -> str:
    return str(element.get_compact_type() or element.get_type())


def _word(iri: str) -> str:
    return iri.rpartition("/")[2]


def _ref(element: Any) -> str:
    return element if isinstance(element, str) else str(element._id)


def _licence(element: Any, role: str) -> Licence:
    text = getattr(element, "simplelicensing_licenseExpression", None)
    if text is None and _kind(element) == "expandedlicensing_ListedLicense":
        text = _word(element._id)
    return Licence(text=text or "", role=role)


def _purposes(files: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """The facts of the BSI profile, from the purposes of the files that are deployed."""
    facts: dict[str, tuple[str, ...]] = {}
    for file in files:
        words = {_word(p) for p in file.software_additionalPurpose}
        values = {
            "filename": file.name or "",
            "executable": "executable" if "executable" in words else "non-executable",
            "archive": "archive" if "archive" in words else "no archive",
        }
        if words & {"container", "firmware"}:
            values["structured"] = "structured" if "container" in words else "unstructured"
        for name, value in values.items():
            facts[name] = (*facts.get(name, ()), value)
    return facts
