"""Known vulnerabilities: what a scan, the SBOM and VEX statements say together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence.scan import Finding, Scan
from sphinx_cra.evidence.vex.model import Part, Source, Statement, Status
from sphinx_cra.known_vulnerabilities import Known, known

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Component:
    name: str
    version: str = "2.0"
    purl: str = ""


HUB = Component("Hub", "2.4", "pkg:generic/hub@2.4")
LIB = Component("urllib3", "2.0", "pkg:pypi/urllib3@2.0")
OTHER = Component("zlib", "1.3", "pkg:generic/zlib@1.3")
SOURCE = Source(format="OpenVEX 0.2.0", id="https://example.com/vex/1")


def part(component: Component) -> Part:
    return Part(name=component.name, version=component.version, purls=(component.purl,))


def finding(name: str = "CVE-2024-0001", component: Component = LIB, **more: Any) -> Finding:
    return Finding(vulnerability=name, component=part(component), **{"severity": "high", **more})


def scan(*findings: Finding, **more: Any) -> Scan:
    facts = {"tool": "grype 0.87.0", "date": "2026-10-01T15:00:00Z", "database": "2026-09-30T01:00:00Z"}
    return Scan(**{**facts, "findings": findings, **more})


def says(status: Status = Status.NOT_AFFECTED, name: str = "CVE-2024-0001", **more: Any) -> Statement:
    facts: dict[str, Any] = {
        "source": SOURCE,
        "product": part(HUB),
        "component": part(LIB),
        "vulnerability": name,
        "status": status,
        "date": "2026-10-02T08:00:00Z",
    }
    if status is Status.NOT_AFFECTED:
        facts["justification"] = "vulnerable_code_not_in_execute_path"
    if status is Status.AFFECTED:
        facts["action"] = "Update."
    return Statement(**{**facts, **more})


def of(scans: Iterable[Scan], statements: Iterable[Statement] = (), **more: Any) -> Known:
    return known([LIB, OTHER], scans, statements, **{"product": HUB, **more})


def test_a_clean_scan_is_said_with_its_source_and_date() -> None:
    found = of([scan()])
    assert (found.matches, found.unchecked) == ((), "")
    assert found.summary == (
        "Annex I, Part I, point (2)(a): no known vulnerability was found in 2 components by grype 0.87.0 "
        "(run 2026-10-01, database of 2026-09-30)."
    )


def test_without_a_scan_it_was_not_checked_whatever_is_stated() -> None:
    assert of([]).summary == (
        "Annex I, Part I, point (2)(a) was not checked: no scan looked for known vulnerabilities."
    )
    assert of([], [says()]).summary.endswith("vulnerabilities, and what is stated is 1 not affected.")
    assert known([], [scan()], []).unchecked == "no SBOM names the components"
    blind = scan(blind="it names no database of vulnerabilities")
    assert "grype 0.87.0: it names no database" in of([blind]).summary


def test_a_finding_that_nobody_speaks_of_is_unknown() -> None:
    [one] = of([scan(finding(fixed_in=("2.1",)))]).matches
    assert (one.status, one.severity, one.listed) == (Status.UNKNOWN, "high", True)
    assert one.why == "no statement says what it means for the product; urllib3 is fixed in 2.1"
    assert (one.source, one.date) == ("grype 0.87.0", "2026-09-30T01:00:00Z")


def test_a_statement_settles_a_finding_and_says_why_since_when_and_where() -> None:
    [one] = (found := of([scan(finding())], [says()])).matches
    assert (one.status, one.why) == (Status.NOT_AFFECTED, "vulnerable code not in execute path")
    assert (one.source, one.date) == ("https://example.com/vex/1", "2026-10-02T08:00:00Z")
    assert found.open == ()
    assert found.summary.endswith("(run 2026-10-01, database of 2026-09-30): 1 not affected; none is open.")


def test_every_status_is_counted_and_the_open_ones_are_named_worst_first() -> None:
    scans = [scan(*(finding(f"CVE-{n}") for n in range(1, 6)))]
    statements = [
        says(Status.FIXED, "CVE-1"),
        says(Status.AFFECTED, "CVE-2"),
        says(Status.UNDER_INVESTIGATION, "CVE-3"),
        says(Status.NOT_AFFECTED, "CVE-4"),
    ]
    found = of(scans, statements)
    assert [m.status for m in found.matches] == [
        Status.AFFECTED,
        Status.UNKNOWN,
        Status.UNDER_INVESTIGATION,
        Status.FIXED,
        Status.NOT_AFFECTED,
    ]
    assert found.summary.endswith(
        ": 1 affected, 1 unknown, 1 under investigation, 1 fixed and 1 not affected; open: "
        "CVE-2 in urllib3 2.0, CVE-5 in urllib3 2.0 and CVE-3 in urllib3 2.0."
    )


def test_a_statement_is_found_by_an_alias_and_by_a_purl_without_a_version() -> None:
    loose = Part(name="x", purls=("pkg:pypi/urllib3",))
    found = of([scan(finding("GHSA-x", aliases=("CVE-2024-0001",)))], [says(component=loose)])
    assert [m.status for m in found.matches] == [Status.NOT_AFFECTED]
    assert (found.matches[0].vulnerability, found.matches[0].aliases) == ("CVE-2024-0001", ("GHSA-x",))


def test_an_advisory_about_two_vulnerabilities_is_not_settled_by_a_statement_on_one() -> None:
    advisory = finding("RHSA-1", aliases=("CVE-1", "CVE-2"))
    found = of([scan(advisory)], [says(name="CVE-1")])
    assert [(m.vulnerability, m.status) for m in found.matches] == [
        ("CVE-2", Status.UNKNOWN),
        ("CVE-1", Status.NOT_AFFECTED),
    ]
    assert of([scan(advisory)], [says(name="RHSA-1")]).open == ()


def test_another_component_version_or_product_is_not_meant() -> None:
    newer = replace(LIB, version="2.1", purl="pkg:pypi/urllib3@2.1")
    for statement in (
        says(component=part(OTHER)),
        says(component=part(newer)),
        says(product=part(Component("Box", "1", "pkg:generic/box@1"))),
        says(name="CVE-2024-0002"),
    ):
        [unknown, *_] = of([scan(finding())], [statement]).matches
        assert (unknown.vulnerability, unknown.status) == ("CVE-2024-0001", Status.UNKNOWN)


def test_a_statement_about_the_whole_product_or_by_the_maker_of_a_component_counts() -> None:
    whole = says(component=None)
    upstream = says(product=part(LIB), component=None)
    for statement in (whole, upstream):
        assert of([scan(finding())], [statement]).open == ()


def test_a_range_of_versions_only_counts_against_the_product() -> None:
    ranged = Part(name="urllib3", range="vers:pypi/<2.1")
    assert [m.status for m in of([scan(finding())], [says(component=ranged)]).open] == [Status.UNKNOWN]
    [one] = of([scan(finding())], [says(Status.AFFECTED, component=ranged)]).matches
    assert one.status is Status.AFFECTED


def test_the_latest_statement_counts_and_of_one_moment_the_worse() -> None:
    later = says(Status.AFFECTED, date="2026-10-03T00:00:00Z")
    assert [m.status for m in of([scan(finding())], [later, says()]).matches] == [Status.AFFECTED]
    earlier = replace(later, date="2026-10-01T00:00:00Z")
    assert of([scan(finding())], [earlier, says()]).open == ()
    same = replace(later, date="2026-10-02T10:00:00+02:00")
    assert [m.status for m in of([scan(finding())], [same, says()]).matches] == [Status.AFFECTED]


def test_a_statement_that_cannot_be_used_settles_nothing() -> None:
    [one] = of([scan(finding())], [says(justification="", fault="it gives no reason")]).matches
    assert one.status is Status.UNKNOWN
    assert one.why == "the statement in https://example.com/vex/1 cannot be used: it gives no reason"


def test_a_statement_falls_with_what_makes_it_true() -> None:
    statement = says(supported_by=("CTRL_A", "CTRL_B"))
    assert of([scan(finding())], [statement], fallen={"CTRL_C"}).open == ()
    [one] = of([scan(finding())], [statement], fallen={"CTRL_B"}).matches
    assert (one.status, one.why) == (
        Status.UNKNOWN,
        "it is stated to be not affected, but CTRL_B does not hold",
    )


def test_what_is_stated_and_no_scanner_found_is_known_too() -> None:
    product = says(Status.AFFECTED, "CVE-9", component=None)
    [first, second] = of([scan()], [says(Status.AFFECTED), product]).matches
    assert (str(first), first.severity, first.listed) == ("CVE-2024-0001 in urllib3 2.0", "", True)
    assert (str(second), second.listed) == ("CVE-9 in Hub 2.4", False)


def test_a_finding_that_the_scanner_ignores_is_open_until_a_statement_says_why() -> None:
    ignored = scan(finding(ignored=True))
    assert of([ignored]).open[0].why.startswith("the scanner was told to ignore it")
    assert of([ignored], [says()]).open == ()


def test_two_scanners_that_find_the_same_give_one_match_with_the_worst_severity() -> None:
    other = scan(finding("GHSA-x", aliases=("CVE-2024-0001",), severity="critical"), tool="OSV-Scanner")
    [one] = of([scan(finding(severity="low")), other]).matches
    assert one.severity == "critical"


def test_a_component_that_the_sbom_does_not_list_is_kept_and_marked() -> None:
    [one] = of([scan(finding(component=Component("ghost", "1", "pkg:generic/ghost@1")))]).matches
    assert (str(one), one.listed) == ("CVE-2024-0001 in ghost 1", False)


def test_every_one_of_many_components_is_matched_with_its_own_statement() -> None:
    components = [Component(f"c{n}", "1", f"pkg:generic/c{n}@1") for n in range(2_000)]
    findings = [finding(f"CVE-2024-{n:05}", c) for n, c in enumerate(components)]
    statements = [says(name=f"CVE-2024-{n:05}", component=part(c)) for n, c in enumerate(components)]
    found = known(components, [scan(*findings)], statements, product=HUB)
    assert (len(found.matches), found.open) == (2_000, ())
