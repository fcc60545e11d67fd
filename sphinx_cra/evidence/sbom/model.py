"""What a software bill of materials says, whatever its format: components, and how they hang together.

Only what counts, lock files or the profile need. Knows no format and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def _none() -> Mapping[str, tuple[str, ...]]:
    return NONE  # one for all: most components have no facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whoever made a component or the SBOM, by how to reach them."""

    emails: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


NOBODY = Party()


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One licence of a component, or one expression of several."""

    text: str
    role: str = ""
    """``concluded``, ``declared``, ``effective``; empty where the SBOM does not say."""
    named: bool = False
    """Given as a free name, where the format has a place for identifiers."""
    expression: bool = False
    """Given as the one expression that the format has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Something about a component that lies elsewhere."""

    kind: str
    """In the words of CycloneDX: ``distribution``, ``source-distribution``, ``bom``, ``rfc-9116``."""
    url: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    """Algorithm (``SHA-512``) and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of the product, or the product itself."""

    ref: str
    """What the SBOM calls it where it speaks of its relations; empty where it has no such name."""
    name: str
    version: str = ""
    group: str = ""
    """npm scope, Maven group, vendor."""
    kind: str = ""
    """``library``, ``application``, ``file``, ... as CycloneDX names them."""
    purl: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    """Kind (``purl``, ``cpe``, ``swid``) and value."""
    creator: Party = NOBODY
    supplier: str = ""
    """Name of whoever supplies it, or else made it."""
    licences: tuple[Licence, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    references: tuple[Reference, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=_none)
    """``filename``, ``executable``, ``archive``, ``structured``: every value that is given."""
    external: bool = False
    """Needed by the product and not delivered with it."""

    @property
    def full_name(self) -> str:
        return f"{self.group}/{self.name}" if self.group else self.name

    def __str__(self) -> str:
        name = self.full_name or "a component without a name"
        return f"{name} {self.version}" if self.version else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """One file, complete."""

    format: str
    """``CycloneDX`` or ``SPDX``."""
    version: str
    """Of the format: ``1.6``, ``2.3``."""
    serialisation: str
    """``JSON``, ``XML``, ``tag-value``."""
    subject: Component | None = None
    """The product that it describes, where it names exactly one."""
    components: tuple[Component, ...] = ()
    """Everything else that it lists, at any depth."""
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    """What each depends on, by their refs; a ref without any is there with nothing."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    """What each contains, by their refs."""
    completeness: Mapping[str, str] = field(default_factory=_nothing)
    """Whether all relations of a ref are listed, in the words of the SBOM."""
    created: str = ""
    """ISO date and time."""
    tools: tuple[str, ...] = ()
    creator: Party = NOBODY
    uri: str = ""
    services: frozenset[str] = frozenset()
    """Refs of services, which are no components but may be depended on."""
    vulnerabilities: int = 0
    """How many vulnerabilities it speaks of; none belongs into an SBOM of the BSI profile."""

    @property
    def files(self) -> int:
        """Components that are single files."""
        return sum(c.kind == "file" for c in self.components)

    @property
    def direct(self) -> tuple[str, ...] | None:
        """Refs that the product depends on directly; None where the SBOM does not say."""
        return self.dependencies.get(self.subject.ref) if self.subject else None

    @property
    def alone(self) -> bool:
        """Whether every component is the product once more, by name and version."""
        product = self.subject
        return product is not None and all(
            (c.full_name, c.version) == (product.full_name, product.version) for c in self.components
        )

    def __str__(self) -> str:
        return f"{self.format} {self.version} in {self.serialisation}"
