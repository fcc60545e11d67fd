"""Readers of everything but HTML and PDF: JSON, CSV, the workbook, OSCAL, CycloneDX and ReqIF.

None of them shares code with what wrote the file: the names of columns and properties stand here once
more, on purpose.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import defusedxml
from defusedxml import ElementTree

from sphinx_cra.parity.seen import Part, Seen, Unreadable, Wrong
from sphinx_cra.words import told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MAX_BYTES = 1024 * 1024 * 1024
STATES = ("excluded", "failed", "verified", "covered", "planned", "supported", "open")
GAPS = ("failed", "planned", "supported", "open")
FORMS = ("OSCAL catalogue", "OSCAL component definition", "OSCAL assessment results", "CycloneDX", "ReqIF")
MANIFEST = "manifest.json"
NAMES = ("oscal-catalog.json", "oscal-component.json", "oscal-results.json", "cyclonedx-attestation.json")
"""Names that our pages give to exports; a file of such a name has to be one."""
SPREADSHEETS = "it needs openpyxl; pip install 'sphinx-cra[parity]'"

_ROOTS = {
    "catalog": "OSCAL catalogue",
    "component-definition": "OSCAL component definition",
    "assessment-results": "OSCAL assessment results",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What ``assessment.json`` says, and what its own lists add up to."""

    parts: Mapping[Part, Mapping[str, Mapping[str, str]]]
    catalogues: tuple[tuple[str, str], ...]
    """Id and short name, in the order of the file."""
    counted_again: Seen
    raw: bytes
    folder: Path
    points: Mapping[str, str]
    """Point of Annex VII as printed -> its name."""
    carried: Mapping[str, frozenset[str]]
    """Clause -> the needs that stand for it, or say that it does not apply."""

    @property
    def pairs(self) -> list[str]:
        """``REQ_A for LAW_B``: every need that stands for a clause."""
        return [pair(item, clause) for clause, items in self.carried.items() for item in items]

    def clauses(self, *, excluded: bool) -> list[str]:
        """Clauses that have a state, and are or are not declared not applicable."""
        known = self.parts[Part.CLAUSE].items()
        return [n for n, said in known if said["state"] and (said["state"] == "excluded") == excluded]

    @property
    def gaps(self) -> list[str]:
        """Clauses that are counted and not done."""
        known = self.parts[Part.CLAUSE].items()
        return [n for n, said in known if said["counted"] == "yes" and said["state"] in GAPS]


def pair(item: str, clause: str) -> str:
    """How a need that stands for a clause is named."""
    return f"{item} for {clause}"


# ------------------------------------------------------------------------ assessment.json


def expected(path: Path) -> Expected:
    """What a build says, to hold its other files against.

    :raises Unreadable: if it is not there, or no assessment.
    """
    raw, data = _assessment(path)
    try:
        catalogues = tuple((str(c["id"]), str(c["short"])) for c in data["catalogues"])
        again = _parts(data)
        stated = {part: {s.id: s.said for s in again.sightings if s.part is part} for part in Part}
        stated[Part.TOTAL] = _stated_totals(data["totals"])
        points = {str(p["printed"]): str(p["point"]) for p in data["dossier"]}
        known = stated[Part.ITEM].keys()
        carried = {
            str(r["clause"]): frozenset(known & {*r["carriers"], *r["controls"], *r["exclusions"]})
            for r in data["rows"]
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it is no assessment.json of this version ({error!r}); build again") from error
    return Expected(stated, catalogues, again, raw, path.parent, points, carried)


def assessment(path: Path) -> Seen:
    """What another ``assessment.json`` says."""
    _, data = _assessment(path)
    try:
        return _parts(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it is no assessment.json of this version ({error!r})") from error


def _assessment(path: Path) -> tuple[bytes, Any]:
    raw = contents(path)
    data = _json(raw)
    if not isinstance(data, dict) or data.get("format") != "sphinx-cra assessment":
        raise Unreadable("it is no assessment.json of a build")
    return raw, data


def _parts(data: Any) -> Seen:
    """Everything in the lists of an assessment, and the totals that follow from them."""
    seen = Seen(whole=frozenset({Part.CLAUSE, Part.ITEM, Part.VERDICT, Part.POINT, Part.TOTAL}))
    states: dict[str, Counter[str]] = {str(c["id"]): Counter() for c in data["catalogues"]}
    for row in data["rows"]:
        seen.add(
            Part.CLAUSE,
            row["clause"],
            framework=row["framework"],
            state=row["state"] or "",
            counted="yes" if row["counted"] else "no",
            carriers=str(len(row["carriers"])),
            implemented=str(row["implemented"]),
            proven=str(row["proven"]),
        )
        of = states[row["framework"]]
        of["clauses"] += 1
        of["gaps"] += bool(row["counted"] and row["state"] in GAPS)
        if row["counted"]:
            of["counted"] += 1
            of[row["state"]] += 1
    for item in data["items"]:
        seen.add(Part.ITEM, item["id"], kind=item["kind"])
    for verdict in data["verdicts"]:
        seen.add(Part.VERDICT, verdict["item"], outcome=verdict["outcome"])
    for point in data["dossier"]:
        seen.add(Part.POINT, point["point"], presence=point["presence"])
    for framework, found in states.items():
        for name in ("clauses", "counted", "gaps", *STATES):
            seen.add(Part.TOTAL, f"{framework}, {name}", count=str(found[name]))
    _add_counts(seen, "items", Counter(i["kind"] for i in data["items"]), data["totals"]["items"])
    outcomes = Counter(v["outcome"] for v in data["verdicts"])
    _add_counts(seen, "verdicts", outcomes, data["totals"]["evidence"])
    return seen


def _add_counts(seen: Seen, sort: str, found: Counter[str], named: Mapping[str, int]) -> None:
    for name in sorted({*named, *found}):
        seen.add(Part.TOTAL, f"{sort}, {name}", count=str(found[name]))


def _stated_totals(totals: Any) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {
        f"{framework}, {name}": {"count": str(count)}
        for framework, total in totals["catalogues"].items()
        for name, count in {**total, **total["states"]}.items()
        if name in ("clauses", "counted", "gaps", *STATES)
    }
    for sort, key in (("items", "items"), ("verdicts", "evidence")):
        found |= {f"{sort}, {name}": {"count": str(n)} for name, n in totals[key].items()}
    return found


# ---------------------------------------------------------------------------------- tables


def csv_file(path: Path, _: Expected) -> Seen:
    """What ``matrix.csv`` says."""
    seen = Seen(whole=frozenset({Part.CLAUSE}))
    try:
        text = contents(path).decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        for row in rows:
            seen.add(
                Part.CLAUSE,
                row["clause"],
                f"line {rows.line_num}",
                **{n: row[n] for n in ("state", "counted", "carriers", "implemented", "proven")},
            )
            _outcomes(seen, row["evidence"].split("; "), f"line {rows.line_num}")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 (byte {error.start})") from error
    except csv.Error as error:
        raise Unreadable(f"not CSV: {error}") from error
    except (KeyError, AttributeError, TypeError) as error:
        raise Unreadable(f"it has not the columns of matrix.csv ({error})") from error
    return seen


def _outcomes(seen: Seen, entries: list[str], place: str) -> None:
    """Evidence as a cell names it: ``EVID_1 (valid)``."""
    for entry in entries:
        if found := re.fullmatch(r"'?(\S+) \((\w+)\)", entry.strip()):
            seen.add(Part.VERDICT, found[1], place, outcome=found[2])


def workbook(path: Path, expected: Expected) -> Seen:
    """What ``matrix.xlsx`` says: the sheets of clauses, items and gaps, and the totals."""
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise Unreadable(SPREADSHEETS) from error
    seen = Seen(whole=frozenset({Part.CLAUSE, Part.ITEM, Part.VERDICT}))
    contents(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
        try:
            for number, row in _records(book["Clauses"]):
                place = f"sheet Clauses, row {number}"
                said = {
                    n: row[n.capitalize()] for n in ("state", "counted", "carriers", "implemented", "proven")
                }
                seen.add(Part.CLAUSE, row["Clause"], place, **said)
            for number, row in _records(book["Items"]):
                place = f"sheet Items, row {number}"
                seen.add(Part.ITEM, row["Id"], place, kind=row["Kind"])
                if row["Kind"] == "evidence":
                    seen.add(Part.VERDICT, row["Id"], place, outcome=row["Outcome"])
            gaps = [(row["Clause"], row["State"], n) for n, row in _records(book["Gaps"])]
            _totals(seen, book["About"], expected)
        finally:
            book.close()
    except (
        KeyError,
        ValueError,
        OSError,
        zipfile.BadZipFile,
        ParseError,
        AttributeError,
        TypeError,
    ) as error:
        raise Unreadable(f"not a workbook of ours: {told_by(error)}") from error
    known = expected.parts[Part.CLAUSE]
    wanted = expected.gaps
    seen.compare(Part.CLAUSE, "sheet Gaps", [name for name, _, _ in gaps], wanted)
    for name, state, number in gaps:
        if name in wanted and state != known[name]["state"]:
            place = f"sheet Gaps, row {number}"
            seen.wrong.append(Wrong(Part.CLAUSE, name, "state", state, known[name]["state"], place))
    return seen


def _records(sheet: Any) -> Any:
    rows = sheet.iter_rows(values_only=True)
    head = [str(cell) for cell in next(rows)]
    for number, row in enumerate(rows, start=2):
        yield number, {name: "" if cell is None else str(cell) for name, cell in zip(head, row, strict=False)}


def _totals(seen: Seen, sheet: Any, expected: Expected) -> None:
    """The table of totals: a row a state, a column a framework, ``34 of 148`` in a cell."""
    head: list[str] = []
    for row in sheet.iter_rows(values_only=True):
        cells = ["" if c is None else str(c) for c in row]
        if cells[0] == "State":
            head = cells
        elif head and cells[0] in STATES:
            for (framework, _), cell in zip(expected.catalogues, cells[2:], strict=False):
                add_total(seen, framework, cells[0], cell, "sheet About")


def add_total(seen: Seen, framework: str, state: str, cell: str, place: str) -> None:
    """Note ``34 of 148``."""
    if found := re.fullmatch(r"(\d+) of (\d+)", cell.strip()):
        seen.add(Part.TOTAL, f"{framework}, {state}", place, count=found[1])
        seen.add(Part.TOTAL, f"{framework}, counted", place, count=found[2])


def listed(folder: Path) -> frozenset[str]:
    """Names of the files that the manifest of a technical file lists; none where it has none."""
    try:
        data = _json(contents(folder / MANIFEST))
        return frozenset(str(f["path"]) for f in data["files"])
    except (Unreadable, KeyError, TypeError):
        return frozenset()  # the manifest itself is what ``sphinx-cra verify`` looks at


def readmes(folder: Path, expected: Expected) -> Seen:
    """What the folders of the points of Annex VII say of them."""
    seen = Seen(whole=frozenset({Part.POINT}))
    for path in sorted(folder.glob("*/README.txt")):
        text = contents(path).decode("utf-8", "replace")
        found = re.match(r"(.+): .+\nState: (.+)\n", text)
        if not found or found[1] not in expected.points:
            raise Unreadable(f"{path.parent.name}/README.txt does not begin with a point and its state")
        seen.add(Part.POINT, expected.points[found[1]], path.parent.name, presence=found[2])
    return seen


# --------------------------------------------------------------------------------- exports


def is_export(path: Path) -> bool:
    """Whether a file looks like an export of ours; a look at its beginning."""
    if path.suffix == ".reqif" or path.name in NAMES:
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return True  # it is said that it cannot be read
    return bool(re.match(rb'\s*\{\s*"(catalog|component-definition|assessment-results)"', head)) or (
        b'"CycloneDX"' in head and b"sphinx-cra" in head
    )


def export(path: Path, expected: Expected) -> Seen:
    """What an export of an assessment says, whichever format it is."""
    if path.suffix == ".reqif":
        return _reqif(contents(path))
    data = _json(contents(path))
    reader: Callable[[Any, Expected], Seen]
    root = next((r for r in _ROOTS if isinstance(data, dict) and r in data), "")
    if root:
        reader = {"catalog": _catalog, "component-definition": _component}.get(root, _results)
        data = data[root]
    elif isinstance(data, dict) and data.get("bomFormat") == "CycloneDX" and "declarations" in data:
        reader = _cyclonedx
    else:
        raise Unreadable("it is no OSCAL, CycloneDX attestation or ReqIF that we write")
    try:
        seen = reader(data, expected)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"it is not as we write it ({error!r})") from error
    seen.form = _ROOTS.get(root, "CycloneDX")
    return seen


def _props(record: Any) -> dict[str, str]:
    return {p["name"]: p["value"] for p in record.get("props", ())}


def _catalog(data: Any, _: Expected) -> Seen:
    seen = Seen(whole=frozenset({Part.CLAUSE}))
    below = list(data.get("groups", ()))
    while below:
        found = below.pop()
        below += found.get("groups", ())
        for control in found.get("controls", ()):
            seen.add(Part.CLAUSE, control["id"])
            below.append(control)
    return seen


def _component(data: Any, expected: Expected) -> Seen:
    seen = Seen(whole=frozenset({Part.VERDICT}))
    pairs = []
    for component in data["components"]:
        for implementation in component.get("control-implementations", ()):
            for found in implementation["implemented-requirements"]:
                said = _props(found)
                seen.add(Part.CLAUSE, found["control-id"], state=said.get("clause-state", ""))
                seen.add(Part.ITEM, said["item"], kind=said["kind"])
                pairs.append(pair(said["item"], found["control-id"]))
    seen.compare(Part.ITEM, "implemented requirements", pairs, expected.pairs)
    for name, outcome in _resources(data):
        seen.add(Part.VERDICT, name, outcome=outcome)
    return _with_left(seen, expected, "stand for no clause, and a component definition has no place for them")


def _resources(data: Any) -> list[tuple[str, str]]:
    """Each piece of evidence in the back matter, and what it shows."""
    found = [_props(r) for r in data.get("back-matter", {}).get("resources", ())]
    return [(str(said["item"]), str(said["outcome"])) for said in found if "item" in said]


def _results(data: Any, expected: Expected) -> Seen:
    seen = Seen(whole=frozenset({Part.CLAUSE, Part.VERDICT}), stated_only=True)
    for result in data["results"]:
        for found in result.get("findings", ()):
            said = _props(found)
            satisfied = found["target"]["status"]["state"] == "satisfied"
            if satisfied != (said["state"] == "verified") or not found["target"]["target-id"].startswith(
                said["clause"]
            ):
                raise Unreadable(f"the finding of {said['clause']} contradicts itself")
            names = ("state", "counted", "carriers", "implemented", "proven")
            seen.add(Part.CLAUSE, said["clause"], **{n: said[n] for n in names})
        for selection in result["reviewed-controls"]["control-selections"]:
            included = [c["control-id"] for c in selection.get("include-controls", ())]
            wanted = expected.clauses(excluded=False)
            seen.compare(Part.CLAUSE, "controls that were reviewed", included, wanted)
            for control in selection.get("exclude-controls", ()):
                seen.add(Part.CLAUSE, control["control-id"], state="excluded")
        for found in result.get("observations", ()):
            said = _props(found)
            seen.add(Part.VERDICT, said["item"], outcome=said["outcome"])
        for prop in result.get("props", ()):
            sort, _, name = prop["name"].partition("-")
            framework = next((f for f, _ in expected.catalogues if prop.get("class") in (f, f"_{f}")), sort)
            if name != "asked":
                seen.add(Part.TOTAL, f"{framework}, {name}", count=prop["value"])
    known = expected.parts[Part.VERDICT]
    resources = _resources(data)
    seen.compare(Part.VERDICT, "resources", [name for name, _ in resources], known)
    for name, outcome in resources:
        if name in known and outcome != known[name]["outcome"]:
            there = known[name]["outcome"]
            seen.wrong.append(Wrong(Part.VERDICT, name, "outcome", outcome, there, "resources"))
    return seen


def _cyclonedx(data: Any, expected: Expected) -> Seen:
    seen = Seen(whole=frozenset({Part.CLAUSE, Part.VERDICT}))
    for standard in data.get("definitions", {}).get("standards", ()):
        for found in standard.get("requirements", ()):
            said = {p["name"].removeprefix("sphinx-cra:"): p["value"] for p in found["properties"]}
            state = {"counted": said["counted"]} if said.get("state") else {}
            seen.add(Part.CLAUSE, said["clause"], state=said.get("state", ""), **state)
    for found in data["declarations"].get("evidence", ()):
        outcome = found["data"][0]["contents"]["attachment"]["content"]
        seen.add(Part.VERDICT, found["bom-ref"].removeprefix("evidence:"), outcome=outcome)
    declared = data["declarations"]
    claims, gaps = [], []
    for found in declared.get("claims", ()):
        sort, _, name = found["bom-ref"].partition(":")
        if sort == "claim":
            claims.append(name)
            kind = found["predicate"].partition(", ")[2].partition(":")[0]
            seen.add(Part.ITEM, name, kind=kind)
        else:
            gaps.append(name)
    carried = frozenset(name for names in expected.carried.values() for name in names)
    seen.compare(Part.ITEM, "claims", claims, carried)
    seen.compare(Part.CLAUSE, "claims against", gaps, expected.gaps)
    mapped = [
        entry for attestation in declared.get("attestations", ()) for entry in attestation.get("map", ())
    ]
    of = [(entry["requirement"].partition(":")[2], entry) for entry in mapped]
    stated = [*expected.clauses(excluded=False), *expected.clauses(excluded=True)]
    seen.compare(Part.CLAUSE, "map", [clause for clause, _ in of], stated)
    pairs = [pair(c.partition(":")[2], clause) for clause, entry in of for c in entry.get("claims", ())]
    seen.compare(Part.ITEM, "map", pairs, expected.pairs)
    counter = [c.partition(":")[2] for _, entry in of for c in entry.get("counterClaims", ())]
    seen.compare(Part.CLAUSE, "map, claims against", counter, expected.gaps)
    return _with_left(seen, expected, "stand for no clause, and claims are made only for clauses")


def _with_left(seen: Seen, expected: Expected, why: str) -> Seen:
    there = {s.id for s in seen.sightings if s.part in (Part.ITEM, Part.VERDICT)}
    if left := len(set(expected.parts[Part.ITEM]) - there):
        seen.left.append(f"{left} of {len(expected.parts[Part.ITEM])} needs {why}")
    return seen


def _reqif(raw: bytes) -> Seen:
    seen = Seen(form="ReqIF", whole=frozenset({Part.CLAUSE, Part.ITEM, Part.VERDICT}))
    try:
        root = ElementTree.fromstring(raw, forbid_dtd=True)
    except (ParseError, defusedxml.DefusedXmlException, ValueError) as error:
        raise Unreadable(f"not XML: {error}") from error
    space = {"r": root.tag.partition("}")[0].removeprefix("{")}
    kinds = {t.get("IDENTIFIER"): t.get("LONG-NAME") for t in root.iterfind(".//r:SPEC-OBJECT-TYPE", space)}
    names = {
        d.get("IDENTIFIER"): d.get("LONG-NAME")
        for d in root.iterfind(".//r:ATTRIBUTE-DEFINITION-STRING", space)
    }
    for found in root.iterfind(".//r:SPEC-OBJECTS/r:SPEC-OBJECT", space):
        values = {
            names.get(v.findtext("r:DEFINITION/r:ATTRIBUTE-DEFINITION-STRING-REF", "", space)): v.get(
                "THE-VALUE", ""
            )
            for v in found.iterfind("r:VALUES/r:ATTRIBUTE-VALUE-STRING", space)
        }
        kind = kinds.get(found.findtext("r:TYPE/r:SPEC-OBJECT-TYPE-REF", "", space)) or ""
        name = values.get("ReqIF.ForeignID", "")
        if kind == "clause":
            seen.add(Part.CLAUSE, name, state=values.get("cra.state", ""))
        else:
            seen.add(Part.ITEM, name, kind=kind)
            if kind == "evidence":
                seen.add(Part.VERDICT, name, outcome=values.get("cra.outcome", ""))
    return seen


# --------------------------------------------------------------------------------- reading


def contents(path: Path) -> bytes:
    """The bytes of a file.

    :raises Unreadable: if there are none.
    """
    try:
        if not path.is_file():
            raise Unreadable("it is not there")
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable("it is larger than 1 GiB")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror or error}") from error


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {told_by(error)}") from error
