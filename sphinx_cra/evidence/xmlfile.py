"""XML of an artefact, read in one pass without a tree, and without what a file may do to its reader.

A document type is refused, and with it all entities. Knows nothing of what is in the file.
"""

from __future__ import annotations

import xml.sax
from typing import TYPE_CHECKING, Any

import defusedxml
from defusedxml.sax import make_parser

from sphinx_cra.evidence.reader import EvidenceError

if TYPE_CHECKING:
    from xml.sax.handler import ContentHandler


def parser() -> Any:
    """A parser that refuses a document type."""
    made = make_parser()
    made.forbid_dtd = True  # no format of ours needs one, and without one there are no entities
    return made


def feed(made: Any, data: bytes, handler: ContentHandler) -> None:
    """Read a file.

    :raises EvidenceError: if it is not well-formed, or declares a document type; or from the handler.
    """
    made.setContentHandler(handler)
    try:
        # In one piece: fed in many, expat before 2.6 takes quadratic time over a long attribute.
        made.feed(data)
        made.close()
    except defusedxml.DTDForbidden as error:
        raise EvidenceError(
            "it declares a document type; files with a DTD or entities are not read"
        ) from error
    except xml.sax.SAXParseException as error:
        raise EvidenceError(f"not XML: {error.getMessage()} (line {error.getLineNumber()})") from error
    except (defusedxml.DefusedXmlException, xml.sax.SAXException, ValueError, LookupError) as error:
        raise EvidenceError(f"not XML: {error}") from error
