"""CSAF: mandatory tests of what stands beside the statements, in documents that fit their schema.

Scores, dates of exploitation, involvements, names and numbers of products, sharing groups. None of it
changes a status; but who breaks a test of the standard may be wrong elsewhere as well. Numbers are
sections of CSAF 2.1, which kept those of 2.0.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence.vex.model import moment, parsed

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

_PUBLIC = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_SECRET = "00000000-0000-0000-0000-000000000000"
_NAMES = {_PUBLIC: "Public", _SECRET: "No sharing allowed"}
"""Ids of sharing groups that have a name of their own (3.2.2.5.1)."""
_STARRED = {"model_numbers": "6.1.43", "serial_numbers": "6.1.44", "skus": "6.1.61"}
_SINGLE = re.compile(r"(vers:[^/]+/)?=?v?\d[\w.+-]*")


def faults(data: Mapping[str, Any], version: str) -> Iterator[str]:
    """What breaks one of these tests, each with its number.

    :param version: of CSAF; what only 2.1 tests is not asked of 2.0.
    """
    document: Json = data["document"]
    new = version == "2.1"
    yield from _of_document(document)
    if new:
        yield from _of_sharing(document)
    paths = list(_products(data.get("product_tree", {})))
    for product, _ in paths:
        yield from _of_hashes(product)
    if new:
        for product, branches in paths:
            yield from _of_helper(product)
            yield from _of_path(product, branches)
    tracking: Json = document["tracking"]
    newest = max(moment(revision["date"]) for revision in tracking["revision_history"])
    for item in data.get("vulnerabilities", ()):
        title = item.get("cve") or item.get("title") or "a vulnerability"
        yield from _of_involvements(item, title)
        yield from _of_scores(item, title, new=new)
        if new:
            yield from _of_exploitation(item, title)
            yield from _of_targets(item, title, data)
            if tracking["status"] != "draft":
                yield from _of_dates(item, title, document, newest)


# ------------------------------------------------------------------------- the document


def _of_document(document: Json) -> Iterator[str]:
    source = document.get("source_lang")
    if document["publisher"]["category"] == "translator" and not source:
        yield "it is a translation and does not say from which language (6.1.15)"
    if source and source.casefold() == document.get("lang", "").casefold():
        yield f"it is a translation from {source[:40]!r} into the same language (6.1.28)"


def _of_sharing(document: Json) -> Iterator[str]:
    distribution = document["distribution"]
    group = distribution.get("sharing_group")
    if not isinstance(group, dict):
        return
    name, label = group.get("name"), distribution["tlp"]["label"]
    ident = str(group.get("id", "")).casefold()
    if ident == _PUBLIC and label != "CLEAR":
        yield f"its sharing group is everybody, and its label {label} (6.1.38)"
    drafted = ident == _SECRET and document["tracking"]["status"] == "draft"
    if label == "CLEAR" and ident != _PUBLIC and not drafted:
        yield "its label is CLEAR, and its sharing group not everybody (6.1.39)"
    if ident not in _NAMES and name in _NAMES.values():
        yield f"its sharing group is called {name!r} and is another (6.1.40)"
    if ident in _NAMES and name != _NAMES[ident]:
        yield f"its sharing group is not called {_NAMES[ident]!r} (6.1.41)"


# ------------------------------------------------------------------------- the product tree


def _products(tree: Json) -> Iterator[tuple[Json, tuple[Json, ...]]]:
    """Every product, with the branches that lead to it."""
    ahead: list[tuple[Json, tuple[Json, ...]]] = [(b, ()) for b in tree.get("branches", ())]
    while ahead:
        branch, above = ahead.pop()
        path = (*above, branch)
        if "product" in branch:
            yield branch["product"], path
        ahead += [(inner, path) for inner in branch.get("branches", ())]
    yield from ((product, ()) for product in tree.get("full_product_names", ()))
    for made in (*tree.get("relationships", ()), *tree.get("product_paths", ())):
        yield made["full_product_name"], ()


def _of_hashes(product: Json) -> Iterator[str]:
    for file in product.get("product_identification_helper", {}).get("hashes", ()):
        kinds = Counter(digest["algorithm"] for digest in file["file_hashes"])
        if twice := [kind for kind, n in kinds.items() if n > 1]:
            yield f"{file['filename'][:80]!r} has more than one {twice[0][:40]} (6.1.25)"


def _of_helper(product: Json) -> Iterator[str]:
    helper = product.get("product_identification_helper", {})
    packages = {parsed(purl) for purl in helper.get("purls", ())} - {None}
    if len({p._replace(qualifiers={}).to_string() for p in packages if p is not None}) > 1:
        yield f"the purls of {product['product_id']!r} are of several packages (6.1.42)"
    for kind, test in _STARRED.items():
        for number in helper.get(kind, ()):
            if re.sub(r"\\.", "", number).count("*") > 1:
                yield f"{number[:80]!r} of {product['product_id']!r} has more than one star ({test})"


def _of_path(product: Json, branches: tuple[Json, ...]) -> Iterator[str]:
    categories = Counter(b["category"] for b in branches if b["category"] != "product_family")
    if twice := [category for category, n in categories.items() if n > 1]:
        yield f"{product['product_id']!r} is in more than one {twice[0]} (6.1.57)"
    if {"product_version", "product_version_range"} <= categories.keys():
        yield f"{product['product_id']!r} has a version and a range of versions (6.1.58)"
    for branch in branches:
        if branch["category"] == "product_version_range" and _SINGLE.fullmatch(branch["name"]):
            yield f"the range {branch['name'][:40]!r} is one version (6.1.59)"


# ------------------------------------------------------------------------- vulnerabilities


def _of_involvements(item: Json, title: str) -> Iterator[str]:
    said = Counter((i["party"], moment(i.get("date", ""))) for i in item.get("involvements", ()))
    if twice := [party for (party, _), n in said.items() if n > 1]:
        yield f"the {twice[0]} is involved in {title} twice on one date (6.1.24)"


def _metrics(item: Json) -> Iterator[tuple[Json, list[str], str]]:
    """What is measured, of which products, and whose measure it is; of either version of CSAF."""
    for score in item.get("scores", ()):
        yield score, score["products"], ""
    for metric in item.get("metrics", ()):
        yield metric["content"], metric["products"], metric.get("source", "")


def _of_scores(item: Json, title: str, *, new: bool) -> Iterator[str]:
    found: Counter[tuple[str, str, str]] = Counter()
    rated: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for content, products, source in _metrics(item):
        scores = [k for k in content if k.startswith("cvss_")]
        for product in dict.fromkeys(products):
            found.update((product, source, _version(content[k], k)) for k in scores)
            if scores:
                rated["cvss"].add((product, source))
            if "qualitative_severity_rating" in content:
                rated["words"].add((product, source))
    if twice := [(product, version) for (product, _, version), n in found.items() if n > 1]:
        yield f"{twice[0][0]!r} has more than one score of CVSS {twice[0][1]} in {title} (6.1.7)"
    if new and (both := sorted(rated["cvss"] & rated["words"])):
        yield f"{both[0][0]!r} has a score and a rating in words in {title} (6.1.56)"


def _version(score: Any, name: str) -> str:
    stated = score.get("version") if isinstance(score, dict) else None
    return stated if isinstance(stated, str) else name.removeprefix("cvss_")


def _of_targets(item: Json, title: str, data: Mapping[str, Any]) -> Iterator[str]:
    known = [*([item["cve"]] if "cve" in item else ()), *(i["text"] for i in item.get("ids", ()))]
    own = data["document"]["tracking"]["id"]
    for content, _, _ in _metrics(item):
        ssvc = content.get("ssvc_v2")
        targets = ssvc.get("target_ids") if isinstance(ssvc, dict) else None
        for target in targets if isinstance(targets, list) else ():
            if target not in known or (target == own and len(data["vulnerabilities"]) > 1):
                yield f"an SSVC of {title} is about {str(target)[:40]!r} (6.1.47)"
                return


def _of_exploitation(item: Json, title: str) -> Iterator[str]:
    for one in item.get("first_known_exploitation_dates", ()):
        if moment(one["exploitation_date"]) > moment(one["date"]):
            yield f"{title} was exploited after it became known that it was (6.1.53)"


def _of_dates(item: Json, title: str, document: Json, newest: datetime.datetime) -> Iterator[str]:
    """Dates of what had happened when the document was written."""
    dates: list[tuple[Any, str]] = []
    if document["distribution"]["tlp"]["label"] == "CLEAR":
        dates.append((item.get("disclosure_date"), "6.1.45"))
    for content, _, _ in _metrics(item):
        for name, test in (("ssvc_v2", "6.1.49"), ("epss", "6.1.51")):
            part = content.get(name)
            dates.append((part.get("timestamp") if isinstance(part, dict) else None, test))
    for one in item.get("first_known_exploitation_dates", ()):
        dates += [(one["date"], "6.1.52"), (one["exploitation_date"], "6.1.52")]
    for date, test in dates:
        if isinstance(date, str) and moment(date) > newest:
            yield f"{title} has a date after the newest revision, {date[:40]} ({test})"
