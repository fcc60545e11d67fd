"""Attestations: do in-toto statements speak of the files that they are cited for?"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sphinx_cra.evidence import Cache, verdicts
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "attestation"
V01, V1 = "https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"
SLSA = "https://slsa.dev/provenance/v1"
TESTS = "https://in-toto.io/attestation/test-result/v0.1"
VSA = "https://slsa.dev/verification_summary/v1"
A, B = hashlib.sha256(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest()


def statement(
    *digests: str, kind: str = V1, predicate: str = SLSA, name: str = "x", **body: Any
) -> dict[str, Any]:
    subjects = [{"name": f"out/{name}{n}", "digest": {"sha256": d}} for n, d in enumerate(digests)]
    return {"_type": kind, "subject": subjects, "predicateType": predicate, "predicate": body}


def envelope(body: Any, *, signed: int = 1, **more: Any) -> dict[str, Any]:
    payload = base64.b64encode(json.dumps(body).encode()).decode()
    made = [{"keyid": "", "sig": "c2ln"}] * signed
    known = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": made}
    return {**known, **more}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "b.txt").write_bytes(b"b")
    return tmp_path


def judged(root: Path, content: Any, /, **fields: str) -> Verdict:
    """The verdict on an attestation, beside two pieces of evidence that it may be about."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    (root / "att.json").write_bytes(content)
    stated = {
        "E1": {"kind": "attestation", "file": "att.json", "about": "a.txt", **fields},
        "EVD_A": {"kind": "file", "file": "a.txt"},
        "EVD_URL": {"kind": "file", "url": "https://example.org"},
        "EVD_ALL": {"kind": "file", "file": "*.txt"},
    }
    items = [
        Item(
            id=name,
            kind=Kind.EVIDENCE,
            type="evidence",
            title="E",
            fields={k: v for k, v in said.items() if v},
        )
        for name, said in stated.items()
    ]
    return verdicts(items, root, Cache())["E1"]


# ------------------------------------------------------------------------------ matching


@pytest.mark.parametrize("kind", [V01, V1])
@pytest.mark.parametrize("about", ["a.txt", "EVD_A", " EVD_A ,", "a.*"])
def test_a_statement_about_the_file_is_valid(root: Path, kind: str, about: str) -> None:
    shown = judged(root, statement(A, kind=kind), about=about)
    assert shown.outcome is Outcome.VALID
    version = kind.rpartition("/")[2]
    assert shown.reason == (
        f"in-toto Statement {version} with predicate {SLSA} speaks of a.txt; it is not signed"
    )
    assert shown.counts == {"statements": 1, "subjects": 1, "matched": 1, "signatures": 0}
    assert [a.path for a in shown.artefacts] == ["att.json"]


def test_a_file_that_is_no_subject_fails_and_is_named(root: Path) -> None:
    shown = judged(root, statement(A), about="EVD_ALL")
    assert shown.outcome is Outcome.FAILED
    assert shown.reason == f"no subject is b.txt ({B[:12]})"
    assert shown.counts["matched"] == 1


def test_a_subject_of_the_same_name_with_another_digest_is_shown(root: Path) -> None:
    body = statement(B)
    body["subject"][0]["name"] = "dist/a.txt"
    shown = judged(root, body)
    assert shown.outcome is Outcome.FAILED
    assert shown.reason == f"no subject is a.txt ({A[:12]}); dist/a.txt there is {B[:12]}"


def test_a_name_alone_matches_nothing(root: Path) -> None:
    body = statement("0" * 64)
    body["subject"][0]["name"] = "a.txt"
    assert judged(root, body).outcome is Outcome.FAILED


def test_a_file_that_changed_since_is_no_subject_any_more(root: Path) -> None:
    assert judged(root, statement(A)).outcome is Outcome.VALID
    (root / "a.txt").write_bytes(b"a ")
    assert judged(root, statement(A)).outcome is Outcome.FAILED


def test_several_statements_together_speak_of_all_files(root: Path) -> None:
    lines = "\n".join(json.dumps(envelope(statement(d))) for d in (A, B))
    shown = judged(root, lines.encode(), about="EVD_ALL")
    assert (shown.outcome, shown.counts["statements"]) == (Outcome.VALID, 2)
    assert shown.reason.endswith("speaks of a.txt and b.txt; 2 signatures, not verified")


def test_the_digest_of_a_released_file_can_take_the_place_of_the_file(root: Path) -> None:
    shown = judged(root, statement(B), about="", artefact_sha256=f"sha256:{B.upper()}")
    assert shown.outcome is Outcome.VALID
    assert f"speaks of the artefact with SHA-256 {B[:12]}" in shown.reason
    assert judged(root, statement(A), about="", artefact_sha256=B).outcome is Outcome.FAILED
    assert judged(root, statement(A), artefact_sha256=B).outcome is Outcome.FAILED
    assert judged(root, statement(A), about="", artefact_sha256="b").outcome is Outcome.UNREADABLE


def test_an_attestation_about_nothing_proves_nothing(root: Path) -> None:
    shown = judged(root, statement(A), about="")
    assert shown.outcome is Outcome.UNCHECKED
    assert "name evidence or files in `about`" in shown.reason


@pytest.mark.parametrize(
    ("about", "outcome", "said"),
    [
        ("EVD_URL", Outcome.MISSING, "it is about EVD_URL, and EVD_URL names no file"),
        ("EVD_AA", Outcome.MISSING, "there is no file EVD_AA; did you mean EVD_A"),
        ("none/*", Outcome.MISSING, "it is about none/*: none/* matches no file"),
        ("../a.txt", Outcome.UNREADABLE, "leaves the project"),
    ],
)
def test_what_it_is_about_has_to_be_there(root: Path, about: str, outcome: Outcome, said: str) -> None:
    shown = judged(root, statement(A), about=about)
    assert shown.outcome is outcome
    assert said in shown.reason


def test_a_subject_without_a_sha256_is_not_compared(root: Path) -> None:
    body = statement(A)
    body["subject"] = [
        {"digest": {"gitCommit": "0" * 40}},
        {"digest": {"md5": "0cc175b9c0f1b6a831c399e269772661"}},
    ]
    shown = judged(root, body)
    assert shown.outcome is Outcome.UNCHECKED
    assert shown.reason == "no subject has a sha256 to compare, only gitCommit and md5"


@pytest.mark.parametrize("subject", [[], None])
def test_a_statement_without_a_subject_is_void(root: Path, subject: Any) -> None:
    assert judged(root, {**statement(A), "subject": subject}).outcome is Outcome.VOID
    body = statement(A)
    del body["subject"]
    assert judged(root, body).outcome is Outcome.VOID


# ------------------------------------------------------------------------------ envelopes


def test_signatures_are_counted_and_said_not_to_be_verified(root: Path) -> None:
    shown = judged(root, envelope(statement(A), signed=2))
    assert shown.outcome is Outcome.VALID
    assert shown.counts["signatures"] == 2
    assert shown.reason.endswith("; 2 signatures, not verified")


@pytest.mark.parametrize("kind", ["application/vnd.in-toto+json", "application/vnd.in-toto.provenance+json"])
def test_both_alphabets_of_base64_and_both_payload_types_are_read(root: Path, kind: str) -> None:
    body = statement(A, note="\u00ff\u00fe?>~")
    payload = base64.urlsafe_b64encode(json.dumps(body, ensure_ascii=False).encode()).decode()
    assert "-" in payload or "_" in payload
    assert judged(root, envelope(body, payload=payload, payloadType=kind)).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payload": "not base64!"}, "is not base64"),
        ({"payload": 7}, "is no text"),
        ({"payload": ""}, "not JSON"),
        ({"payload": base64.b64encode(b"[").decode()}, "not JSON"),
        ({"payload": base64.b64encode(b"\xff").decode()}, "not UTF-8"),
        ({"payload": base64.b64encode(b'{"_type": 1}').decode()}, "the _type of its payload is 1"),
        ({"payload": base64.b64encode(b"[]").decode()}, "the _type of its payload is not stated"),
        ({"payloadType": "text/plain"}, "its payloadType is 'text/plain'"),
        ({"payloadType": None}, "its payloadType is not stated"),
        ({"signatures": []}, "its envelope has no signature"),
        ({"signatures": None}, "its envelope has no signature"),
        ({"signatures": [{"sig": ""}]}, "a signature of its envelope is empty"),
        ({"signatures": ["sig"]}, "a signature of its envelope is empty"),
    ],
)
def test_an_envelope_that_is_none_is_unreadable(root: Path, change: dict[str, Any], said: str) -> None:
    shown = judged(root, envelope(statement(A), **change))
    assert shown.outcome is Outcome.UNREADABLE
    assert said in shown.reason


def test_lines_of_a_bundle_that_are_something_else_are_ignored_and_counted(root: Path) -> None:
    other = envelope(statement(A), payloadType="application/vnd.novulz+cbor")
    lines = [other, envelope(statement(A)), {"_type": "https://in-toto.io/Statement/v9"}]
    shown = judged(root, "\n\n".join(map(json.dumps, lines)).encode())
    assert (shown.outcome, shown.counts["statements"], shown.counts["ignored"]) == (Outcome.VALID, 1, 2)
    nothing = judged(root, "\n".join(map(json.dumps, (other, other))).encode())
    assert (nothing.outcome, "none of its lines" in nothing.reason) == (Outcome.UNREADABLE, True)


def test_a_bundle_with_a_line_that_was_cut_is_unreadable(root: Path) -> None:
    line = json.dumps(envelope(statement(A)))
    shown = judged(root, f"{line}\n{line[:-9]}".encode())
    assert (shown.outcome, "statement 2: not JSON" in shown.reason) == (Outcome.UNREADABLE, True)


def test_a_statement_laid_out_on_many_lines_is_one(root: Path) -> None:
    assert judged(root, json.dumps(statement(A), indent=2).encode()).outcome is Outcome.VALID


# ------------------------------------------------------------------------------- results


@pytest.mark.parametrize(
    ("predicate", "body", "outcome", "said"),
    [
        (TESTS, {"result": "PASSED"}, Outcome.VALID, "and says PASSED"),
        (TESTS, {"result": "WARNED"}, Outcome.VALID, "and says WARNED"),
        (TESTS, {"result": "FAILED"}, Outcome.FAILED, "and says FAILED"),
        (TESTS, {"result": "PASSED", "failedTests": ["t"]}, Outcome.FAILED, "lists tests that failed"),
        (TESTS, {"result": "passed"}, Outcome.UNREADABLE, "its result is 'passed' and none of PASSED"),
        (TESTS, {}, Outcome.UNREADABLE, "its result is 'None'"),
        (VSA, {"verificationResult": "PASSED"}, Outcome.VALID, "and says PASSED"),
        (VSA, {"verificationResult": "FAILED"}, Outcome.FAILED, "and says FAILED"),
        (VSA, {"verificationResult": ["PASSED"]}, Outcome.UNREADABLE, "none of PASSED, FAILED"),
        (VSA.replace("v1", "v0.2"), {"verification_result": "FAILED"}, Outcome.FAILED, "and says FAILED"),
        ("https://example.org/x", {"result": "FAILED"}, Outcome.VALID, "speaks of a.txt; it is not"),
    ],
)
def test_only_results_with_a_field_and_words_of_their_own_decide(
    root: Path, predicate: str, body: dict[str, Any], outcome: Outcome, said: str
) -> None:
    shown = judged(root, statement(A, predicate=predicate, **body))
    assert shown.outcome is outcome
    assert said in shown.reason


def test_a_result_about_another_file_decides_nothing(root: Path) -> None:
    bad = statement(B, predicate=VSA, verificationResult="FAILED")
    lines = "\n".join(json.dumps(s) for s in (statement(A), bad))
    assert judged(root, lines.encode()).outcome is Outcome.VALID
    assert judged(root, lines.encode(), about="EVD_ALL").outcome is Outcome.FAILED


def test_tests_are_counted_date_and_tool_are_those_of_the_predicate(root: Path) -> None:
    shown = judged(
        root, statement(A, predicate=TESTS, result="WARNED", passedTests=["a", "b"], warnedTests=["c"])
    )
    assert (shown.counts["tests passed"], shown.counts["tests warned"]) == (2, 1)
    details = {
        "builder": {"id": "https://builder.example"},
        "metadata": {"finishedOn": "2026-11-01T00:00:00Z"},
    }
    shown = judged(root, statement(A, runDetails=details))
    assert (shown.tool, shown.date) == ("https://builder.example", "2026-11-01T00:00:00Z")
    assert judged(root, statement(A, runDetails=["x"], builder="y")).tool == ""


def test_a_predicate_can_be_selected(root: Path) -> None:
    lines = "\n".join(
        json.dumps(s) for s in (statement(B), statement(A, predicate="https://example.org/x/v1"))
    )
    assert judged(root, lines.encode(), select="https://example.org/*").outcome is Outcome.VALID
    assert judged(root, lines.encode(), select=SLSA).outcome is Outcome.FAILED
    absent = judged(root, lines.encode(), select=f"{SLSA}, https://example.org/y/*")
    assert absent.outcome is Outcome.MISSING
    assert absent.reason.startswith(
        "no predicate is of type https://example.org/y/*; there is https://example.org/x"
    )


# -------------------------------------------------------------------------------- broken


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b"PASSED",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{}",
        b'{"_type": "https://in-toto.io/Statement/v1", "_type": "x"}',
        b'{"_type": ["https://in-toto.io/Statement/v1"]}',
        b'{"dsseEnvelope": []}',
        b'{"dsseEnvelope": {"payload": {}}}',
        b"a\nb\nc",
    ],
)
def test_what_is_no_attestation_is_unreadable(root: Path, content: bytes) -> None:
    assert judged(root, content).outcome is Outcome.UNREADABLE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": {}}, "its subject is no list"),
        ({"subject": ["a.txt"]}, "a subject has no digest"),
        ({"subject": [{"name": "a.txt"}]}, "a subject has no digest"),
        ({"subject": [{"digest": {}}]}, "a subject has no digest"),
        ({"subject": [{"digest": A}]}, "a subject has no digest"),
        ({"subject": [{"digest": {"sha256": 7}}]}, "a digest of a subject is no text"),
        ({"subject": [{"digest": {"sha256": ""}}]}, "a digest of a subject is no text"),
        ({"subject": [{"digest": {"sha256": A[:-1]}}]}, "not 64 hexadecimal digits"),
        ({"predicateType": ""}, "it has no predicateType"),
        ({"predicateType": None}, "it has no predicateType"),
        ({"predicate": []}, "its predicate is no object"),
    ],
)
def test_a_statement_that_is_not_as_specified_is_unreadable(
    root: Path, change: dict[str, Any], said: str
) -> None:
    shown = judged(root, {**statement(A), **change})
    assert shown.outcome is Outcome.UNREADABLE
    assert said in shown.reason


def test_fields_that_nobody_knows_and_a_predicate_left_out_are_no_fault(root: Path) -> None:
    body = {**statement(A), "https://example.org/extension": 1}
    del body["predicate"]
    del body["subject"][0]["name"]
    assert judged(root, body).outcome is Outcome.VALID


# ------------------------------------------------------------------ what real tools wrote


def test_a_sigstore_bundle_is_read(root: Path) -> None:
    content = (DATA / "sigstore-bundle.json").read_bytes()
    digest = "a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf"
    shown = judged(root, content, about="", artefact_sha256=digest)
    assert shown.outcome is Outcome.VALID
    assert f"Statement v1 with predicate {SLSA}" in shown.reason
    assert shown.reason.endswith("1 signature, not verified")
    assert shown.tool == "https://github.com/sigstore-conformance/rekor2-dsse-hashedrekord-regen"
    other = judged(root, content)
    assert other.outcome is Outcome.FAILED
    assert f"a.txt there is {digest[:12]}" in other.reason


def test_a_verification_summary_without_a_sha256_cannot_be_compared(root: Path) -> None:
    shown = judged(root, (DATA / "slsa-vsa.jsonl").read_bytes())
    assert shown.outcome is Outcome.UNCHECKED
    assert "only gce_image_id" in shown.reason


# ------------------------------------------------------------------------------ links


def link(*digests: str, ended: Any = 0, **more: Any) -> dict[str, Any]:
    products = {f"out/{n}": {"sha256": d} for n, d in enumerate(digests)}
    known = {"_type": "link", "name": "build", "materials": {}, "products": products, "command": ["make"]}
    return {**known, "byproducts": {"return-value": ended}, "environment": {}, **more}


@pytest.mark.parametrize("dsse", [True, False])
def test_the_products_of_a_link_are_its_subjects(root: Path, dsse: bool) -> None:
    made = link(A)
    content = envelope(made) if dsse else {"signed": made, "signatures": [{"keyid": "k", "sig": "00"}]}
    shown = judged(root, content)
    assert shown.outcome is Outcome.VALID
    assert shown.reason == (
        "in-toto link of step build speaks of a.txt and says return value 0; 1 signature, not verified"
    )
    assert judged(root, content, about="EVD_ALL").outcome is Outcome.FAILED
    assert judged(root, content, select="link").outcome is Outcome.VALID
    assert judged(root, content, select="https://*").outcome is Outcome.MISSING


def test_materials_of_a_link_are_what_it_was_made_from_and_no_subjects(root: Path) -> None:
    shown = judged(root, link(B, materials={"a.txt": {"sha256": A}}))
    assert shown.outcome is Outcome.FAILED


def test_a_link_of_a_command_that_failed_is_failed(root: Path) -> None:
    shown = judged(root, link(A, ended=2))
    assert shown.outcome is Outcome.FAILED
    assert "says return value 2" in shown.reason


def test_a_link_without_a_command_says_nothing_of_its_end(root: Path) -> None:
    shown = judged(root, link(A, byproducts={}))
    assert shown.outcome is Outcome.VALID
    assert "says" not in shown.reason


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        (link(), Outcome.VOID, "it has no product, so it speaks of nothing"),
        (link(products=None), Outcome.VOID, "it has no product, so it speaks of nothing"),
        (link(products=["a"]), Outcome.UNREADABLE, "its products are no object"),
        (link(products={"a": {}}), Outcome.UNREADABLE, "a subject has no digest"),
        (link(A, name=""), Outcome.UNREADABLE, "it does not name its step"),
        (link(A, ended="0"), Outcome.UNREADABLE, "its return-value is '0' and no whole number"),
        (link(A, ended=True), Outcome.UNREADABLE, "its return-value is 'True' and no whole number"),
        (
            {"signed": link(A), "signatures": []},
            Outcome.UNREADABLE,
            "its envelope has no signature",
        ),
        (
            {"signed": {"_type": "layout"}, "signatures": [{"sig": "00"}]},
            Outcome.UNREADABLE,
            "no in-toto statement and no envelope of one: the _type of what is signed is 'layout'",
        ),
    ],
)
def test_a_link_that_cannot_be_used_proves_nothing(
    root: Path, content: Any, outcome: Outcome, reason: str
) -> None:
    shown = judged(root, content)
    assert shown.outcome is outcome
    assert reason in shown.reason
