"""Whose law a citation is of: *Article 32* of which act?

The rule, first that fits:

1. a law named right at the citation (``CRA Art. 13``, ``Article 32 of the GDPR``), or at another one
   of the same list;
2. ``Annex I, Part I`` or ``Part II`` with a point, where the Act is named anywhere and no other law in the
   same sentence: no other act of this field has these Parts;
3. the laws named in the same sentence, else paragraph, else section, else document: where it is one law,
   it is that one for sure; where they are several, the one named last before it, and not for sure.

Only what is for sure of the Act can be called wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CRA = "cra"
OTHER = "other"

_ACT = r"""
    (?<![A-Za-z])(?i:cra)(?![A-Za-z]|_(?:ART|ANX))
  | (?i:cyber[\s\-]?resilience[\s\-]?act|cyber[\s\-]?resilien[zc][\s\-]?(?:verordnung|gesetz|act)
      |(?:règlement|loi|acte)\ssur\sla\s(?:cyber[\s\-]?résilience|résilience\scyber\w{0,20})
      |cyber[\s\-]?resilience[\s\-]?regulation)
  | 2024/2847 | 32024R2847 | L_202402847
"""
_NAMED = r"""
    (?<![A-Za-z])(?:GDPR|DS-?GVO|RGPD|NIS[\s\-]?[12]?|NIS-?2UmsuCG|BSIG|RED|AI\sAct|AIA|KI-(?:VO|Verordnung)|EU\sAI\s?Act
      |CSA|GPSR|MDR|IVDR|DORA|DSA|DMA|eIDAS|PLD|LVD|EMCD?|PSD2|EHDS|CER|MiCA|CSRD|CSDDD|DGA|ePrivacy|TFEU|TEU|AEUV|EUV
      |TFUE|TUE|BDSG|GG|BGB|StGB|HGB|TMG|TKG|TTDSG|ProdSG|ProdHaftG|HIPAA|CCPA|SOX|CIRCIA|CMMC|ECHR|EMRK|UCC|MED
      |ESPR|CRMA|UNECE|CBAM|EECC|AIFMD)(?![A-Za-z])
  | (?i:general\sdata\sprotection\sregulation|datenschutz-?grundverordnung|radio\sequipment\sdirective
      |funkanlagenrichtlinie|maschinen-?(?:verordnung|richtlinie)|ki-?verordnung|cyber-?security\sact
      |règlement\s(?:machines?|ia|sur\sl['’]ia|général\ssur\sla\sprotection)|directive\s(?:machines?|sri|nis)
      |(?:cra\s)?standardi[sz]ation\srequests?|cra\ssr(?!\w)|normungsauftrag\w{0,3}|demande\sde\snormalisation
      |grundgesetz|charter\sof\sfundamental\srights|data\sact|machinery\s(?:regulation|directive))
"""
_NUMBERED = r"""
    (?i:(?:regulation|directive|decision|verordnung|richtlinie|beschluss|règlement|décision|vo|rl)\s
       (?:delegated\s|implementing\s)?\(?(?:eu|ec|eg|ewg|ue|ce|eec|euratom)?\)?,?\s?(?:no\.?\s|nr\.\s|n[°o]\s)?)
    \d{2,4}/\d{2,4}(?:/(?:EU|EC|EG|UE|CE|EEC|EWG))?
  | (?<![\d/])\d{2,4}/\d{1,4}/(?:EU|EC|EG|UE|CE|EEC|EWG)(?![A-Za-z])
  | \((?:EU|EC|EG|UE|CE)\)\s?(?:No\.?\s|Nr\.\s|n[°o]\s)?\d{2,4}/\d{2,4}
  | (?<!\d)(?:2016/679|2022/2555|2022/30|2024/1689|2019/881|2023/1230|2023/988|2022/2554|2023/2854
      |2017/745|2017/746)(?!\d)
"""
_STANDARD = r"""
    (?<![A-Za-z])(?:ISO(?:/IEC)?|IEC|IEEE|ETSI(?:\s(?:EN|TS|TR))?|EN(?:\s(?:ISO|IEC|IEC/ISO))?|NIST(?:\sSP)?|BSI\sTR|DIN|ITU-T|ANSI|RFC)
    [\s\-]?\d[\w.\-:]{0,20}
"""
_CALLED = r"""
    (?<![\w\-])(?!(?:The|This|That|These|Those|Each|Any|Such|New|EU|European|Union|Final|Under|See|In|Of)\s(?:Act|Directive|Regulation)\b)
    (?:[A-Z][\w\-]{1,30}\s){1,3}(?:Act|Directive|Regulation|Convention|Treaty|Code)(?![\w\-])
  | (?<![\w\-])[A-ZÄÖÜ][a-zäöüß\-A-Z]{2,40}(?:gesetz|gesetzbuch|verordnung|richtlinie)(?:es|s|en)?(?!\w)
  | (?i:(?<!\w)(?:that|jener|jene|dudit|ladite)\s(?:regulation|directive|verordnung|richtlinie|règlement))
"""
_LAW = re.compile(  # the first look is what makes it quick: no law begins within a word
    rf"(?<![A-Za-z])(?:(?P<named>{_NAMED})|(?P<act>{_ACT})|(?P<numbered>{_NUMBERED})"
    rf"|(?P<standard>{_STANDARD})|(?P<called>{_CALLED}))",
    re.VERBOSE,
)
_NAMES = re.compile(r"(?i)(?<![a-z])cra(?![a-z])")
_IS_ACT = re.compile(r"2024/2847|(?i:cyber[\s\-]?resilien[cz])")
_SHORT = re.compile(
    r"""[\s,]*[(\[]\W{0,3}(?:the\s|hereinafter\s|‘|’){0,3}\W{0,3}([A-Z][A-Za-z]?[A-Z0-9]{1,6})\W{0,3}[)\]]"""
)
_UNKNOWN = re.compile(
    r"[)\]]?,?\s(?:of\s(?:the\s)?|der\s|des\s|du\s|de\sla\s)?(?!CRA|SBOM|VEX|EU|ENISA|CSIRT|CE|AND|OR|IN|OF|TO|THE|FOSS|OSS|CVD|CVE|PDE)"
    r"[A-Z]{2,8}(?![\w\-])"
)
_TOPIC = re.compile(
    r"(?i)data protection|privacy|personal data|datenschutz|personenbezogen|protection des données"
    r"|données personnelles|medical device|medizinprodukt|machinery|maschinen|machines\b"
    r"|artificial intelligence"
    r"|high-risk ai|hochrisiko|product liability|produkthaftung|copyright|urheber|constitution|verfassung"
)
_SELF = re.compile(
    r"(?i)(?:this|present|dieser|vorliegenden|présent)\s(?:regulation|verordnung|règlement|act)\b"
)
_PROPOSAL = re.compile(
    r"(?i)COM\s?\(2022\)\s*454|(?<![a-z])proposal(?![a-z]{2})|\bproposed\b|\bvorschlags?\b|\bentwurf(?:s|es)?\b|\bproposition\b|\bdraft\b"
    r"|\bprojet de règlement\b|\b2022/0272\b"
)
_DENIAL = re.compile(
    r"(?i)\b(?:do|does|did) ?n[o']t (?:exist|have)|\bno such\b"
    r"|\bthere (?:is|are) no\b|\b(?:has|have) (?:no|only)\b"
    r"|\bno longer\b|\bgibt es nicht|\bexistier(?:t|en) nicht|\bhat (?:kein|nur)|\bn['’]existe|\bwrong\b"
    r"|\bmis-?(?:cit|quot|number)|\bnon-?existent|\brenumber|\bbeyond\b|\bformerly\b|\bfalsch\b"
    r"|\bwithdr[ae]w|\bretired\b|\bsuperseded\b|\bmoved to\b|\(now\b"
    r"|\binstead of\b|\bnot (?:the )?(?:oj|official|final|text)\b|\bnot in the\b"
)

_AFTER_PREPOSITION = re.compile(
    r"""(?xi)[\s,)\]"'*_`.]*(?:(?:,\s)?(?:of|to|in|from|under|within|der|des|dem|im|von|vom|zur|zum|du|de|d['’]|au|à)(?!\w)\s*)
    (?:(?:the|la|le|les|l['’]|der|die|das|dem|des|eu(?:['’]s)?|union(?:['’]s)?|european|new|so-called|council|commission|\(eu\))(?!\w)[\s]*
      |[("'*_`„“«\[]\s*)*$"""
)
_AFTER_PLAIN = re.compile(
    r"""(?xi)\s*[)\]"'*_`]*\s*(?:[(\[]\s*)?(?:(?:the|der|eu|in\sthe)\s)?["'*_`„“«\[]*$"""
)
_AFTER_COMMA = re.compile(r"""(?xi)\s*,\s*(?:the\s|eu\s)?$""")
_BEFORE_TIGHT = re.compile(
    r"""(?xi)(?:['’]s)?[\s"'*_`)\]–—\-=>:]*(?:[(\[]\s*)?["'*_`]*(?:the\s|die\s|der\s|den\s|l['’]\s?)?$"""
)
_BEFORE_COMMA = re.compile(
    r"""(?xi)(?:['’]s)?[\s"'*_`)\]]*[,;:(\[–—\-][\s"'*_`(\[]*(?:(?:the|die|der|see|cf\.|vgl\.|siehe|voir)\s)?["'*_`]*$"""
)
_JOIN = re.compile(
    r"""(?xi)[\s"'*_`\])]*(?:,|;|/|&|\+|and|or|und|oder|et|ou|to|bis|in\sconjunction\swith|read\swith|i\.\s?v\.\s?m\.|together\swith|
    as\swell\sas|sowie|with|–|—|-)?[\s,"'*_`\[(]*(?:and|or|und|oder|et|ou|in|with|its|their|the|of|cf\.|see)?[\s"'*_`\[]*$"""
)
_LONGEST = 48


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text names a law."""

    start: int
    end: int
    law: str
    """``cra``, or another, as it is named."""
    standard: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a text begin, each a sorted list of positions."""

    sentences: Sequence[int]
    paragraphs: Sequence[int]
    sections: Sequence[int]

    def around(self, position: int, starts: Sequence[int], end: int) -> tuple[int, int]:
        n = bisect_right(starts, position)
        return (starts[n - 1] if n else 0), (starts[n] if n < len(starts) else end)


_PARAGRAPH = re.compile(
    r"\n[^\S\n]*+[>#*]*+[^\S\n]*+(?=\n)|\n(?=[^\S\n]*+(?:[-*+•]\s|\d{1,3}[.)]\s|\||\#{1,6}\s|\.\.\s|:\w))"
)
_SENTENCE = re.compile(r"(?<=[.!?])[)\"'*_`]*\s+(?=[*_`\"'(\[]*[A-ZÄÖÜÀÉ])|\s\|\s?|\|\s|;\s|\s[•·]\s")
_ABBREVIATED = re.compile(
    r"(?i)(?:\b(?:art|arts|no|nos|nr|abs|cf|vgl|bzw|e\.g|i\.e|z\.b|d\.h|para|lit|buchst|p|pp|ca|s|vs|al|ziff|ff|unterabs|uabs)\.)$"
)
_SECTION = re.compile(
    r"(?m)^(?:\#{1,6}\s.*|[^\n]{1,200}\n(?:={3,}|-{3,}|~{3,}|\^{3,}|\"{3,}|\*{3,}|\+{3,})\s*$)"
)
_RECORD = re.compile(r"\n(?=[^\S\n]*+(?:-\s|[{}\[\]]|\n))|[{}]")


def prose(text: str) -> Layout:
    """Sentences, paragraphs and sections of Markdown, reST and plain text."""
    paragraphs = [m.start() + 1 for m in _PARAGRAPH.finditer(text)]
    sections = [m.start() for m in _SECTION.finditer(text)]
    sentences = [
        m.end()
        for m in _SENTENCE.finditer(text)
        if not _ABBREVIATED.search(text, max(0, m.start() - 10), m.start())
    ]
    paragraphs = sorted({*paragraphs, *sections})
    return Layout(sorted({*sentences, *paragraphs}), paragraphs, sections)


def data(text: str) -> Layout:
    """Lines and records of YAML and JSON; a file is one section."""
    lines = [m.end() for m in re.finditer(r"\n", text)]
    sentences = [
        m.end()
        for m in _SENTENCE.finditer(text)
        if not _ABBREVIATED.search(text, max(0, m.start() - 10), m.start())
    ]
    records = [m.end() for m in _RECORD.finditer(text)]
    return Layout(sorted({*lines, *sentences}), records, [])


@dataclass(slots=True)
class Laws:
    """The laws that a text names, and whose a citation in it is."""

    text: str
    layout: Layout
    name: str = ""
    """Of the file, which may name the Act too."""
    project: bool = False
    """Whether it belongs to the documentation of a product under the Act."""
    assumed: bool = False
    """Whether whoever asks says that citations without a law are of the Act."""
    mentions: list[Mention] = field(init=False)

    def __post_init__(self) -> None:
        self.mentions = _called(self.text, [_mention(m) for m in _LAW.finditer(self.text)])
        self._starts = [m.start for m in self.mentions]
        self._ends = [m.end for m in self.mentions]
        self._laws = [m for m in self.mentions if not m.standard]
        self._law_starts = [m.start for m in self._laws]
        self.names_act = any(m.law == CRA for m in self._laws) or bool(
            re.search(r"(?i)(?<![a-z])cra(?![a-z])", self.name)
        )
        self.names_other = any(m.law != CRA for m in self._laws)
        self._known = {m.law for m in self._laws}

    _starts: list[int] = field(init=False, default_factory=list)
    _ends: list[int] = field(init=False, default_factory=list)
    _laws: list[Mention] = field(init=False, default_factory=list)
    _law_starts: list[int] = field(init=False, default_factory=list)
    _doubts: list[list[int]] | None = field(init=False, default=None)
    _known: set[str] = field(init=False, default_factory=set)
    names_act: bool = field(init=False, default=False)
    names_other: bool = field(init=False, default=False)

    # -- at the citation

    def beside(self, start: int, end: int, *, last: int, cited: set[int]) -> str:
        """The law that is named right at a citation; nothing where there is none.

        :param last: where the list ends that the citation is in.
        :param cited: where citations begin, since a law before one is that one's.
        """
        after, between = self._next(end)
        before, since = self._last(start)
        if after and _AFTER_PREPOSITION.match(between):
            return after.law
        own = _SELF.search(self.text[end : end + 40])
        if own and _AFTER_PREPOSITION.match(self.text[end : end + own.start()]):
            return ""
        if before and "(" in since and _UNKNOWN.match(self.text, last):
            before = None  # ``the CRA (Articles 4 and 5 DA)``
        if before and _BEFORE_TIGHT.match(since):
            return before.law
        if (
            after
            and not self._introduces(after, cited)
            and (_AFTER_PLAIN.match(between) or _AFTER_COMMA.match(between))
        ):
            return after.law
        if before and _BEFORE_COMMA.match(since):
            return before.law
        return ""

    def _introduces(self, mention: Mention, cited: set[int]) -> bool:
        gap = self.text[mention.end : mention.end + 12]
        return any(
            mention.end + n in cited
            for n in range(len(gap) + 1)
            if not gap[:n].strip("'’s \t\n:,([\"*_`–—-=>")
        )

    def _next(self, end: int) -> tuple[Mention | None, str]:
        n = bisect_left(self._starts, end)
        if n == len(self._starts) or self._starts[n] - end > _LONGEST:
            return None, ""
        between = self.text[end : self._starts[n]]
        return (None, "") if _breaks(between) else (self.mentions[n], between)

    def _last(self, start: int) -> tuple[Mention | None, str]:
        n = bisect_right(self._ends, start)
        if not n or start - self._ends[n - 1] > _LONGEST:
            return None, ""
        between = self.text[self._ends[n - 1] : start]
        return (None, "") if _breaks(between) else (self.mentions[n - 1], between)

    def joined(self, end: int, start: int) -> bool:
        """Whether two citations are one list, so that a law at one is named for both."""
        return (
            0 <= start - end <= _LONGEST
            and not _breaks(self.text[end:start])
            and bool(_JOIN.match(self.text[end:start]))
        )

    # -- around it

    def around(self, start: int, end: int, *, shaped: bool, annex: bool) -> tuple[str, bool]:
        """The law of a citation without one at it, and whether that is sure."""
        law, sure = self._around(start, shaped=shaped, annex=annex)
        return law, sure and not _UNKNOWN.match(self.text, end) and not self._foreign(start)

    def _foreign(self, start: int) -> bool:
        """Whether a sentence that names no law is about what another one rules."""
        low, high = self.layout.around(start, self.layout.sentences, len(self.text))
        if self._within(low, high):
            return False
        return _TOPIC.search(self.text, max(low, start - 400), min(high, start + 400)) is not None

    def _around(self, start: int, *, shaped: bool, annex: bool) -> tuple[str, bool]:
        size = len(self.text)
        sentence = self._within(*self.layout.around(start, self.layout.sentences, size))
        known = {m.law for m in sentence}
        if shaped and (CRA in known or not known) and self._act_possible():
            return CRA, True
        if annex and CRA not in known and self._standard(start):
            return OTHER, False
        if known:
            return self._chosen(sentence, known, start)
        for starts in (self.layout.paragraphs, self.layout.sections):
            part = self._within(*self.layout.around(start, starts, size)) if starts else []
            if part:
                known = {m.law for m in part}
                return self._chosen(part, known, start)
        if self.assumed:
            return CRA, True
        if self._laws:
            return self._chosen(self._laws, self._known, start)
        if self.names_act:  # in the name of the file alone
            return CRA, bool(_NAMES.search(self.name.rpartition("/")[2]))
        if self.project and shaped:
            return CRA, True
        return "", False

    def _act_possible(self) -> bool:
        return self.names_act or self.assumed or (self.project and not self.names_other)

    def _standard(self, start: int) -> bool:
        low, high = self.layout.around(start, self.layout.sentences, len(self.text))
        n = bisect_left(self._starts, low)
        while n < len(self._starts) and self._starts[n] < high:
            if self.mentions[n].standard:
                return True
            n += 1
        return False

    def _within(self, low: int, high: int) -> list[Mention]:
        n, end = bisect_left(self._law_starts, low), bisect_left(self._law_starts, high)
        return (
            self._laws[n:end] if end - n < 200 else [*self._laws[n : n + 100], *self._laws[end - 100 : end]]
        )

    def _chosen(self, mentions: list[Mention], known: set[str], start: int) -> tuple[str, bool]:
        if len(known) == 1:
            return next(iter(known)), True
        if CRA not in known:
            return OTHER, True
        n = bisect_right(self._law_starts, start)
        last = self._laws[n - 1] if n and self._laws[n - 1].start >= mentions[0].start else mentions[0]
        return last.law, False

    # -- what the words around say

    def doubted(self, start: int, end: int) -> str:
        """Why a citation that does not exist may be right: it is of the proposal, or the text says so."""
        if self._doubts is None:
            self._doubts = [[m.start() for m in p.finditer(self.text)] for p in (_PROPOSAL, _DENIAL)]
        low, high = self.layout.around(start, self.layout.sentences, len(self.text))
        low, high = max(low, start - 400), min(high, end + 400)
        for starts, why in zip(self._doubts, _DOUBTS, strict=True):
            n = bisect_left(starts, low)
            if n < len(starts) and starts[n] < high:
                return why
        return ""


_DOUBTS = ("the sentence speaks of a proposal or draft", "the sentence speaks of what the Act does not have")


def _mention(match: re.Match[str]) -> Mention:
    law = CRA if match["act"] or _IS_ACT.search(match[0]) else " ".join(match[0].split())
    return Mention(match.start(), match.end(), law, match["standard"] is not None)


def _called(text: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions, and those by a short name that a text gives: ``the Data Act (DA)``."""
    given = (_SHORT.match(text, m.end) for m in mentions if m.law != CRA and not m.standard)
    names = sorted({m[1] for m in given if m and m[1].upper() not in ("CRA", "EU", "EC")})[:50]
    if not names:
        return mentions
    short = re.compile(rf"(?<![\w\-])(?:{'|'.join(map(re.escape, names))})(?![\w\-])")
    known = {m.start for m in mentions}
    more = [Mention(m.start(), m.end(), m[0]) for m in short.finditer(text) if m.start() not in known]
    return sorted([*mentions, *more], key=lambda m: (m.start, m.end))


def _breaks(between: str) -> bool:
    return "|" in between or "\n\n" in between
