"""Lock files: does an SBOM list what the project depends on directly?

Annex I, Part II, point (1) of the Regulation asks for the top-level dependencies at least. Read
are ``requirements.txt``, ``pyproject.toml``, ``uv.lock``, ``package-lock.json``, ``Cargo.lock``
and ``go.mod``; each by its own rules for what is direct. What is needed only to develop or test
is left out. Nothing is resolved: what only holds under a condition may be missing.
"""

from __future__ import annotations

import codecs
import json
import posixpath
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome
from sphinx_cra.words import listed, told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.evidence.files import File, Project
    from sphinx_cra.evidence.sbom.model import Component, Sbom

MAX_BYTES = 64 * 1024 * 1024
_MAX_INCLUDED = 100
"""Files that one ``requirements.txt`` may lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One direct dependency, as a lock file has it."""

    ecosystem: str
    """Type of its package URL: ``pypi``, ``npm``, ``cargo``, ``golang``."""
    name: str
    version: str = ""
    """The only version that will do; empty where any does."""
    range: str = ""
    """PEP 440 specifiers, where the file gives no one version."""
    conditional: bool = False
    """It depends on the platform or the like whether it is needed."""
    instead: tuple[str, str] | None = None
    """Name and version of what takes its place (``replace`` of Go)."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else f"{self.name}{self.range}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Lock files set against SBOMs."""

    paths: tuple[str, ...]
    wanted: int
    """Direct dependencies that must be there."""
    missing: tuple[str, ...]
    """Those that are not, with what is there in another version."""
    undecided: tuple[str, ...]
    """Those that hold under a condition and are not there."""

    def reason(self, limit: int) -> str:
        """What was found, in one part of a sentence."""
        where = listed(self.paths)
        if self.missing:
            said = (
                f"{len(self.missing)} of {self.wanted} direct dependencies of {where} are not in it: "
                f"{listed(self.missing, limit)}"
            )
        elif self.wanted:
            said = f"all {self.wanted} direct dependencies of {where} are in it"
        else:
            said = f"{where} has no direct dependency"
        if self.undecided:
            said += f"; not in it and needed only under a condition: {listed(self.undecided, limit)}"
        return said


def compared(paths: str, sboms: Sequence[Sbom], project: Project) -> Comparison:
    """What the lock files at ``paths`` (with commas between) need, set against what SBOMs list.

    :raises EvidenceError: if one of them cannot be used.
    """
    files = [file for path in _split(paths) for file in project.find(path)]
    if not files:
        raise EvidenceError("lockfiles names no file", Outcome.MISSING)
    index = _Index(c for sbom in sboms for c in sbom.components)
    missing: list[str] = []
    undecided: list[str] = []
    wanted = 0
    for one in dict.fromkeys(one for file in files for one in direct(file, project)):
        found = index.lacks(one)
        wanted += not one.conditional
        if found is not None:
            (undecided if one.conditional else missing).append(found)
    return Comparison(
        paths=tuple(file.path for file in files),
        wanted=wanted,
        missing=tuple(missing),
        undecided=tuple(undecided),
    )


def direct(file: File, project: Project) -> tuple[Locked, ...]:
    """The direct dependencies in a lock file, sorted by name.

    :raises EvidenceError: if it cannot be read, or does not say which are direct.
    """
    key = (__name__, file.path)
    if key not in project.memo:
        name = posixpath.basename(file.path)
        reader = _READERS.get(name) or (_requirements if _is_requirements(name) else None)
        if reader is None:
            known = listed([*_READERS, "requirements*.txt"], 10)
            raise EvidenceError(f"{file.path} is no lock file that is read; known are {known}")
        try:
            found = set(reader(file, project))
        except EvidenceError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise EvidenceError(f"{file.path} is no {name} that can be read: {told_by(error)}") from error
        project.memo[key] = tuple(sorted(found, key=lambda one: (one.name, str(one))))
    locked: tuple[Locked, ...] = project.memo[key]
    return locked


def _split(paths: str) -> list[str]:
    return list(dict.fromkeys(path.strip() for path in re.split(r"[,\n]", paths) if path.strip()))


def _is_requirements(name: str) -> bool:
    return name.endswith((".txt", ".in")) and "requirements" in name


# --------------------------------------------------------------------------- comparing


class _Index:
    """Components by what a lock file calls them."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._by_purl: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        """Of those without a package URL: nothing else says what they are."""
        self._normal: dict[str, Mapping[str, set[str]]] = {}
        for component in components:
            if component.kind == "file" and not component.purl:
                continue
            if found := _purl(component.purl):
                ecosystem, name, version = found
                self._by_purl[ecosystem, name].add(version or component.version)
            else:
                for name in {component.name, component.full_name}:
                    self._by_name[name].add(component.version)

    def lacks(self, one: Locked) -> str | None:
        """How a dependency is missing; None if it is there."""
        wanted = [(one.name, one.version), *([one.instead] if one.instead else [])]
        others: set[str] = set()
        for name, version in wanted:
            versions = self._versions(one.ecosystem, name)
            if any(_fits(one, version, found) for found in versions):
                return None
            others |= versions
        return f"{one} (listed as {listed(sorted(others) or [''])})" if others - {""} else str(one)

    def _versions(self, ecosystem: str, name: str) -> set[str]:
        name = _normal(ecosystem, name)
        return self._by_purl.get((ecosystem, name), set()) | self._named(ecosystem).get(name, set())

    def _named(self, ecosystem: str) -> Mapping[str, set[str]]:
        """Components without a package URL, by their names as the ecosystem compares them."""
        if ecosystem not in self._normal:
            names: dict[str, set[str]] = defaultdict(set)
            for name, versions in self._by_name.items():
                names[_normal(ecosystem, name)] |= versions
            self._normal[ecosystem] = names
        return self._normal[ecosystem]


def _purl(text: str) -> tuple[str, str, str] | None:
    from packageurl import PackageURL

    if not text:
        return None
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return purl.type, _normal(purl.type, name), purl.version or ""


def _normal(ecosystem: str, name: str) -> str:
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name)) if ecosystem == "pypi" else name.casefold()


def _fits(one: Locked, version: str, found: str) -> bool:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    if one.ecosystem == "golang":
        return not version or found.removeprefix("v") == version.removeprefix("v")
    if one.ecosystem != "pypi":
        return not version or found == version
    try:
        if version:
            return found == version or Version(found) == Version(version)
        return SpecifierSet(one.range).contains(Version(found), prereleases=True) if one.range else True
    except InvalidVersion:
        return False


# --------------------------------------------------------------------------- Python


def _requirements(file: File, project: Project) -> Iterator[Locked]:
    """pip's format: what is installed because the file names it, with the files that it includes."""
    waiting, seen = [file], {file.path}
    while waiting:
        one = waiting.pop()
        for number, line in _lines(_text(one)):
            if included := re.match(r"(?:-r|--requirement)(?:\s+|=|(?<=-r))(.+)", line):
                path = posixpath.join(posixpath.dirname(one.path), included[1].strip().strip("\"'"))
                for found in project.find(path):
                    if found.path not in seen:
                        seen.add(found.path)
                        waiting.append(found)
                if len(seen) > _MAX_INCLUDED:
                    raise EvidenceError(f"{file.path} includes more than {_MAX_INCLUDED} files")
            elif locked := _requirement_line(line, f"{one.path} (line {number})"):
                yield locked


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that are continued in one, with the number of the first."""
    begun, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        start = start if begun else number
        line = re.sub(r"(^|\s+)#.*$", "", line)
        if line.endswith("\\"):
            begun += line[:-1]
            continue
        if whole := (begun + line).strip():
            yield start, whole
        begun = ""
    if whole := begun.strip():
        yield start, whole


def _requirement_line(line: str, where: str) -> Locked | None:
    editable = re.match(r"(?:-e|--editable)(?:\s+|=)(.+)", line)
    line = editable[1].strip() if editable else line
    if line.startswith("-"):
        return None  # an index, a constraint, an option of pip: no dependency
    line = re.split(r"\s+--?[A-Za-z]", line)[0].strip()  # --hash, --config-settings
    named = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\]\s*)?@", line)
    if not named and re.match(r"(\.|/|~|file:|[A-Za-z]:\\|[^\s=<>!~;]+\.(whl|zip|tar\.gz)\b)", line):
        return None  # a folder or file of the project: part of it, and no dependency
    if not named and re.match(r"[a-z+]+://|git@", line):
        if egg := re.search(r"#.*?egg=([A-Za-z0-9._-]+)", line):
            return Locked(ecosystem="pypi", name=_normal("pypi", egg[1]))
        raise EvidenceError(f"{where} names a URL and not what is there; write name @ URL")
    return _pep508(line, where)


def _pep508(text: str, where: str) -> Locked:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise EvidenceError(f"{where} is no requirement that can be read: {told_by(error)}") from error
    exact = [s.version for s in found.specifier if s.operator in ("==", "===") and "*" not in s.version]
    return Locked(
        ecosystem="pypi",
        name=_normal("pypi", found.name),
        version=exact[0] if len(exact) == 1 else "",
        range="" if len(exact) == 1 else str(found.specifier),
        conditional=found.marker is not None,
    )


def _pyproject(file: File, project: Project) -> Iterator[Locked]:
    """PEP 621: ``project.dependencies``. Extras and dependency groups are not installed unasked."""
    data = _toml(file)
    table = data.get("project")
    if not isinstance(table, dict):
        raise EvidenceError(f"{file.path} has no [project] table, so its dependencies are not known")
    if "dependencies" in table.get("dynamic", ()):
        raise EvidenceError(
            f"{file.path} calls its dependencies dynamic; name the lock file or requirements.txt instead"
        )
    for n, text in enumerate(table.get("dependencies", ())):
        yield _pep508(text, f"{file.path}: project.dependencies.{n}")


def _uv(file: File, project: Project) -> Iterator[Locked]:
    """What the packages of the workspace itself need; extras and groups are not installed unasked."""
    data = _toml(file)
    packages = data.get("package", [])
    if "version" not in data:
        raise EvidenceError(f"{file.path} states no version, so it is no lock file of uv")
    versions: dict[str, set[str]] = defaultdict(set)
    local = set()
    for package in packages:
        name = _normal("pypi", package["name"])
        versions[name].add(package.get("version", ""))
        if {"editable", "virtual", "directory"} & set(package.get("source", {})):
            local.add(name)
    if not local:
        raise EvidenceError(
            f"{file.path} has no package of the project, so none of its dependencies is direct"
        )
    for package in packages:
        if _normal("pypi", package["name"]) not in local:
            continue
        for one in package.get("dependencies", ()):
            name = _normal("pypi", one["name"])
            if name in local:
                continue
            if name not in versions:
                raise EvidenceError(f"{file.path} has no package {name}, which {package['name']} needs")
            version = one.get("version") or (next(iter(versions[name])) if len(versions[name]) == 1 else "")
            yield Locked(ecosystem="pypi", name=name, version=version, conditional="marker" in one)


# --------------------------------------------------------------------------- npm


def _npm(file: File, project: Project) -> Iterator[Locked]:
    """Direct for the root and each workspace; versions 2 and 3 say so, 1 needs the package.json beside it."""
    data = _json(file)
    if isinstance(data.get("packages"), dict):
        yield from _npm_packages(file, data["packages"])
        return
    if data.get("lockfileVersion", 1) != 1:
        raise EvidenceError(f"{file.path} has no packages, and is not of version 1")
    beside = posixpath.join(posixpath.dirname(file.path), "package.json")
    try:
        manifest = _json(project.find(beside)[0])
    except EvidenceError as error:
        raise EvidenceError(
            f"{file.path} is of version 1, which does not say what is direct, and {error.reason}",
            error.outcome,
        ) from error
    installed = data.get("dependencies", {})
    for name, spec, conditional in _npm_wanted(manifest):
        found = installed.get(name)
        if found is None and not conditional:
            raise EvidenceError(f"{file.path} does not have {name}, which {beside} needs")
        version = (found or {}).get("version", "")
        if not version.startswith(("file:", "link:")):
            yield _npm_locked(name, spec, version, conditional=conditional)


def _npm_packages(file: File, packages: Mapping[str, Any]) -> Iterator[Locked]:
    if "" not in packages:
        raise EvidenceError(
            f"{file.path} has no package of the project, so none of its dependencies is direct"
        )
    for place, package in packages.items():
        if "node_modules" in place.split("/"):
            continue
        for name, spec, conditional in _npm_wanted(package):
            found = _npm_installed(packages, place, name)
            if found is None and not conditional:
                raise EvidenceError(f"{file.path} has no {name}, which {place or 'the project'} needs")
            found = found or {}
            if not found.get("link"):
                real = found.get("name", name)
                yield _npm_locked(real, spec, found.get("version", ""), conditional=conditional)


def _npm_wanted(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name, range and whether it may be absent: what may fail to install, and what others may bring."""
    optional = manifest.get("optionalDependencies", {})
    peers = manifest.get("peerDependenciesMeta", {})
    for name, spec in manifest.get("dependencies", {}).items():
        if name not in optional:
            yield name, spec, False
    for name, spec in optional.items():
        yield name, spec, True
    for name, spec in manifest.get("peerDependencies", {}).items():
        if not peers.get(name, {}).get("optional"):
            yield name, spec, True


def _npm_installed(packages: Mapping[str, Any], place: str, name: str) -> Mapping[str, Any] | None:
    """As Node looks it up: in the folder itself, then in each around it."""
    while True:
        found = packages.get(posixpath.join(place, "node_modules", name))
        if found is not None or not place:
            return found
        place = posixpath.dirname(place)


def _npm_locked(name: str, spec: str, version: str, *, conditional: bool) -> Locked:
    alias = re.fullmatch(r"npm:(@?[^@]+)(?:@.*)?", version) or re.fullmatch(r"npm:(@?[^@]+)(?:@.*)?", spec)
    if version.startswith("npm:"):
        version = version.rpartition("@")[2]
    if not re.match(r"\d", version):
        version = ""  # a place in git or elsewhere
    return Locked(ecosystem="npm", name=alias[1] if alias else name, version=version, conditional=conditional)


# --------------------------------------------------------------------------- Cargo, Go


def _cargo(file: File, project: Project) -> Iterator[Locked]:
    """What the packages without a source need; development dependencies only the manifests tell apart."""
    packages = _toml(file).get("package", [])
    local = {p["name"] for p in packages if "source" not in p}
    if not local:
        raise EvidenceError(
            f"{file.path} has no package of the project, so none of its dependencies is direct"
        )
    versions: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        if "source" in package:
            versions[package["name"]].append(package["version"])
    manifests = dict(_cargo_manifests(file, project))
    for package in packages:
        if "source" in package:
            continue
        kinds = manifests.get(package["name"])
        for text in package.get("dependencies", ()):
            name, _, version = text.partition(" ")
            if name not in versions:
                if name in local:
                    continue
                raise EvidenceError(f"{file.path} has no package {name}, which {package['name']} needs")
            kind = kinds.get(name, "") if kinds is not None else "always"
            if kind in ("dev", ""):
                continue
            version = version.split(" ")[0] or (versions[name][0] if len(versions[name]) == 1 else "")
            yield Locked(ecosystem="cargo", name=name, version=version, conditional=kind == "condition")


def _cargo_manifests(file: File, project: Project) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Package -> dependency -> ``always``, ``condition`` or ``dev``, of the manifests beside a lock file."""
    folder = posixpath.dirname(file.path)
    try:
        root = _toml(project.find(posixpath.join(folder, "Cargo.toml"))[0])
    except EvidenceError as error:
        if error.outcome is not Outcome.MISSING:
            raise
        return
    workspace = root.get("workspace", {})
    shared = workspace.get("dependencies", {})
    members = [root]
    for pattern in workspace.get("members", ()):
        try:
            members += [_toml(f) for f in project.find(posixpath.join(folder, pattern, "Cargo.toml"))]
        except EvidenceError as error:
            if error.outcome is not Outcome.MISSING:
                raise
    for manifest in members:
        if name := manifest.get("package", {}).get("name"):
            yield name, _cargo_kinds(manifest, shared)


def _cargo_kinds(manifest: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, str]:
    kinds: dict[str, str] = {}

    def note(table: Mapping[str, Any], kind: str, *, only: bool) -> None:
        for alias, spec in table.items():
            spec = spec if isinstance(spec, dict) else {}
            base = shared.get(alias) if spec.get("workspace") else None
            name = spec.get("package") or (base.get("package") if isinstance(base, dict) else None) or alias
            wanted = "condition" if kind == "always" and (only or spec.get("optional")) else kind
            rank = ("dev", "condition", "always")
            kinds[name] = max(kinds.get(name, "dev"), wanted, key=rank.index)

    for table, only in ((manifest, False), *((t, True) for t in manifest.get("target", {}).values())):
        note(table.get("dev-dependencies", {}), "dev", only=only)
        note(table.get("build-dependencies", {}), "always", only=only)
        note(table.get("dependencies", {}), "always", only=only)
    return kinds


def _go(file: File, project: Project) -> Iterator[Locked]:
    """``require`` without ``// indirect``; what ``replace`` puts in its place will do as well."""
    required: list[tuple[str, str]] = []
    replaced: dict[tuple[str, str], tuple[str, str]] = {}
    block, module = "", False
    for number, line in enumerate(_text(file).splitlines(), 1):
        code, _, comment = line.partition("//")
        words = [w.strip('"`') for w in code.split()]
        if not words:
            continue
        if words[0] == ")":
            block = ""
            continue
        if block:
            words.insert(0, block)
        elif len(words) >= 2 and words[-1] == "(":
            block = words[0]
            continue
        module |= words[0] == "module"
        where = f"{file.path} (line {number})"
        if words[0] == "require":
            if len(words) != 3:
                raise EvidenceError(f"{where} is no requirement: a module and a version")
            if not re.match(r"\s*indirect\b", comment):
                required.append((words[1], words[2]))
        elif words[0] == "replace":
            if "=>" not in words or not 1 <= len(words) - words.index("=>") - 1 <= 2:
                raise EvidenceError(f"{where} is no replacement: a module, => and what takes its place")
            at = words.index("=>")
            old, other = words[1:at], words[at + 1 :]
            replaced[old[0], old[1] if len(old) > 1 else ""] = (other[0], other[1] if len(other) > 1 else "")
    if not module or block:
        raise EvidenceError(
            f"{file.path} is no go.mod: it {'ends in a block' if block else 'names no module'}"
        )
    for name, version in required:
        new = replaced.get((name, version)) or replaced.get((name, ""))
        here = new is not None and new[0].startswith(("./", "../", "/"))
        yield Locked(
            ecosystem="golang",
            name=name,
            version="" if here else version,
            instead=None if here else new,
        )


_READERS: Mapping[str, Callable[[File, Project], Iterator[Locked]]] = {
    "pyproject.toml": _pyproject,
    "uv.lock": _uv,
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "Cargo.lock": _cargo,
    "go.mod": _go,
}


# --------------------------------------------------------------------------- text


def _text(file: File) -> str:
    data = file.read(MAX_BYTES)
    # pip reads what the byte order mark says; PowerShell writes UTF-16 with `pip freeze > requirements.txt`.
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        said = "UTF-16, as which it begins" if wide else "UTF-8"
        raise EvidenceError(f"{file.path} is not {said} (byte {error.start})") from error


def _toml(file: File) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise EvidenceError(f"{file.path} is not TOML: {told_by(error)}") from error


def _json(file: File) -> dict[str, Any]:
    try:
        data = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{file.path} is not JSON: {told_by(error)}") from error
    if not isinstance(data, dict):
        raise EvidenceError(f"{file.path} is not a JSON object")
    return data
