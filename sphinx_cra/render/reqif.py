"""ReqIF of an assessment: needs and clauses as objects, links as relations, for tools of requirements.

The attributes are named as those tools expect (``ReqIF.ForeignID``, ``ReqIF.Name``, ``ReqIF.Text``).
What is computed has names that begin with ``cra.`` and is for reading: an import takes none of it for
the truth. Needs ``sphinx-cra[exchange]``.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from sphinx_cra.model import Kind, Link
from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import line, text, uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_cra.render.exchange import Data

NAME = "assessment.reqif"
ID, TITLE, BODY = "ReqIF.ForeignID", "ReqIF.Name", "ReqIF.Text"
TYPE, STATUS, PLACE, OUTCOME, VERDICT = "cra.type", "cra.status", "cra.place", "cra.outcome", "cra.verdict"
STATE, CITE, FRAMEWORK = "cra.state", "cra.citation", "cra.framework"
CLAUSE = "clause"
"""Kind of the objects that are clauses; only something to link to."""
TOOL = "sphinx-cra"
MISSING = "ReqIF needs a library that is not installed; pip install 'sphinx-cra[exchange]'"

_FIXED = (ID, TITLE, BODY, TYPE, STATUS, PLACE)
_COMPUTED = {Kind.EVIDENCE: (OUTCOME, VERDICT)}
_OF_CLAUSES = (ID, TITLE, BODY, CITE, FRAMEWORK, STATE)
_STRING, _XHTML = "_string", "_xhtml"
_LONGEST = "10000000"
"""Characters of a string; a type of the format has to name a limit."""


def reqif(data: Data, *, epoch: str | None = None) -> str:
    """The text of ``assessment.reqif``.

    :raises ModuleNotFoundError: if the library is not installed; its text is one for people.
    """
    try:
        import reqif.unparser as library
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(MISSING, name=error.name) from error
    found: str = library.ReqIFUnparser.unparse(_Writer(data, exchange.moment(data, epoch)).bundle())
    return found


class _Writer:
    def __init__(self, data: Data, moment: str) -> None:
        self.data = data
        self.moment = moment
        self.verdicts = exchange.verdicts(data)
        self.names = {
            kind.value: (
                *_FIXED,
                *_COMPUTED.get(kind, ()),
                *sorted({n for i in data["items"] if i["kind"] == kind.value for n in i["fields"]}),
            )
            for kind in Kind
        } | {CLAUSE: _OF_CLAUSES}

    def bundle(self) -> Any:
        from reqif.models import (
            reqif_core_content,
            reqif_namespace_info,
            reqif_req_if_content,
            reqif_reqif_header,
        )
        from reqif.object_lookup import ReqIFObjectLookup
        from reqif.reqif_bundle import ReqIFBundle

        name, release = exchange.product_name(self.data), exchange.product_release(self.data)
        title = f"{name}, release {release}".replace("<", "‹").replace(">", "›")
        content = reqif_req_if_content.ReqIFReqIFContent(
            data_types=self._data_types(),
            spec_types=[*self._object_types(), *self._relation_types(), self._specification_type()],
            spec_objects=[*map(self._item, self.data["items"]), *map(self._clause, self.data["rows"])],
            spec_relations=list(self._relations()),
            specifications=list(self._specifications()),
        )
        return ReqIFBundle(
            namespace_info=reqif_namespace_info.ReqIFNamespaceInfo.create_default(),
            req_if_header=reqif_reqif_header.ReqIFReqIFHeader(
                identifier=_id("file", name, release, self.moment),
                comment=exchange.NOT_CLAIMED,
                creation_time=self.moment,
                req_if_tool_id=TOOL,
                req_if_version="1.0",
                source_tool_id=TOOL,
                title=title,
            ),
            core_content=reqif_core_content.ReqIFCoreContent(req_if_content=content),
            tool_extensions_tag_exists=False,
            lookup=ReqIFObjectLookup.empty(),
            exceptions=[],
        )

    # ---------------------------------------------------------------------------- types

    def _data_types(self) -> list[Any]:
        from reqif.models import reqif_data_type as types

        return [
            types.ReqIFDataTypeDefinitionString(
                identifier=_STRING, last_change=self.moment, long_name="String", max_length=_LONGEST
            ),
            types.ReqIFDataTypeDefinitionXHTML(
                identifier=_XHTML, last_change=self.moment, long_name="XHTML", is_self_closed=True
            ),
        ]

    def _object_types(self) -> Iterator[Any]:
        from reqif.models.reqif_spec_object_type import ReqIFSpecObjectType, SpecAttributeDefinition
        from reqif.models.reqif_types import SpecObjectAttributeType as Of

        for kind, names in self.names.items():
            attributes = [
                SpecAttributeDefinition(
                    attribute_type=Of.XHTML if n == BODY else Of.STRING,
                    identifier=_id("attribute", kind, n),
                    datatype_definition=_XHTML if n == BODY else _STRING,
                    long_name=line(n),
                    last_change=self.moment,
                )
                for n in names
            ]
            yield ReqIFSpecObjectType(
                identifier=_id("type", kind),
                last_change=self.moment,
                long_name=kind,
                attribute_definitions=attributes,
            )

    def _relation_types(self) -> Iterator[Any]:
        from reqif.models.reqif_spec_relation_type import ReqIFSpecRelationType

        for link in Link:
            yield ReqIFSpecRelationType(
                identifier=_id("relation type", link.value), last_change=self.moment, long_name=link.value
            )

    def _specification_type(self) -> Any:
        from reqif.models.reqif_specification_type import ReqIFSpecificationType

        return ReqIFSpecificationType(
            identifier=_id("specification type"),
            last_change=self.moment,
            long_name="list",
            is_self_closed=True,
        )

    # -------------------------------------------------------------------------- objects

    def _item(self, item: Mapping[str, Any]) -> Any:
        place = item["place"]
        values = {
            ID: item["id"],
            TITLE: item["title"],
            BODY: item["content"],
            TYPE: item["type"],
            STATUS: item["status"],
            PLACE: f"{place['source']}:{place['line']}" if place else "",
            **item["fields"],
        }
        if verdict := self.verdicts.get(item["id"]):
            values |= {OUTCOME: verdict["outcome"], VERDICT: verdict["reason"]}
        return self._object("item", item["id"], item["kind"], values)

    def _clause(self, row: Mapping[str, Any]) -> Any:
        values = {
            ID: row["clause"],
            TITLE: row["title"],
            CITE: row["printed"],
            FRAMEWORK: row["framework"],
            STATE: row["state"],
        }
        return self._object("clause", row["clause"], CLAUSE, values)

    def _object(self, sort: str, name: str, kind: str, values: Mapping[str, Any]) -> Any:
        from reqif.models.reqif_spec_object import ReqIFSpecObject, SpecObjectAttribute
        from reqif.models.reqif_types import SpecObjectAttributeType as Of

        attributes = [
            SpecObjectAttribute(
                attribute_type=Of.XHTML if n == BODY else Of.STRING,
                definition_ref=_id("attribute", kind, n),
                value=xhtml(text(values[n])) if n == BODY else line(values[n], ""),
            )
            for n in self.names[kind]
            if values.get(n)
        ]
        return ReqIFSpecObject(
            identifier=_id(sort, name),
            attributes=attributes,
            spec_object_type=_id("type", kind),
            last_change=self.moment,
        )

    def _relations(self) -> Iterator[Any]:
        """A relation for each link; one that leads nowhere cannot be said in ReqIF."""
        from reqif.models.reqif_spec_relation import ReqIFSpecRelation

        sorts = {r["clause"]: "clause" for r in self.data["rows"]} | {
            i["id"]: "item" for i in self.data["items"]
        }
        for item in self.data["items"]:
            for link, targets in item["links"].items():
                for target in exchange.unique(targets):
                    if target in sorts:
                        yield ReqIFSpecRelation(
                            identifier=_id("relation", item["id"], link, target),
                            relation_type_ref=_id("relation type", link),
                            source=_id("item", item["id"]),
                            target=_id(sorts[target], target),
                            last_change=self.moment,
                        )

    def _specifications(self) -> Iterator[Any]:
        """A list for each kind of need and each framework."""
        for kind in Kind:
            found = [i["id"] for i in self.data["items"] if i["kind"] == kind.value]
            if found:
                yield self._specification(kind.value, "item", found)
        for catalogue, rows in exchange.rows_of(self.data):
            yield self._specification(line(catalogue["title"]), "clause", [r["clause"] for r in rows])

    def _specification(self, title: str, sort: str, names: Iterable[str]) -> Any:
        from reqif.models.reqif_spec_hierarchy import ReqIFSpecHierarchy
        from reqif.models.reqif_specification import ReqIFSpecification

        return ReqIFSpecification(
            identifier=_id("specification", sort, title),
            last_change=self.moment,
            long_name=title,
            specification_type=_id("specification type"),
            children=[
                ReqIFSpecHierarchy(
                    identifier=_id("place", sort, n),
                    spec_object=_id(sort, n),
                    level=1,
                    last_change=self.moment,
                    editable=None,
                    is_table_internal=None,
                )
                for n in names
            ],
        )


def xhtml(value: str) -> str:
    """Lines of text as the XHTML that an attribute holds; blanks at their beginning stay."""
    lines = "<xhtml:br/>".join(escape(part, quote=False) for part in value.split("\n"))
    return f"<xhtml:div>{lines}</xhtml:div>"


def _id(*parts: str) -> str:
    """An identifier as XML wants it: it may not begin with a digit."""
    return f"_{uid('reqif', *parts)}"


def is_ours(tool: str | None) -> bool:
    """Whether a file says that it was written by us."""
    return bool(re.match(rf"{TOOL}\b", tool or ""))
