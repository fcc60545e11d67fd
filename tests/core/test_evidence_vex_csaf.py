"""CSAF: mandatory tests of the standard about what stands beside the statements."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sphinx_cra.evidence import EvidenceError, vex
from test_evidence_vex import csaf

NOW, LATER = "2026-10-01T10:00:00.000+02:00", "2026-10-01T08:00:01.000Z"
"""The time of the only revision, in another zone, and a second after it."""


def fault(version: str, where: str, value: Any, *, status: str = "final") -> str:
    """Why a document that is without fault is refused when this stands there; empty if it is not.

    :param where: keys and indices with dots between.
    """
    document: Any = csaf(version, fixed=["HUB-25"])
    document["document"]["tracking"]["status"] = status
    at: Any = document
    *way, last = where.split(".")
    for key in way:
        at = at[int(key)] if key.isdigit() else at[key]
    at[int(last) if last.isdigit() else last] = value
    try:
        vex.parse(json.dumps(document).encode())
    except EvidenceError as error:
        return error.reason
    return ""


def helper(**parts: Any) -> dict[str, Any]:
    return {"product_id": "LIB", "name": "urllib3", "product_identification_helper": parts}


def digests(*names: str) -> list[dict[str, Any]]:
    found = [{"algorithm": name, "value": f"{n:064}"} for n, name in enumerate(names)]
    return [{"filename": "hub.bin", "file_hashes": found}]


def involved(*dates: str | None, party: str = "vendor") -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"party": party, "status": "open"} for _ in dates]
    for one, date in zip(said, dates, strict=True):
        if date:
            one["date"] = date
    return said


def scores(*versions: str, product: str = "HUB-24") -> list[dict[str, Any]]:
    return [{"products": [product], f"cvss_v{v[0]}": {"version": v}} for v in versions]


def metrics(*contents: dict[str, Any], source: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"products": ["HUB-24"], "content": c} for c in contents]
    return [{**one, "source": source} for one in found] if source else found


CVSS = {"cvss_v3": {"version": "3.1"}}
ITEM, TREE, SHARED = "vulnerabilities.0", "product_tree.full_product_names.0", "document.distribution"


def group(ident: str, name: str | None = None, label: str = "CLEAR") -> dict[str, Any]:
    said = {"id": ident * 8 + f"-{ident * 4}" * 3 + f"-{ident * 12}"} | ({"name": name} if name else {})
    return {"tlp": {"label": label}, "sharing_group": said}


def branch(*categories: str, name: str = "vers:semver/<2.4") -> list[dict[str, Any]]:
    """One branch in the other, the last of which holds a product."""
    found: dict[str, Any] = {"product": {"product_id": "X", "name": "X"}}
    for category in reversed(categories):
        found = {"category": category, "name": name, **found}
        found = {"branches": [found]} if "branches" in found or "product" in found else found
    inner: list[dict[str, Any]] = found["branches"]
    return inner


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize(
    ("where", "bad", "good", "test"),
    [
        (f"{ITEM}.involvements", involved(NOW, "2026-10-01T08:00:00Z"), involved(NOW, LATER), "6.1.24"),
        (f"{ITEM}.involvements", involved(None, None), involved(None, NOW), "6.1.24"),
        (f"{TREE}", helper(hashes=digests("md5", "md5")), helper(hashes=digests("md5", "sha1")), "6.1.25"),
    ],
)
def test_what_both_versions_test_is_tested(version: str, where: str, bad: Any, good: Any, test: str) -> None:
    assert f"({test})" in fault(version, where, bad)
    assert not fault(version, where, good)


def _translated(version: str, source: str | None) -> dict[str, Any]:
    document: dict[str, Any] = csaf(version)["document"]
    document["publisher"]["category"] = "translator"
    return {**document, "lang": "en"} | ({"source_lang": source} if source else {})


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_translator_says_from_which_language_and_that_is_another(version: str) -> None:
    assert "(6.1.15)" in fault(version, "document", _translated(version, None))
    assert "(6.1.28)" in fault(version, "document", _translated(version, "EN"))
    assert not fault(version, "document", _translated(version, "de"))


def test_a_product_has_one_score_of_a_version() -> None:
    assert "more than one score of CVSS 3.1 in CVE-2024-0001 (6.1.7)" in fault(
        "2.0", f"{ITEM}.scores", scores("3.1", "3.1")
    )
    assert not fault("2.0", f"{ITEM}.scores", scores("3.1", "3.0", "2.0"))
    assert not fault("2.0", f"{ITEM}.scores", [*scores("3.1"), *scores("3.1", product="HUB-25")])
    where = f"{ITEM}.metrics"
    assert "(6.1.7)" in fault("2.1", where, metrics(CVSS, CVSS))
    assert not fault("2.1", where, [*metrics(CVSS), *metrics(CVSS, source="https://example.com/b")])


@pytest.mark.parametrize(
    ("where", "bad", "good", "test"),
    [
        (SHARED, group("f", "Public", "RED"), group("f", "Public"), "6.1.38"),
        (SHARED, group("0", "No sharing allowed"), group("0", "No sharing allowed", "RED"), "6.1.39"),
        (SHARED, group("5"), group("5", label="AMBER"), "6.1.39"),
        (SHARED, group("5", "Public", "RED"), group("5", "Partners", "RED"), "6.1.40"),
        (SHARED, group("f"), group("f", "Public"), "6.1.41"),
        (
            TREE,
            helper(purls=["pkg:maven/a/log@1", "pkg:maven/a/audit@1"]),
            helper(purls=["pkg:maven/a/log@1?type=jar", "pkg:maven/a/log@1?type=pom"]),
            "6.1.42",
        ),
        (TREE, helper(model_numbers=["P*A*"]), helper(model_numbers=["P*A\\*", "P?A?"]), "6.1.43"),
        (TREE, helper(serial_numbers=["**"]), helper(serial_numbers=["\\*\\**"]), "6.1.44"),
        (TREE, helper(skus=["A*B*"]), helper(skus=["A*B"]), "6.1.61"),
        (f"{ITEM}.disclosure_date", LATER, NOW, "6.1.45"),
        (
            f"{ITEM}.metrics",
            metrics({"ssvc_v2": {"target_ids": ["CVE-2024-9999"]}}),
            metrics({"ssvc_v2": {"target_ids": ["CVE-2024-0001", "EX-BUG-7"]}}),
            "6.1.47",
        ),
        (
            f"{ITEM}.metrics",
            metrics({"ssvc_v2": {"timestamp": LATER}}),
            metrics({"ssvc_v2": {"timestamp": NOW}}),
            "6.1.49",
        ),
        (
            f"{ITEM}.metrics",
            metrics({"epss": {"timestamp": LATER}}),
            metrics({"epss": {"timestamp": NOW}}, {"epss": 3}),
            "6.1.51",
        ),
        (
            f"{ITEM}.first_known_exploitation_dates",
            [{"date": LATER, "exploitation_date": NOW, "product_ids": ["HUB-24"]}],
            [{"date": NOW, "exploitation_date": NOW, "product_ids": ["HUB-24"]}],
            "6.1.52",
        ),
        (
            f"{ITEM}.first_known_exploitation_dates",
            [{"date": "2026-09-01T00:00:00Z", "exploitation_date": NOW, "product_ids": ["HUB-24"]}],
            [{"date": NOW, "exploitation_date": "2026-09-01T00:00:00Z", "product_ids": ["HUB-24"]}],
            "6.1.53",
        ),
        (
            f"{ITEM}.metrics",
            metrics(CVSS, {"qualitative_severity_rating": "low"}),
            [*metrics(CVSS), *metrics({"qualitative_severity_rating": "low"}, source="https://b.example")],
            "6.1.56",
        ),
        (
            "product_tree.branches.0.branches.0.branches.2",
            branch("language", "service_pack", "language", name="x")[0],
            branch("product_family", "product_family", "language", name="x")[0],
            "6.1.57",
        ),
        (
            "product_tree.branches.0.branches.0.branches.2",
            branch("product_version", "product_version_range")[0],
            branch("product_version_range")[0],
            "6.1.58",
        ),
        (
            "product_tree.branches.0.branches.0.branches.2",
            branch("product_version_range", name="vers:intdot/4.2.0")[0],
            branch("product_version_range", name="vers:intdot/>=4.2.0")[0],
            "6.1.59",
        ),
    ],
)
def test_what_the_newer_version_tests_is_tested_of_it(where: str, bad: Any, good: Any, test: str) -> None:
    assert f"({test})" in fault("2.1", where, bad)
    assert not fault("2.1", where, good)


def test_a_draft_may_have_dates_to_come_and_a_group_that_shares_with_nobody() -> None:
    for where, value in (
        (SHARED, group("0", "No sharing allowed")),
        (f"{ITEM}.metrics", metrics({"epss": {"timestamp": LATER}})),
    ):
        assert fault("2.1", where, value)
        assert not fault("2.1", where, value, status="draft")


@pytest.mark.parametrize("wrong", [None, True, 3, [], {}, [{}], [None], "x", {"target_ids": [{}]}])
def test_what_a_score_holds_may_be_anything_and_raises_nothing(wrong: Any) -> None:
    for name in ("cvss_v2", "cvss_v3", "cvss_v4", "ssvc_v2", "epss", "qualitative_severity_rating", "cvss_"):
        fault("2.1", f"{ITEM}.metrics", metrics({name: wrong}))
        if name.startswith("cvss"):
            fault("2.0", f"{ITEM}.scores", [{"products": ["HUB-24"], name: wrong}])
    fault("2.1", SHARED, {"tlp": {"label": "CLEAR"}, "sharing_group": wrong})
    fault("2.1", SHARED, {"tlp": {"label": "CLEAR"}, "sharing_group": {"id": wrong, "name": wrong}})
    fault("2.1", f"{ITEM}.metrics", metrics({"ssvc_v2": {"target_ids": wrong, "timestamp": wrong}}))
    assert "(6.1.47)" in fault("2.1", f"{ITEM}.metrics", metrics({"ssvc_v2": {"target_ids": [wrong]}}))


def test_a_version_of_thousands_of_digits_is_refused() -> None:
    assert "document.tracking.version" in fault("2.0", "document.tracking.version", "1" * 5000)
