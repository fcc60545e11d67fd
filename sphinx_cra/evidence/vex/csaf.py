"""CSAF 2.0 and 2.1: the VEX profile, security advisories, and any other category with vulnerabilities.

The structure is checked, and those mandatory tests of the standard that decide what a document
says: products, groups, profiles, versions and dates of it; others are in ``csaf_beside``. What needs
the calculation of scores, lists of weaknesses, languages and licences, or rules of version schemes is
not (``docs/evidence-vex.md`` lists both).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.vex import csaf_beside
from sphinx_cra.evidence.vex.model import Document, Part, Source, Statement, Status, moment, parsed
from sphinx_cra.evidence.vex.shapes import ANY, FILLED, WHEN, Shape, like, many, of, one_of, validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jsonschema import Draft202012Validator

MAX_BRANCHES = 30
"""Test 6.1.34 of CSAF 2.1, and a bound for both versions."""

STATUSES = {
    "first_affected": Status.AFFECTED,
    "known_affected": Status.AFFECTED,
    "last_affected": Status.AFFECTED,
    "known_not_affected": Status.NOT_AFFECTED,
    "first_fixed": Status.FIXED,
    "fixed": Status.FIXED,
    "under_investigation": Status.UNDER_INVESTIGATION,
    "unknown": Status.UNKNOWN,
}
"""Product status groups; ``recommended`` says nothing about a vulnerability."""

_JUSTIFICATIONS = (
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
)
_RELATIONS = (
    "default_component_of",
    "external_component_of",
    "installed_on",
    "installed_with",
    "optional_component_of",
)
_ADVISORIES = ("csaf_security_advisory", "csaf_vex", "csaf_deprecated_security_advisory")
_ENDED = {"csaf_withdrawn": "Reasoning for Withdrawal", "csaf_superseded": "Reasoning for Supersession"}
_INFORMATIVE = ("csaf_informational_advisory", "csaf_security_incident_response")
_SEMANTIC = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?P<pre>-[0-9A-Za-z.-]+)?(?P<build>\+[0-9A-Za-z.-]+)?"

# ------------------------------------------------------------------------- its schema


def _schema(version: str) -> Draft202012Validator:
    new = version == "2.1"
    # 2.0 lets others add properties. Those that 2.1 brought, and that are read here, keep their meaning.
    closed = new
    ids = many(FILLED)
    some = {"product_ids": ids, "group_ids": ids}
    when = _WHEN if new else WHEN
    word = like(r"^[^\s\-_\.](.*[^\s\-_\.])?$")
    number = like(rf"^((0|[1-9][0-9]*)|{_SEMANTIC.replace('?P<pre>', '?:').replace('?P<build>', '?:')})$")
    number["maxLength"] = 200  # they are compared as numbers
    purl = like(r"^pkg:[A-Za-z.\-+][A-Za-z0-9.\-+]*/.+" if not new else r"^pkg:[a-z][a-z0-9.\-]*/.+")
    digest = of("algorithm value", closed=closed, algorithm=FILLED, value=like(r"^[0-9a-fA-F]{32,}$"))
    helper = of(
        closed=closed,
        least=1,
        cpe={"type": "string", "minLength": 5},
        hashes=many(of("file_hashes filename", closed=closed, file_hashes=many(digest), filename=FILLED)),
        model_numbers=ids,
        sbom_urls=ids,
        serial_numbers=ids,
        skus=ids,
        x_generic_uris=many(of("namespace uri", closed=closed, namespace=FILLED, uri=FILLED)),
        purls=many(purl),
        **({} if new else {"purl": purl}),
    )
    extension = {"x_extensions": ANY} if new else {}
    product = of(
        "name product_id",
        closed=closed,
        name=FILLED,
        product_id=FILLED,
        product_identification_helper=helper,
        **extension,
    )
    categories = (
        "architecture host_name language patch_level product_family product_name product_version "
        "product_version_range service_pack specification vendor " + ("platform" if new else "legacy")
    )
    branches = many({"$ref": "#/$defs/branch"})
    branch = of(
        "category name",
        closed=closed,
        least=3,
        category=one_of(*categories.split()),
        name=FILLED,
        branches=branches,
        product=product,
    ) | {"maxProperties": 3}
    if new:
        step = of(
            "category next_product_reference",
            closed=True,
            category=one_of(*_RELATIONS),
            next_product_reference=FILLED,
        )
        relations = {
            "product_paths": many(
                of(
                    "beginning_product_reference full_product_name subpaths",
                    closed=True,
                    beginning_product_reference=FILLED,
                    full_product_name=product,
                    subpaths=many(step),
                )
            )
        }
    else:
        relations = {
            "relationships": many(
                of(
                    "category full_product_name product_reference relates_to_product_reference",
                    category=one_of(*_RELATIONS),
                    full_product_name=product,
                    product_reference=FILLED,
                    relates_to_product_reference=FILLED,
                )
            )
        }
    tree = of(
        closed=closed,
        least=1,
        branches=branches,
        full_product_names=many(product),
        product_groups=many(
            of(
                "group_id product_ids",
                closed=closed,
                group_id=FILLED,
                product_ids=many(FILLED, 2),
                summary=FILLED,
            )
        ),
        **relations,
    )
    notes = many(
        of(
            "category text",
            closed=closed,
            audience=FILLED,
            category=one_of(
                "description", "details", "faq", "general", "legal_disclaimer", "other", "summary"
            ),
            text=FILLED,
            title=FILLED,
            **some,
        )
    )
    references = many(
        of("summary url", closed=closed, category=one_of("external", "self"), summary=FILLED, url=FILLED)
    )
    revision = of(
        "date number summary",
        closed=closed,
        date=when,
        legacy_version=FILLED,
        number=number,
        summary=FILLED,
    )
    tracking = of(
        "current_release_date id initial_release_date revision_history status version",
        closed=closed,
        aliases=ids,
        current_release_date=when,
        generator=of(
            "engine",
            closed=closed,
            date=when,
            engine=of("name", closed=closed, name=FILLED, version=FILLED),
        ),
        id=like(r"^\S(.*\S)?$"),
        initial_release_date=when,
        revision_history=many(revision),
        status=one_of("draft", "final", "interim"),
        version=number,
    )
    labels = ("AMBER", "AMBER+STRICT", "CLEAR", "GREEN", "RED") if new else ("AMBER", "GREEN", "RED", "WHITE")
    distribution = of(
        "tlp" if new else "",
        closed=closed,
        least=1,
        sharing_group=ANY,
        text=FILLED,
        tlp=of("label", closed=closed, label=one_of(*labels), url=FILLED),
    )
    publishers = "coordinator discoverer other translator user vendor" + (" multiplier" if new else "")
    document = of(
        "category csaf_version publisher title tracking" + (" distribution" if new else ""),
        closed=closed,
        acknowledgments=ANY,
        aggregate_severity=ANY,
        category=word,
        csaf_version=one_of(version),
        distribution=distribution,
        lang=FILLED,
        notes=notes,
        publisher=of(
            "category name namespace",
            closed=closed,
            category=one_of(*publishers.split()),
            contact_details=FILLED,
            issuing_authority=FILLED,
            name=FILLED,
            namespace=FILLED,
        ),
        references=references,
        source_lang=FILLED,
        title=FILLED,
        tracking=tracking,
        **({"license_expression": FILLED} | extension if new else {}),
    )
    fixes = "mitigation no_fix_planned none_available vendor_fix workaround" + (
        " fix_planned optional_patch" if new else ""
    )
    groups: dict[str, Shape] = dict.fromkeys([*STATUSES, "recommended"], ids)
    vulnerability = of(
        closed=closed,
        least=1,
        acknowledgments=ANY,
        cve=like(r"^CVE-[0-9]{4}-[0-9]{4,}$"),
        discovery_date=when,
        flags=many(of("label", closed=closed, date=when, label=one_of(*_JUSTIFICATIONS), **some)),
        ids=many(of("system_name text", closed=closed, system_name=FILLED, text=FILLED, **some)),
        involvements=many(
            of(
                "party status",
                closed=closed,
                date=when,
                party=one_of("coordinator", "discoverer", "other", "user", "vendor"),
                status=one_of(
                    "completed", "contact_attempted", "disputed", "in_progress", "not_contacted", "open"
                ),
                summary=FILLED,
                **({"contact": FILLED} | some if new else some),
            )
        ),
        notes=notes,
        product_status=of(closed=closed, least=1, **groups),
        references=references,
        remediations=many(
            of(
                "category details",
                closed=closed,
                category=one_of(*fixes.split()),
                date=when,
                details=FILLED,
                entitlements=ids,
                restart_required=ANY,
                url=FILLED,
                **some,
            )
        ),
        threats=many(
            of(
                "category details",
                closed=closed,
                category=one_of("exploit_status", "impact", "target_set"),
                date=when,
                details=FILLED,
                **some,
            )
        ),
        title=FILLED,
        **(_NEWER if new else _OLDER),
    )
    whole = of(
        "$schema document" if new else "document",
        closed=closed,
        document=document,
        product_tree=tree,
        vulnerabilities=many(vulnerability),
        **({"$schema": one_of("https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json")} if new else {}),
        **extension,
    )
    return validator(whole | {"$defs": {"branch": branch}})


_WHEN: Shape = {**WHEN, "pattern": "^[^a-z]*$"}
"""CSAF 2.1 has the letters of a date in capitals (6.1.37)."""
_NEWER: dict[str, Shape] = {
    "cwes": ANY,
    "disclosure_date": _WHEN,
    "first_known_exploitation_dates": many(
        of(
            "date exploitation_date",
            closed=True,
            least=3,
            date=_WHEN,
            exploitation_date=_WHEN,
            product_ids=many(FILLED),
            group_ids=many(FILLED),
        )
    ),
    "metrics": many(
        of("content products", closed=True, content={"type": "object"}, products=many(FILLED), source=FILLED)
    ),
    "x_extensions": ANY,
}
_OLDER: dict[str, Shape] = {
    "cwe": of("id name", id=like(r"^CWE-[1-9]\d{0,5}$"), name=FILLED),
    "release_date": WHEN,
    "scores": many(of("products", least=2, products=many(FILLED))),
}
_SCHEMAS = {version: _schema(version) for version in ("2.0", "2.1")}


# ------------------------------------------------------------------------- reading


def read(data: Mapping[str, Any]) -> Document:
    """The statements of a CSAF document.

    :raises EvidenceError: if it is of another version, or breaks its schema or a mandatory test.
    """
    version = data["document"].get("csaf_version")
    if not isinstance(version, str) or version not in _SCHEMAS:
        raise EvidenceError(f"its csaf_version is {str(version)[:40]!r}, and 2.0 and 2.1 are read")
    tree = data.get("product_tree")
    if isinstance(tree, dict) and _depth(tree) > MAX_BRANCHES:
        raise EvidenceError(f"its branches are nested more than {MAX_BRANCHES} deep")
    what = f"CSAF {version}"
    jsonfile.check(_SCHEMAS[version], data, what)
    csaf = _Csaf(data, version)
    if faults := [*csaf.faults(), *csaf_beside.faults(data, version)]:
        jsonfile.refuse(what, faults)
    return Document(source=csaf.source, statements=tuple(csaf.statements()), empty=csaf.empty)


def _depth(tree: Mapping[str, Any]) -> int:
    level, depth = [tree], 0
    while level:
        inner = [b for outer in level for b in _listed(outer.get("branches"))]
        level = [b for b in inner if isinstance(b, dict)]
        depth += bool(level)
    return depth


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


@dataclass(slots=True)
class _Relation:
    """A product made of others: the first as a component of, or installed on, the last."""

    id: str
    references: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(slots=True)
class _Tree:
    """The product tree, by ids."""

    parts: dict[str, Part] = field(default_factory=dict)
    relations: dict[str, _Relation] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    """Names of branches that are one version."""
    purls: list[str] = field(default_factory=list)


class _Csaf:
    """One document that fits its schema."""

    def __init__(self, data: Mapping[str, Any], version: str) -> None:
        self.version = version
        self.document: Mapping[str, Any] = data["document"]
        self.tracking: Mapping[str, Any] = self.document["tracking"]
        self.category: str = self.document["category"]
        self.vulnerabilities: Sequence[Mapping[str, Any]] = data.get("vulnerabilities", ())
        self.has = frozenset(data)
        self.tree = _tree(data.get("product_tree", {}), version)

    @cached_property
    def source(self) -> Source:
        engine = self.tracking.get("generator", {}).get("engine", {})
        return Source(
            format=f"CSAF {self.version}",
            id=self.tracking["id"],
            author=self.document["publisher"]["name"],
            version=self.tracking["version"],
            date=self.tracking["current_release_date"],
            tool=" ".join(filter(None, (engine.get("name", ""), engine.get("version", "")))),
            draft=self.tracking["status"] == "draft",
        )

    @property
    def empty(self) -> str:
        if self.category in _ENDED:
            return (
                "it was withdrawn" if self.category == "csaf_withdrawn" else "another document supersedes it"
            )
        return ""

    # ---- what it states

    def statements(self) -> Iterator[Statement]:
        for vulnerability in self.vulnerabilities:
            about = _About(vulnerability, self.tree.groups)
            states = vulnerability.get("product_status", {})
            seen: set[tuple[str, Status]] = set()
            for group, status in STATUSES.items():
                for product in states.get(group, ()):
                    if (product, status) not in seen:
                        seen.add((product, status))
                        yield self._statement(about, product, status)

    def _statement(self, about: _About, product: str, status: Status) -> Statement:
        flag = about.flags.get(product, {})
        threats = about.threats.get(product, ())
        actions = about.remediations.get(product, ())
        whole, component = self._placed(product)
        name, *aliases = about.names(product) or [""]
        denied = status is Status.NOT_AFFECTED
        impact = "; ".join(t["details"].strip() for t in threats)
        fault = ""
        if not name:
            name, fault = about.title or "a vulnerability without an id", "it names no vulnerability"
        elif denied and not flag and not impact:
            fault = "it says not affected without a justification or an impact statement"
        return Statement(
            source=self.source,
            product=whole,
            component=component,
            vulnerability=name,
            aliases=tuple(aliases),
            status=status,
            justification=flag.get("label", "") if denied else "",
            impact=impact if denied else "",
            action="; ".join(f"{a['category'].replace('_', ' ')}: {a['details'].strip()}" for a in actions),
            # The document states it on its own date, also where a flag was set before.
            date=self.tracking["current_release_date"],
            fault=fault,
        )

    def _placed(self, product: str) -> tuple[Part, Part | None]:
        """What a product id means: a product, and the component of it where it is made of both."""
        relation = self.tree.relations.get(product)
        if relation is None:
            return self.tree.parts[product], None
        mine = self.tree.parts[product]
        # A component of a product, or a product on another one: both are found by the names of either.
        outer = self.tree.parts[self._end(relation.references[-1], last=True)]
        inner = self.tree.parts[self._end(relation.references[0], last=False)]
        combined = Part(
            name=inner.name,
            version=inner.version,
            range=inner.range,
            purls=(*mine.purls, *inner.purls),
            ids=tuple(dict.fromkeys((mine.name, *mine.ids, *inner.ids))),
        )
        return outer, combined

    def _end(self, product: str, *, last: bool) -> str:
        """The plain product at one end of what may be made of others itself."""
        while (relation := self.tree.relations.get(product)) is not None:
            product = relation.references[-1 if last else 0]
        return product

    # ---- whether it may be believed

    def faults(self) -> Iterator[str]:
        """What breaks a mandatory test of the standard, each with its number."""
        yield from self._of_products()
        yield from self._of_tracking()
        yield from self._of_profile()
        cves = Counter(v["cve"] for v in self.vulnerabilities if "cve" in v)
        yield from (f"{cve} stands in {n} vulnerability items (6.1.23)" for cve, n in cves.items() if n > 1)
        for vulnerability in self.vulnerabilities:
            yield from self._of_vulnerability(vulnerability)

    def _of_products(self) -> Iterator[str]:
        tree = self.tree
        for product in tree.twice:
            yield f"{product!r} is defined twice (6.1.2, 6.1.5)"
        circle = False
        for relation in tree.relations.values():
            if self._circular(relation.id):
                circle = True
                yield f"the product {relation.id!r} is defined by itself (6.1.3)"
                break
        references = [p for relation in tree.relations.values() for p in relation.references]
        references += [p for members in tree.groups.values() for p in members]
        groups: list[str] = []
        for place in self._places():
            references += place.get("product_ids", ())
            groups += place.get("group_ids", ())
        for vulnerability in self.vulnerabilities:
            for group in (*STATUSES, "recommended"):
                references += vulnerability.get("product_status", {}).get(group, ())
            for score in vulnerability.get("scores" if self.version == "2.0" else "metrics", ()):
                references += score["products"]
        lost = sorted({p for p in references if p not in tree.parts})
        yield from (f"the product {p!r} is not defined (6.1.1)" for p in lost)
        lost = sorted({g for g in groups if g not in tree.groups})
        yield from (f"the product group {g!r} is not defined (6.1.4)" for g in lost)
        if circle or lost:
            return
        for purl in tree.purls:
            if parsed(purl) is None:
                yield f"{purl[:80]!r} is not a purl (6.1.13)"
        for version in tree.versions:
            words = version.casefold().split()
            if "<" in version or ">" in version or not _RANGE_WORDS.isdisjoint(words):
                yield f"the product version {version[:40]!r} is a range (6.1.31)"

    def _circular(self, product: str) -> bool:
        """Whether a product is made of itself, through whatever others."""
        seen: set[str] = set()
        ahead = list(self.tree.relations[product].references)
        while ahead:
            one = ahead.pop()
            if one == product:
                return True
            if one not in seen and one in self.tree.relations:
                seen.add(one)
                ahead += self.tree.relations[one].references
        return False

    def _places(self) -> Iterator[Mapping[str, Any]]:
        """Everything that may name products or groups beside the product status."""
        yield from self.document.get("notes", ())
        for vulnerability in self.vulnerabilities:
            if self.version == "2.1":
                yield from vulnerability.get("first_known_exploitation_dates", ())
            for name in (
                "flags",
                "ids",
                "involvements",
                "notes",
                "remediations",
                "threats",
            ):
                yield from vulnerability.get(name, ())

    def _of_tracking(self) -> Iterator[str]:
        tracking = self.tracking
        version, state = tracking["version"], tracking["status"]
        history = tracking["revision_history"]
        numbers = [revision["number"] for revision in history]
        if len({"." in number for number in (*numbers, version)}) > 1:
            yield "its versions are partly integers and partly not (6.1.30)"
        ordered = sorted(history, key=lambda r: (moment(r["date"]), _precedence(r["number"])))
        by_date = [revision["number"] for revision in ordered]
        if by_date != sorted(by_date, key=_precedence):
            yield "its revision history is not in the order of its dates (6.1.14)"
        last = by_date[-1]
        if _comparable(last, state) != _comparable(version, state):
            yield f"its version is {version} and the last of its revision history {last} (6.1.16)"
        early = [n for n in numbers if _major(n) == 0]
        if state != "draft":
            if _major(version) == 0 or _pre(version):
                yield f"its version {version} is that of a draft and its status {state} (6.1.17, 6.1.20)"
            if early:
                yield f"its revision history has the version {early[0]} and its status is {state} (6.1.18)"
        if any(_pre(n) for n in numbers):
            yield "its revision history has a pre-release (6.1.19)"
        majors = list(dict.fromkeys(_major(n) for n in by_date))
        first = majors[0]
        if first not in (0, 1) or any(n not in majors for n in range(first, max(majors))):
            yield "a version is missing in its revision history (6.1.21)"
        doubles = [n for n, count in Counter(n.partition("+")[0] for n in numbers).items() if count > 1]
        if doubles:
            yield f"its revision history has the version {doubles[0]} twice (6.1.22)"

    def _of_profile(self) -> Iterator[str]:
        category = self.category
        notes = self.document.get("notes", ())
        references = self.document.get("references", ())
        if category in _INFORMATIVE:
            if not any(n["category"] in ("description", "details", "general", "summary") for n in notes):
                yield "it has no note that says what it is about (6.1.27.1)"
            if not any(r.get("category", "external") == "external" for r in references):
                yield "it refers to nothing outside of it (6.1.27.2)"
        ended = _ENDED if self.version == "2.1" else {}
        if category in ("csaf_informational_advisory", *ended) and "vulnerabilities" in self.has:
            yield f"{category} has no vulnerabilities (6.1.27.3)"
        if category in _ADVISORIES:
            yield from (
                f"{category} needs a {name} ({test})"
                for name, test in (("product_tree", "6.1.27.4"), ("vulnerabilities", "6.1.27.11"))
                if name not in self.has
            )
        if category in ended:
            yield from self._of_ended(ended[category], notes, references)
        profiles = {*_ADVISORIES, *_INFORMATIVE, *ended}
        if self.version == "2.0":
            profiles.discard("csaf_deprecated_security_advisory")
        if category not in profiles:
            yield from self._of_base(category)

    def _of_ended(
        self, title: str, notes: Sequence[Mapping[str, Any]], references: Sequence[Mapping[str, Any]]
    ) -> Iterator[str]:
        if not any(n["category"] == "description" for n in notes):
            yield "it has no description (6.1.27.14)"
        if "product_tree" in self.has:
            yield f"{self.category} has no product tree (6.1.27.15)"
        if len(self.tracking["revision_history"]) < 2:
            yield "its revision history has one entry only (6.1.27.16)"
        if not re.match("en(-|$)", self.document.get("lang", "en"), re.IGNORECASE):
            return
        titled = [n for n in notes if n.get("title") == title]
        if len(titled) != 1 or titled[0]["category"] != "description":
            yield f"it has no description {title!r} (6.1.27.17, 6.1.27.18)"
        if self.category == "csaf_superseded" and not any(
            r["summary"].startswith("Superseding Document") and r.get("category") == "external"
            for r in references
        ):
            yield "it does not refer to the document that supersedes it (6.1.27.19)"

    def _of_base(self, category: str) -> Iterator[str]:
        if category == "csaf_base":
            return
        plain = _plain(category).removeprefix("csaf")
        names = {"informationaladvisory", "securityadvisory", "securityincidentresponse", "vex"}
        if self.version == "2.1":
            names |= {"deprecatedsecurityadvisory", "superseded", "withdrawn"}
        if plain in names or category.casefold().startswith("csaf_"):
            yield f"the category {category[:40]!r} is too close to the name of a profile (6.1.26)"

    def _of_vulnerability(self, vulnerability: Mapping[str, Any]) -> Iterator[str]:
        about = _About(vulnerability, self.tree.groups)
        title = about.title or "a vulnerability"
        states: Mapping[str, Sequence[str]] = vulnerability.get("product_status", {})
        by_status: dict[str, set[Status]] = defaultdict(set)
        for group, status in STATUSES.items():
            for product in states.get(group, ()):
                by_status[product].add(status)
        for product, found in sorted(by_status.items()):
            if len(found) > 1:
                words = " and ".join(s.words for s in Status if s in found)
                yield f"{product!r} is {words} in {title} (6.1.6)"
        for name, test in (("remediations", "6.1.29"), ("flags", "6.1.32")):
            if any(not {"product_ids", "group_ids"} & item.keys() for item in vulnerability.get(name, ())):
                yield f"one of the {name} of {title} names no product ({test})"
        labels: Counter[str] = Counter(
            p for flag in vulnerability.get("flags", ()) for p in about.named(flag)
        )
        if twice := sorted(p for p, n in labels.items() if n > 1):
            yield f"{twice[0]!r} has more than one justification in {title} (6.1.33)"
        if self.version == "2.1":
            yield from self._of_remediations(about, by_status, title)
        if self.category in _ADVISORIES and "notes" not in vulnerability:
            yield f"{title} has no notes (6.1.27.5)"
        if self.category in _ADVISORIES and self.category != "csaf_vex" and not states:
            yield f"{title} has no product status (6.1.27.6)"
        newer = self.category == "csaf_security_advisory" and self.version == "2.1"
        if newer and not states.get("known_affected"):
            yield f"{title} names no affected product (6.1.27.12)"
        if self.category == "csaf_vex":
            yield from self._of_vex(about, states, title)

    @staticmethod
    def _of_vex(about: _About, states: Mapping[str, Sequence[str]], title: str) -> Iterator[str]:
        if not {"fixed", "known_affected", "known_not_affected", "under_investigation"} & states.keys():
            yield f"{title} has no status of VEX (6.1.27.7)"
        unnamed = sorted({p for products in states.values() for p in products if not about.names(p)})
        if not about.known or unnamed:
            yield f"{title} has no id (6.1.27.8)"
        # 6.1.27.9, a statement without justification, is a fault of the statement, not of the document.
        silent = [p for p in states.get("known_affected", ()) if p not in about.remediations]
        if silent:
            yield f"{title} says nothing of what to do about {silent[0]!r} (6.1.27.10)"

    @staticmethod
    def _of_remediations(about: _About, by_status: Mapping[str, set[Status]], title: str) -> Iterator[str]:
        for product, items in sorted(about.remediations.items()):
            found = {item["category"] for item in items}
            for one in sorted(found):
                if against := sorted(found & _EXCLUDES[one]):
                    yield f"{product!r} has {one} and {against[0]} in {title} (6.1.35)"
                    break
            for one in sorted(found):
                if by_status.get(product, set()) & _FORBIDS[one]:
                    words = " and ".join(s.words for s in Status if s in by_status[product])
                    yield f"{product!r} is {words} and has {one} in {title} (6.1.36)"
                    break


_RANGE_WORDS = frozenset({"after", "all", "before", "earlier", "later", "prior", "versions"})

_NO_FIX = frozenset({"optional_patch", "none_available"})
_EXCLUDES: Mapping[str, frozenset[str]] = {
    "workaround": _NO_FIX,
    "mitigation": _NO_FIX,
    "vendor_fix": _NO_FIX | {"fix_planned", "no_fix_planned"},
    "fix_planned": _NO_FIX | {"vendor_fix", "no_fix_planned"},
    "no_fix_planned": _NO_FIX | {"vendor_fix", "fix_planned"},
    "none_available": frozenset(
        {"workaround", "mitigation", "vendor_fix", "optional_patch", "fix_planned", "no_fix_planned"}
    ),
    "optional_patch": frozenset(
        {"workaround", "mitigation", "vendor_fix", "none_available", "fix_planned", "no_fix_planned"}
    ),
}
"""Remediations of CSAF 2.1 that one product cannot have at once."""
_SETTLED = frozenset({Status.NOT_AFFECTED, Status.FIXED})
_FORBIDS: Mapping[str, frozenset[Status]] = {
    "workaround": _SETTLED,
    "mitigation": _SETTLED,
    "vendor_fix": _SETTLED,
    "none_available": _SETTLED,
    "fix_planned": frozenset({Status.FIXED}),
    "no_fix_planned": frozenset({Status.FIXED}),
    "optional_patch": frozenset({Status.AFFECTED}),
}
"""Remediations of CSAF 2.1, and what a product that has them cannot be."""


class _About:
    """What one vulnerability item says of each product, by id or through groups."""

    def __init__(self, item: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> None:
        self._item = item
        self._groups = groups
        ids = item.get("ids", ())
        everywhere = [i["text"] for i in ids if not {"product_ids", "group_ids"} & i.keys()]
        self._everywhere = [*([item["cve"]] if "cve" in item else []), *everywhere]
        self._somewhere = self._by_product(i for i in ids if {"product_ids", "group_ids"} & i.keys())
        self.known = bool(self._everywhere or self._somewhere)
        self.title: str = next(iter(self._everywhere), "") or item.get("title", "")
        self.flags = {p: found[0] for p, found in self._by_product(item.get("flags", ())).items()}
        impacts = [
            t
            for t in item.get("threats", ())
            if t["category"] == "impact" and t["details"].strip() and {"product_ids", "group_ids"} & t.keys()
        ]
        self.threats = self._by_product(impacts)
        self.remediations = self._by_product(item.get("remediations", ()))

    def names(self, product: str) -> list[str]:
        """Ids of the vulnerability in this product, the CVE first."""
        return [*self._everywhere, *(i["text"] for i in self._somewhere.get(product, ()))]

    def named(self, item: Mapping[str, Any]) -> set[str]:
        """Products that an item is about, directly or through a group."""
        found = set(item.get("product_ids", ()))
        for group in item.get("group_ids", ()):
            found.update(self._groups.get(group, ()))
        return found

    def _by_product(self, items: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for item in items:
            for product in self.named(item):
                found.setdefault(product, []).append(item)
        return found


# ------------------------------------------------------------------------- product tree


def _tree(data: Mapping[str, Any], version: str) -> _Tree:
    tree = _Tree()
    ahead: list[tuple[Mapping[str, Any], Mapping[str, str]]] = [
        (branch, {}) for branch in reversed(data.get("branches", ()))
    ]
    while ahead:
        branch, above = ahead.pop()
        names = {**above, branch["category"]: branch["name"]}
        if branch["category"] == "product_version":
            tree.versions.append(branch["name"])
        if "product" in branch:
            _add(tree, branch["product"], names)
        ahead += [(inner, names) for inner in reversed(branch.get("branches", ()))]
    for product in data.get("full_product_names", ()):
        _add(tree, product, {})
    old = version == "2.0"
    for relation in data.get("relationships", ()) if old else ():
        references = (relation["product_reference"], relation["relates_to_product_reference"])
        _relate(tree, relation["full_product_name"], references, (relation["category"],))
    for path in () if old else data.get("product_paths", ()):
        steps = path["subpaths"]
        references = (path["beginning_product_reference"], *(s["next_product_reference"] for s in steps))
        _relate(tree, path["full_product_name"], references, tuple(s["category"] for s in steps))
    for group in data.get("product_groups", ()):
        if group["group_id"] in tree.groups:
            tree.twice.append(group["group_id"])
        tree.groups[group["group_id"]] = tuple(group["product_ids"])
    return tree


def _add(tree: _Tree, product: Mapping[str, Any], names: Mapping[str, str]) -> None:
    helper: Mapping[str, Any] = product.get("product_identification_helper", {})
    purls = (helper["purl"],) if "purl" in helper else tuple(helper.get("purls", ()))
    hashes = (
        f"{digest['algorithm']}:{digest['value'].lower()}"
        for entry in helper.get("hashes", ())
        for digest in entry["file_hashes"]
    )
    package = parsed(purls[0]) if len({_version(p) for p in purls}) == 1 else None
    name = product["name"]
    short = names.get("product_name", "")
    ids = (product["product_id"], short, helper.get("cpe", ""), *hashes)
    if product["product_id"] in tree.parts:
        tree.twice.append(product["product_id"])
    tree.purls += purls
    tree.parts[product["product_id"]] = Part(
        name=name,
        version=names.get("product_version", "") or ((package and package.version) or ""),
        range=names.get("product_version_range", ""),
        purls=purls,
        ids=tuple(dict.fromkeys(i for i in ids if i and i != name)),
    )


def _version(purl: str) -> str:
    found = parsed(purl)
    return (found and found.version) or ""


def _relate(
    tree: _Tree, product: Mapping[str, Any], references: tuple[str, ...], categories: tuple[str, ...]
) -> None:
    _add(tree, product, {})
    tree.relations[product["product_id"]] = _Relation(product["product_id"], references, categories)


# ------------------------------------------------------------------------- versions and categories


def _major(number: str) -> int:
    return int(number.partition(".")[0])


def _pre(number: str) -> str:
    match = re.fullmatch(_SEMANTIC, number)
    return (match["pre"] or "") if match else ""


def _precedence(number: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    """Order of versions: that of Semantic Versioning, an integer being the major one."""
    plain = number.partition("+")[0]
    core, _, pre = plain.partition("-")
    numbers = tuple(int(n) for n in core.split("."))
    words = tuple((not w.isdigit(), int(w) if w.isdigit() else 0, w) for w in pre.split(".") if w)
    return (*numbers, 0, 0, 0)[:3], not words, words


def _comparable(number: str, state: str) -> str:
    plain = number.partition("+")[0]
    return plain.partition("-")[0] if state == "draft" else plain


def _plain(category: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKD", category) if c.isalnum())
    return "".join(kept).casefold()
