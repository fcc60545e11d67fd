"""OSCAL catalogues of other publishers, made into catalogue files of ours.

``reading`` makes one shape of JSON, XML and YAML; ``importing`` makes a catalogue of it, and says
what was not carried over. NIST's own schema is not used on purpose: it refuses what later minor
versions add, there is none for XML, and of a catalogue we read a small part. What we read is checked.
"""

from sphinx_cra.oscal.importing import Imported, Left, Report, Wanted, Withdrawn, convert
from sphinx_cra.oscal.reading import Document, read

__all__ = ["Document", "Imported", "Left", "Report", "Wanted", "Withdrawn", "convert", "read"]
