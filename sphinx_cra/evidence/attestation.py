"""Attestations: does an in-toto statement speak of the files that it is cited for?

Reads Statements v0.1 and v1, plain, in a DSSE envelope, in a Sigstore bundle, or several on a line
each, and the links that ``in-toto-run`` writes, whose products are their subjects. Artefacts are
matched by SHA-256 alone, as the specification has it. Signatures are counted and **not verified**:
whose key may say what is a decision that this package cannot make, and the reason says so. Of
predicates only results are read that have a field and fixed words for it.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit
    from sphinx_cra.model import Artefact

max_bytes: int | None = 64 * 1024 * 1024

_TYPES = {"https://in-toto.io/Statement/v0.1": "v0.1", "https://in-toto.io/Statement/v1": "v1"}
_LINK = "link"
_PAYLOAD = re.compile(r"application/vnd\.in-toto(\.[^+\s]+)?\+json")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAMED = 3

_VSA = "https://slsa.dev/verification_summary/"
_RESULTS: Mapping[str, tuple[str, Mapping[str, Outcome]]] = {
    "https://in-toto.io/attestation/test-result/v0.1": (
        "result",
        {"PASSED": Outcome.VALID, "WARNED": Outcome.VALID, "FAILED": Outcome.FAILED},
    ),
    f"{_VSA}v0.1": ("verification_result", {"PASSED": Outcome.VALID, "FAILED": Outcome.FAILED}),
    f"{_VSA}v0.2": ("verification_result", {"PASSED": Outcome.VALID, "FAILED": Outcome.FAILED}),
    f"{_VSA}v1": ("verificationResult", {"PASSED": Outcome.VALID, "FAILED": Outcome.FAILED}),
}
"""Predicates that state a result -> in which field, and what its words mean."""
_TESTS = {"passed": "passedTests", "warned": "warnedTests", "failed": "failedTests"}

_DATES = (
    ("runDetails", "metadata", "finishedOn"),  # SLSA provenance v1
    ("metadata", "buildFinishedOn"),  # SLSA provenance v0.1, v0.2
    ("timeVerified",),  # verification summary v1
    ("time_verified",),
)
_TOOLS = (("runDetails", "builder", "id"), ("builder", "id"), ("verifier", "id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One artefact that a statement speaks of."""

    name: str
    sha256: str
    """Empty where only digests of other kinds are given."""
    others: tuple[str, ...]
    """Kinds of its other digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, with what its predicate says in fields that we know."""

    version: str
    predicate: str
    """Its type."""
    subjects: tuple[Subject, ...]
    signatures: int | None
    """None where it is in no envelope."""
    outcome: Outcome
    said: str
    """Its result in its own word; empty where it has none."""
    tests: Mapping[str, int]
    date: str
    tool: str
    step: str = ""
    """What a link calls the step that it was written for; empty for a statement."""

    def speaks_of(self, digest: str) -> bool:
        return any(s.sha256 == digest for s in self.subjects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file holds."""

    statements: tuple[Statement, ...]
    ignored: int
    """Lines of a bundle that are something else; the specification wants them ignored."""


# ------------------------------------------------------------------------------- reading


def parse(data: bytes) -> Document:
    """The statements of a file.

    :raises EvidenceError: if it holds none, or one that is not as its specification says.
    """
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) > 1 and _is_object(lines[0]):
        return _bundle(lines)
    found = _statement(jsonfile.load(data))
    if isinstance(found, str):
        raise EvidenceError(f"no in-toto statement and no envelope of one: {found}")
    return Document(statements=(found,), ignored=0)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(jsonfile.load(line), dict)
    except EvidenceError:
        return False


def _bundle(lines: Iterable[bytes]) -> Document:
    statements, ignored = [], 0
    for n, line in enumerate(lines, 1):
        try:
            found = _statement(jsonfile.load(line))
        except EvidenceError as error:
            raise EvidenceError(f"statement {n}: {error.reason}", error.outcome) from error
        if isinstance(found, str):
            ignored += 1
        else:
            statements.append(found)
    if not statements:
        raise EvidenceError("none of its lines is an in-toto statement")
    return Document(statements=tuple(statements), ignored=ignored)


def _statement(value: Any) -> Statement | str:
    """The statement, out of its envelope; or why it is something else."""
    if not isinstance(value, dict):
        return "it is no JSON object"
    if isinstance(value.get("signed"), dict) and "payload" not in value:  # how links were signed before DSSE
        return _signed_link(value["signed"], value.get("signatures"))
    envelope = value.get("dsseEnvelope", value)
    if not isinstance(envelope, dict) or "payload" not in envelope:
        return _read(value, None) if _known(value) else f"its _type is {_short(value.get('_type'))}"
    if not _PAYLOAD.fullmatch(str(envelope.get("payloadType"))):
        return f"its payloadType is {_short(envelope.get('payloadType'))}"
    signatures = _signatures(envelope.get("signatures"))
    payload = jsonfile.load(_decoded(envelope["payload"]))
    if not isinstance(payload, dict) or not _known(payload):
        kind = payload.get("_type") if isinstance(payload, dict) else None
        return f"the _type of its payload is {_short(kind)}"
    return _read(payload, signatures)


def _signed_link(value: Mapping[str, Any], signatures: Any) -> Statement | str:
    if value.get("_type") != _LINK:
        return f"the _type of what is signed is {_short(value.get('_type'))}"
    return _read(value, _signatures(signatures))


def _signatures(value: Any) -> int:
    if not isinstance(value, list) or not value:
        raise EvidenceError("its envelope has no signature")
    if not all(isinstance(s, dict) and isinstance(s.get("sig"), str) and s["sig"] for s in value):
        raise EvidenceError("a signature of its envelope is empty")
    return len(value)


def _known(value: Mapping[str, Any]) -> bool:
    kind = value.get("_type")
    return isinstance(kind, str) and (kind in _TYPES or kind == _LINK)


def _short(value: Any) -> str:
    return "not stated" if value is None else repr(value)[:80]


def _decoded(payload: Any) -> bytes:
    if not isinstance(payload, str):
        raise EvidenceError("the payload of its envelope is no text")
    try:  # either alphabet of RFC 4648 is allowed
        return base64.b64decode(payload.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EvidenceError("the payload of its envelope is not base64") from error


def _read(value: Mapping[str, Any], signatures: int | None) -> Statement:
    if value["_type"] == _LINK:
        return _link(value, signatures)
    subjects = value.get("subject")
    if subjects is None or subjects == []:
        raise EvidenceError("it has no subject, so it speaks of nothing", Outcome.VOID)
    if not isinstance(subjects, list):
        raise EvidenceError("its subject is no list")
    predicate = value.get("predicateType")
    if not isinstance(predicate, str) or not predicate.strip():
        raise EvidenceError("it has no predicateType")
    body = value.get("predicate")
    if body is not None and not isinstance(body, dict):
        raise EvidenceError("its predicate is no object")
    body = body or {}
    outcome, said = _result(predicate, body)
    return Statement(
        version=_TYPES[value["_type"]],
        predicate=predicate,
        subjects=tuple(map(_subject, subjects)),
        signatures=signatures,
        outcome=outcome,
        said=said,
        tests=_tests(predicate, body),
        date=_first(body, _DATES),
        tool=_first(body, _TOOLS),
    )


def _link(value: Mapping[str, Any], signatures: int | None) -> Statement:
    """What ``in-toto-run`` recorded of a step: the files that came out of it, and how its command ended."""
    products = value.get("products")
    if products is None or products == {}:
        raise EvidenceError("it has no product, so it speaks of nothing", Outcome.VOID)
    if not isinstance(products, dict):
        raise EvidenceError("its products are no object")
    name = value.get("name")
    if not isinstance(name, str) or not name.strip():
        raise EvidenceError("it does not name its step")
    aside = value.get("byproducts")
    ended = aside.get("return-value") if isinstance(aside, dict) else None
    if ended is not None and (isinstance(ended, bool) or not isinstance(ended, int)):
        raise EvidenceError(f"its return-value is {str(ended)[:40]!r} and no whole number")
    return Statement(
        version="",
        predicate=_LINK,
        subjects=tuple(_subject({"name": path, "digest": digest}) for path, digest in products.items()),
        signatures=signatures,
        outcome=Outcome.FAILED if ended else Outcome.VALID,
        said="" if ended is None else f"return value {ended}",
        tests={},
        date="",
        tool="",
        step=name,
    )


def _subject(value: Any) -> Subject:
    digests = value.get("digest") if isinstance(value, dict) else None
    if not isinstance(digests, dict) or not digests:
        raise EvidenceError("a subject has no digest")
    if not all(isinstance(d, str) and d for d in digests.values()):
        raise EvidenceError("a digest of a subject is no text")
    sha256 = digests.get("sha256", "").casefold()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise EvidenceError(f"the sha256 of a subject is {sha256[:80]!r} and not 64 hexadecimal digits")
    name = value.get("name") or value.get("uri") or ""
    return Subject(
        name=name if isinstance(name, str) else "",
        sha256=sha256,
        others=tuple(sorted(d for d in digests if d != "sha256")),
    )


def _result(predicate: str, body: Mapping[str, Any]) -> tuple[Outcome, str]:
    if predicate not in _RESULTS:
        return Outcome.VALID, ""
    name, words = _RESULTS[predicate]
    said = body.get(name)
    if not isinstance(said, str) or said not in words:
        raise EvidenceError(f"its {name} is {str(said)[:40]!r} and none of {', '.join(words)}")
    failed = body.get("failedTests") if predicate.endswith("/test-result/v0.1") else None
    if failed and words[said] is not Outcome.FAILED:
        return Outcome.FAILED, f"{said}, and lists tests that failed"
    return words[said], said


def _tests(predicate: str, body: Mapping[str, Any]) -> Mapping[str, int]:
    if not predicate.endswith("/test-result/v0.1"):
        return {}
    return {word: len(body[name]) for word, name in _TESTS.items() if isinstance(body.get(name), list)}


def _first(body: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> str:
    for path in paths:
        value: Any = body
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return ""


# ------------------------------------------------------------------------------- judging


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where every file that it is about is a subject, and no statement about them says *failed*."""
    documents: list[Document] = [e.content for e in exhibits]
    chosen = _chosen(claim.select, [s for d in documents for s in d.statements])
    wanted = dict(_about(claim))
    if not wanted:
        raise EvidenceError(
            "it is not said what the attestation speaks of; name evidence or files in `about`, "
            "or the digest of the released file in `artefact_sha256`",
            Outcome.UNCHECKED,
        )
    speaking = [s for s in chosen if any(s.speaks_of(digest) for digest in wanted.values())]
    unmatched = [name for name, digest in wanted.items() if not any(s.speaks_of(digest) for s in chosen)]
    counts = _counts(chosen, documents, len(wanted) - len(unmatched))
    if unmatched:
        return _unmatched(unmatched, wanted, chosen, counts)
    bad = [s for s in speaking if s.outcome is Outcome.FAILED]
    kinds = listed(list(dict.fromkeys(_named(s) for s in bad or speaking)))
    results = list(dict.fromkeys(s.said for s in bad or speaking if s.said))
    said = f" and says {listed(results)}" if results else ""
    return Verdict(
        outcome=Outcome.FAILED if bad else Outcome.VALID,
        reason=f"{kinds} speaks of {listed(list(wanted), _NAMED)}{said}; {_signed(speaking)}",
        counts=counts,
        tool=next((s.tool for s in speaking if s.tool), ""),
        date=min(filter(None, (s.date for s in speaking)), default=""),
    )


def _named(statement: Statement) -> str:
    if statement.step:
        return f"in-toto link of step {statement.step[:120]}"
    return f"in-toto Statement {statement.version} with predicate {statement.predicate[:120]}"


def _signed(statements: Iterable[Statement]) -> str:
    counted = [s.signatures for s in statements]
    total = sum(n or 0 for n in counted)
    if not total:
        return "it is not signed"
    said = "1 signature, not verified" if total == 1 else f"{total} signatures, not verified"
    return f"{said}; a part is not signed" if None in counted else said


def _counts(
    statements: Sequence[Statement], documents: Iterable[Document], matched: int
) -> Mapping[str, int]:
    tests: Counter[str] = Counter()
    for statement in statements:
        tests.update(statement.tests)
    found = {
        "statements": len(statements),
        "subjects": sum(len(s.subjects) for s in statements),
        "matched": matched,
        "signatures": sum(s.signatures or 0 for s in statements),
    }
    ignored = sum(d.ignored for d in documents)
    return found | ({"ignored": ignored} if ignored else {}) | {f"tests {k}": n for k, n in tests.items()}


def _chosen(select: str, statements: list[Statement]) -> list[Statement]:
    """The statements whose predicate type ``select`` names; all without it."""
    patterns = [p.strip() for p in select.replace("\n", ",").split(",") if p.strip()]
    if not patterns:
        return statements
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(s.predicate, pattern) for s in statements):
            kinds = listed(sorted({s.predicate[:120] for s in statements}))
            raise EvidenceError(f"no predicate is of type {pattern}; there is {kinds}", Outcome.MISSING)
    return [s for s in statements if any(fnmatch.fnmatchcase(s.predicate, p) for p in patterns)]


def _about(claim: Claim) -> Iterator[tuple[str, str]]:
    """Name and digest of everything that the attestation is said to speak of."""
    names = [n.strip() for n in re.split(r"[,;\n]", claim.fields.get("about", "")) if n.strip()]
    for name in names:
        for artefact in _files(name, claim):
            yield artefact.path, artefact.sha256
    if stated := claim.fields.get("artefact_sha256", "").casefold().removeprefix("sha256:"):
        if not _SHA256.fullmatch(stated):
            raise EvidenceError(f"artefact_sha256 {stated[:80]!r} is not a SHA-256 of 64 hexadecimal digits")
        yield f"the artefact with SHA-256 {stated[:12]}", stated


def _files(name: str, claim: Claim) -> list[Artefact]:
    evidence = claim.evidence.get(name)
    pattern = name if evidence is None else evidence.get("file", "").strip()
    if not pattern:
        raise EvidenceError(f"it is about {name}, and {name} names no file", Outcome.MISSING)
    try:
        return [file.artefact for file in claim.project.find(pattern)]
    except EvidenceError as error:
        reason = f"it is about {name}: {error.reason}"
        if evidence is None and (near := nearest(name, claim.evidence, n=1)):
            reason += f"; {did_you_mean(near)}"
        raise EvidenceError(reason, error.outcome) from error


def _unmatched(
    names: Sequence[str],
    wanted: Mapping[str, str],
    statements: Sequence[Statement],
    counts: Mapping[str, int],
) -> Verdict:
    """What is to be said where a file is no subject."""
    subjects = [s for statement in statements for s in statement.subjects]
    if not any(s.sha256 for s in subjects):
        kinds = sorted({kind for s in subjects for kind in s.others})
        reason = f"no subject has a sha256 to compare, only {listed(kinds)}"
        return Verdict(outcome=Outcome.UNCHECKED, reason=reason, counts=counts)
    reason = f"no subject is {listed([f'{n} ({wanted[n][:12]})' for n in names], _NAMED)}"
    same = [
        f"{s.name} there is {s.sha256[:12]}"
        for n in names
        for s in subjects
        if s.sha256 and s.name and s.name.rpartition("/")[2] == n.rpartition("/")[2]
    ]
    return Verdict(outcome=Outcome.FAILED, reason="; ".join([reason, *same[:_NAMED]]), counts=counts)
