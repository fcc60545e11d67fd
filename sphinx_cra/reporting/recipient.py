"""Who receives a report: the CSIRT designated as coordinator of which Member State (Article 14(7)).

Decided from what is stated and never guessed from an address. ENISA has access to the same
notification at the same time, through the same platform; nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBER_STATES: Mapping[str, str] = {
    "AT": "Austria",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DE": "Germany",
    "DK": "Denmark",
    "EE": "Estonia",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GR": "Greece",
    "HR": "Croatia",
    "HU": "Hungary",
    "IE": "Ireland",
    "IS": "Iceland",
    "IT": "Italy",
    "LI": "Liechtenstein",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "LV": "Latvia",
    "MT": "Malta",
    "NL": "Netherlands",
    "NO": "Norway",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "SE": "Sweden",
    "SI": "Slovenia",
    "SK": "Slovakia",
}
"""Codes of ISO 3166-1, with the states of the European Economic Area, as in the product file.
EL, as the Union writes Greece, is read as well."""


def named(code: str) -> str:
    """``Germany (DE)``."""
    return f"{MEMBER_STATES[code]} ({code})" if code in MEMBER_STATES else code


def member_state(text: str) -> str | None:
    """The code of a Member State, from its code or its English name; None if it is none."""
    folded = text.strip().casefold()
    if folded == "el":
        return "GR"
    for code, name in MEMBER_STATES.items():
        if folded in (code.casefold(), name.casefold()):
            return code
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Establishment:
    """Where the manufacturer is, as far as it decides who receives a report; codes of Member States."""

    decisions_in: str = ""
    """Where decisions on the cybersecurity of the products are predominantly taken."""
    most_employees_in: str = ""
    """Where the establishment with most employees in the Union is."""
    in_union: bool | None = None
    """Whether there is a main establishment in the Union at all."""
    representative_in: str = ""
    importer_in: str = ""
    distributor_in: str = ""
    most_users_in: str = ""
    stated: str = ""
    """What the product file names as the Member State; counts where the facts do not decide."""
    first_reported_to: str = ""
    """Whose CSIRT received the first report, where point (d) decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Which Member State's CSIRT, by which point of the Article."""

    state: str
    """Code; empty where it cannot be told."""
    clause: str
    reason: str
    """One sentence without the last full stop."""
    lacks: tuple[str, ...] = ()
    """What would have to be stated to tell."""


_P = "CRA_ART_14_7"
_ORDER = (
    (
        "representative_in",
        f"{_P}_SP3_A",
        "the authorised representative for most of its products is established",
    ),
    ("importer_in", f"{_P}_SP3_B", "the importer of most of its products is established"),
    ("distributor_in", f"{_P}_SP3_C", "the distributor of most of its products is established"),
    ("most_users_in", f"{_P}_SP3_D", "most users of its products are"),
)


def recipient(where: Establishment) -> Recipient:
    """The coordinator by the main establishment, else by the order of points (a) to (d)."""
    if where.in_union is not False:
        if where.decisions_in:
            reason = "decisions on the cybersecurity of its products are predominantly taken there"
            return Recipient(state=where.decisions_in, clause=f"{_P}_SP2", reason=reason)
        if where.most_employees_in:
            reason = (
                "where decisions are predominantly taken is not stated, and the establishment with most "
                "employees in the Union is there; that counts only where the first cannot be determined"
            )
            return Recipient(state=where.most_employees_in, clause=f"{_P}_SP2", reason=reason)
    if where.in_union is not False:
        reason = "the Member State of the main establishment is not stated"
        if where.stated:
            reason = f"the product file names it (reporting.member_state), but {reason}"
        return Recipient(
            state=where.stated,
            clause=f"{_P}_SP2",
            reason=reason,
            lacks=(
                "where decisions on the cybersecurity of the products are predominantly taken (decisions_in)",
                "if that cannot be determined, where most employees in the Union are (most_employees_in)",
                "without one in the Union, in_union: false and the facts for points (a) to (d)",
            ),
        )
    for name, clause, words in _ORDER:
        if state := getattr(where, name):
            reason = f"there is no main establishment in the Union, and {words} there"
            if name == "most_users_in" and where.first_reported_to:
                reason = (
                    "there is no main establishment in the Union, and point (d) lets later reports go to the "
                    "CSIRT that received the first"
                )
                return Recipient(state=where.first_reported_to, clause=f"{_P}_SP4", reason=reason)
            return Recipient(state=state, clause=clause, reason=reason)
    reason = "there is no main establishment in the Union, and no fact for points (a) to (d) is stated"
    return Recipient(
        state=where.stated,
        clause=f"{_P}_SP3",
        reason=f"the product file names it (reporting.member_state), but {reason}"
        if where.stated
        else reason,
        lacks=tuple(f"the Member State in which {words} ({name})" for name, _, words in _ORDER),
    )
