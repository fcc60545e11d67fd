"""Ids of IEC 62443-4-1 (``SVV-3``), -4-2 (``CR 1.1 RE(1)``) and the SSDF (``PW.4.1``), and OSPS codes.

These are short, and others use the same letters: NIST SP 800-53 has an SR-3, endpoint tools are called EDR.
So an id counts where its standard is named, and is called wrong only where nothing else suggests itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx_cra.citation.structure import Step, act, components, drafted, moved, practices, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.citation import Citation
    from sphinx_cra.citation.laws import Laws

_CUES = ("62443", "PO.", "PS.", "PW.", "RV.")
_NAMES_62443 = re.compile(r"62443")
_OTHERS = re.compile(r"(?i)800-53|800-171|fedramp|\bCSF\b|800-82|SOC ?2|nerc")
_PROCESS = re.compile(
    r"(?<![\w.\-])(?P<practice>SM|SR|SD|SI|SVV|DM|SUM|SG)(?:-| )(?P<number>\d{1,2})(?![\w%]|\.\d|-\w|\()"
)
_COMPONENT = re.compile(
    r"(?<![\w.\-])(?P<type>CR|SAR|EDR|HDR|NDR)[ \-\u00a0]?(?P<number>[1-7]\.\d{1,2})(?![\w]|\.\d)"
    r"(?:[,\s]{0,2}RE[\s\-]?\(?(?P<re>\d)\)?(?!\w))?"
    r"|(?<![\w.\-])CCSC[ \-\u00a0]?(?P<common>\d{1,2})(?![\w]|\.\d)"
)
_TASK = re.compile(r"(?<![\w.\-])(?P<id>(?:PO|PS|PW|RV)\.\d{1,2}(?:\.\d{1,2})?)(?![\w\-]|\.\d)")
_NAMES_SSDF = re.compile(r"(?i)\bSSDF|800-218|secure software development framework")
_HISTORY = re.compile(r"(?i)\b(?:deleted|merged|moved|retired|demoted|renumbered)\b")
_DRAFT = re.compile(r"(?i)SSDF\)?,? ?(?:v|version )?1\.2|800-218 ?r(?:ev\.? ?)?1|218r1")
_OSPS = re.compile(r"(?i)\bosps\b|security baseline|guideline-mappings")
_CODE = r"[12]\.\d{1,2}[a-z]?"
_LIST = re.compile(
    rf"(?<![\w\-])CRA[\"'*`\]]*\s{{0,3}}[:|]\s{{0,3}}[\[\"']?(?P<codes>{_CODE}(?![\w.])(?:[\"']?\s?[,;]\s?[\"']?{_CODE}(?![\w.])){{0,60}})"
)
_REFERENCE = re.compile(
    r"(?m)^[^\S\n]{0,40}-?[^\S\n]{0,4}reference-id:[^\S\n]{0,4}[\"']?CRA[\"']?[^\S\n]{0,4}$"
)
_ENTRY = re.compile(
    rf"\n[^\S\n]{{0,40}}(?:-[^\S\n]{{0,4}}(?:reference-id:[^\S\n]{{0,4}})?[\"']?(?P<code>{_CODE})[\"']?[^\S\n]{{0,9}}(?=\n|$)"
    r"|(?:identifiers|entries|strength|remarks|coordinates|relationship)[:][^\n]{0,200})"
)
_ONE = re.compile(_CODE)


def cued(text: str) -> bool:
    """Whether a text can hold an id at all; quick."""
    return any(cue in text for cue in _CUES) or _OSPS.search(text) is not None


def find(text: str, laws: Laws) -> Iterator[Citation]:
    """Every id that its standard is named for."""
    if not cued(text):
        return
    if _NAMES_62443.search(text):
        yield from _processes(text, laws)
        yield from _components(text, laws)
    yield from _tasks(text, laws)
    if _OSPS.search(text):
        yield from _codes(text)


def _made(text: str, start: int, end: int, law: str, **more: Any) -> Citation:
    from sphinx_cra.citation import Citation, Outcome

    wrong, unsure = more.pop("wrong", False), more.pop("unsure", "")
    outcome = Outcome.WRONG if wrong and not unsure else Outcome.UNCHECKED if wrong else Outcome.EXISTS
    if wrong and unsure:
        more["reason"], more["way_out"] = f"{more['reason']}; {unsure}", ""
    words = " ".join(text[start:end].split())
    return Citation(start=start, end=end, text=words, law=law, outcome=outcome, **more)


def _near(text: str, laws: Laws, start: int, pattern: re.Pattern[str]) -> bool:
    low, high = laws.layout.around(start, laws.layout.paragraphs, len(text))
    return pattern.search(text, max(low, start - 2000), min(high, start + 2000)) is not None


def _processes(text: str, laws: Laws) -> Iterator[Citation]:
    others = _OTHERS.search(text) is not None
    for match in _PROCESS.finditer(text):
        practice, number = match["practice"], int(match["number"])
        plain = practice in ("SVV", "SUM", "SG", "DM")
        if not plain and (others or not _near(text, laws, match.start(), _NAMES_62443)):
            continue  # SR-3 of NIST SP 800-53, SM-7 the phone
        if match[0][len(practice)] == " " and practice != "SVV":
            continue
        count = practices()[practice]
        name = f"{practice}-{number}"
        if 0 < number <= count:
            ids = (f"IEC62443_4_1_{practice}_{number}",)
            yield _made(text, match.start(), match.end(), "iec62443-4-1", printed=name, ids=ids)
        else:
            near = _near(text, laws, match.start(), _NAMES_62443)
            unsure = "" if near or practice in ("SVV", "SUM") else "IEC 62443 is not named near it"
            yield _made(
                text, match.start(), match.end(), "iec62443-4-1", wrong=True,
                unsure=unsure or laws.doubted(match.start(), match.end()),
                reason=f"practice {practice} of IEC 62443-4-1:2018 has {practice}-1 to {practice}-{count}",
            )  # fmt: skip


def _components(text: str, laws: Laws) -> Iterator[Citation]:
    for match in _COMPONENT.finditer(text):
        kind, number = match["type"] or "CCSC", match["number"] or match["common"]
        name = f"{kind} {number}"
        if kind in ("EDR", "SAR") and not _near(text, laws, match.start(), _NAMES_62443):
            continue
        counts = components()
        enhancement = int(match["re"] or 0)
        if name in counts and enhancement <= counts[name]:
            full = f"{name} RE({enhancement})" if enhancement else name
            ident = "IEC62443_4_2_" + re.sub(r"\W+", "_", full).strip("_")
            yield _made(text, match.start(), match.end(), "iec62443-4-2", printed=full, ids=(ident,))
            continue
        if name in counts:
            reason = f"{name} of IEC 62443-4-2:2019 has {_enhancements(counts[name])}"
            way_out = ""
        else:
            reason = f"IEC 62443-4-2:2019 has no {name}"
            same = [n for n in counts if n.split()[1] == number]
            way_out = f"did you mean {' or '.join(same)}?" if same else ""
        yield _made(
            text, match.start(), match.end(), "iec62443-4-2", wrong=True,
            unsure=laws.doubted(match.start(), match.end()), reason=reason, way_out=way_out,
        )  # fmt: skip


def _enhancements(count: int) -> str:
    if count < 2:
        return "RE(1) only" if count else "no enhancement"
    return f"RE(1) to RE({count})"


def _tasks(text: str, laws: Laws) -> Iterator[Citation]:
    matches = list(_TASK.finditer(text))
    if not matches:
        return
    named = _NAMES_SSDF.search(text) is not None
    draft = _DRAFT.search(text) is not None
    for match in matches:
        name = match["id"]
        if name in tasks():
            if named or name.count(".") == 2:
                ids = (f"SSDF_{name.replace('.', '_')}",)
                yield _made(text, match.start(), match.end(), "ssdf", printed=name, ids=ids)
            continue
        if not named:
            continue
        low, high = laws.layout.around(match.start(), laws.layout.sentences, len(text))
        told = _HISTORY.search(text, max(low, match.start() - 200), min(high, match.end() + 200))
        unsure = "the text tells what became of an id" if told else laws.doubted(match.start(), match.end())
        if draft or any(name == d or name.startswith(f"{d}.") for d in drafted()):
            unsure = "the draft of 1.2 may have it"
        practice = name.rpartition(".")[0] if name.count(".") == 2 else ""
        there = sorted(t for t in tasks() if practice in tasks() and t.startswith(f"{practice}."))
        way_out = f"{name} of an earlier draft is now {moved()[name]}" if name in moved() else ""
        if not way_out and there:
            way_out = f"{practice} has {', '.join(there)}"
        yield _made(
            text, match.start(), match.end(), "ssdf", wrong=True, unsure=unsure,
            reason=f"SSDF 1.1 has no {name}", way_out=way_out,
        )  # fmt: skip


# -------------------------------------------------------------------------------- OSPS


def _codes(text: str) -> Iterator[Citation]:
    """Short codes of the Act in the mappings of the OSPS Baseline: ``1.2d``, and only there."""
    for match in _LIST.finditer(text):
        for code in _ONE.finditer(text, match.start("codes"), match.end("codes")):
            yield _code(text, code.start(), code.end())
    for reference in _REFERENCE.finditer(text):
        position = reference.end()
        while (entry := _ENTRY.match(text, position)) is not None:
            if entry["code"]:
                yield _code(text, entry.start("code"), entry.end("code"))
            position = entry.end()


def _code(text: str, start: int, end: int) -> Citation:
    part, _, rest = text[start:end].partition(".")
    number = rest.rstrip("abcdefghijklmnopqrstuvwxyz")
    steps = [Step("annex", "I"), Step("part", "I" * int(part)), Step("number", number)]
    if rest != number:
        steps.append(Step("letter", rest[len(number) :]))
    found = act().find(tuple(steps))
    if found.nodes:
        node = found.nodes[0]
        return _made(text, start, end, "cra", printed=node.printed, ids=(node.id,))
    at = found.at.printed if found.at else "the Act"
    label = found.lost.label if found.lost else ""
    return _made(text, start, end, "cra", wrong=True, reason=f"{at} has no point ({label})")
