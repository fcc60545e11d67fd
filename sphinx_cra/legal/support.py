"""R36 to R45: support period and updates (Art. 13(8) to (11), (19); Annex I, Part II)."""

from __future__ import annotations

from sphinx_cra.legal.dates import support_ends, years_after
from sphinx_cra.legal.rule import (
    Answer,
    Basis,
    Facts,
    Rules,
    lacking,
    met,
    not_applicable,
    not_met,
    undecidable,
)
from sphinx_cra.model import Severity
from sphinx_cra.product import StatedAt
from sphinx_cra.words import listed

RULES = Rules()
rule = RULES.rule

_LEAST = 5
_AVAILABLE = 10


def _unstated(facts: Facts) -> Answer | None:
    """The answer where start or end of the period cannot be told."""
    product = facts.product
    lacks = lacking(
        {
            "when the support period ends": product.support_period.end,
            "when the product is placed on the market": product.first_placing,
        }
    )
    if lacks:
        return undecidable(
            f"It is not stated {listed(lacks)}",
            "state support_period.end and market.first_unit",
            product.place("support_period"),
        )
    return None


@rule(
    "R36",
    "The support period is at least five years, or as long as a shorter expected use, with reasons",
    cites=("Article 13(8), third subparagraph",),
    severity=Severity.ERROR,
    inputs="support_period: start, end, note, considerations.user_expectations; market.first_unit, "
    "product.versions: placed_on_market; product.expected_use_years",
)
def long_enough(facts: Facts) -> Answer:
    """Counted from the first unit; R40 is about later ones. An end to the month is the month's last day."""
    skipped = _unstated(facts)
    if skipped is not None:
        return skipped
    product = facts.product
    end, start = product.support_period.end, product.first_placing
    assert end is not None
    assert start is not None
    place = product.place("support_period", "end")
    expected = product.expected_use_years
    begins = product.support_period.start
    if end.last_day < start:
        return not_met(
            f"Support ends on {end}, before the first unit is placed on the market on {start}",
            "correct support_period.end or market.first_unit",
            place,
        )
    if begins is not None and begins > start:
        return not_met(
            f"The support period starts on {begins}, after the first unit is placed on the market on {start}",
            "start it with the first unit",
            product.place("support_period", "start"),
        )
    if end.last_day >= years_after(start, _LEAST):
        return met(f"The support period from {start} to {end} is at least five years long")
    if expected is None:
        return not_met(
            f"The support period from {start} to {end} is shorter than five years, and the expected use is "
            "not stated",
            "support it for five years, or state product.expected_use_years with reasons",
            place,
        )
    if expected >= _LEAST:
        return not_met(
            f"The support period from {start} to {end} is shorter than five years, and the product is "
            f"expected to be used for {expected:g} years",
            "support it for as long as it is used",
            place,
        )
    if end.last_day < years_after(start, expected):
        return not_met(
            f"The support period from {start} to {end} is shorter than the expected use of {expected:g} "
            "years",
            "support it for as long as it is used",
            place,
        )
    if not (product.support_period.considerations.user_expectations or product.support_period.note):
        return not_met(
            f"The support period is shorter than five years, and no reason is given for an expected use of "
            f"{expected:g} years",
            "state support_period.note or support_period.considerations.user_expectations",
            product.place("support_period"),
        )
    return met(
        f"The support period from {start} to {end} is as long as the expected use of {expected:g} years, "
        "with reasons"
    )


@rule(
    "R37",
    "A period that is shorter than the expected use has reasons: five years are the least, not the rule",
    cites=("Article 13(8), second subparagraph",),
    severity=Severity.WARNING,
    inputs="support_period: end, note; market.first_unit; product.expected_use_years",
    basis=Basis.GUIDANCE,
)
def reflected(facts: Facts) -> Answer:
    """Guidance point 126: five years are a floor and not the default; not for exactly five years alone."""
    skipped = _unstated(facts)
    if skipped is not None:
        return skipped
    product = facts.product
    end, start, expected = product.support_period.end, product.first_placing, product.expected_use_years
    assert end is not None
    assert start is not None
    if expected is None:
        return undecidable(
            "The expected time in use is not stated",
            "state product.expected_use_years",
            product.place("product"),
        )
    # The end may be stated to the month; a period that ends in the month of the anniversary is as long.
    if end.last_day >= years_after(start, expected):
        return met(f"Support until {end} covers the expected use of {expected:g} years")
    if expected <= _LEAST:
        return not_applicable(f"The expected use is {expected:g} years; R36 looks at that")
    said = (
        f"The product is expected to be used for {expected:g} years from {start}, and supported until {end}"
    )
    if product.support_period.note and end.last_day >= years_after(start, _LEAST):
        return met(
            f"{said}; reasons are stated in support_period.note, and whether they hold is for people to judge"
        )
    return not_met(
        said,
        "support it for as long, or say in support_period.note why not",
        product.place("support_period", "end"),
    )


@rule(
    "R38",
    "The file says how user expectations, nature and purpose of the product, and Union law were taken into "
    "account",
    cites=("Article 13(8), second subparagraph", "Article 13(8), fifth subparagraph", "Annex VII, point 4"),
    severity=Severity.ERROR,
    inputs="support_period.considerations: user_expectations, nature_and_purpose, union_law",
)
def reasoned(facts: Facts) -> Answer:
    """What else may be taken into account is not asked for."""
    considered = facts.product.support_period.considerations
    lacks = lacking(
        {
            "user expectations": considered.user_expectations,
            "nature and intended purpose": considered.nature_and_purpose,
            "relevant Union law": considered.union_law,
        }
    )
    if lacks:
        return not_met(
            f"Nothing is said of {listed(lacks)}",
            "state it in support_period.considerations, also that there is no such law",
            facts.product.place("support_period", "considerations"),
            causes=lacks,
        )
    return met("What was taken into account is stated; whether it carries the period is for people to judge")


@rule(
    "R39",
    "The end is stated with month and year, and is the same wherever users meet it",
    cites=("Article 13(19), first subparagraph", "Annex II, point 7", "Annex VII, point 4"),
    severity=Severity.ERROR,
    inputs="support_period: end, stated (purchase, user-information, ...)",
)
def announced(facts: Facts) -> Answer:
    """At the time of purchase, and in the information to the user."""
    product = facts.product
    period = product.support_period
    if period.end is None:
        return not_met(
            "The end of the support period is not stated",
            "state support_period.end",
            product.place("support_period"),
        )
    # A month means its last day: 2032-12 and 2032-12-31 are the same end, 2032-12-11 is another.
    wrong = [
        (n, s)
        for n, s in enumerate(period.stated)
        if s.end is not None and s.end.last_day != period.end.last_day
    ]
    if wrong:
        said = listed([f"{s.at.value}: {s.end}" for _, s in wrong])
        return not_met(
            f"The support period runs until {period.end}, and users read another end: {said}",
            "state the same everywhere",
            product.place("support_period", "stated", wrong[0][0]),
            causes=(s.at.value for _, s in wrong),
        )
    there = {s.at for s in period.stated if s.end is not None}
    lacks = [a.value for a in (StatedAt.PURCHASE, StatedAt.USER_INFORMATION) if a not in there]
    if lacks:
        return undecidable(
            f"It is not stated which end stands in {listed(lacks)}",
            "state it in support_period.stated",
            product.place("support_period"),
        )
    return met(f"The end is {period.end} everywhere that is listed")


@rule(
    "R40",
    "Units placed on the market later are supported as long, and each substantially modified version has "
    "its period",
    cites=("Article 13(8), first subparagraph",),
    severity=Severity.WARNING,
    inputs="market.last_unit; product.versions: placed_on_market, last_placed_on_market, "
    "substantial_modification, support_end; support_period.end; product.expected_use_years",
    basis=Basis.GUIDANCE,
)
def extended(facts: Facts) -> Answer:
    """Guidance points 128 and 131 to 135; FAQ 4.5.3."""
    product = facts.product
    modified = [v for v in product.versions if v.substantial_modification]
    bare = [v.version for v in modified if v.support_end is None]
    if bare:
        return not_met(
            f"No end of support of its own is stated for {listed(bare)}, which "
            f"{'is' if len(bare) == 1 else 'are'} substantially modified",
            "state support_end of the version",
            product.place("product", "versions"),
            causes=bare,
        )
    expected = product.expected_use_years
    least = min(_LEAST, expected) if expected else _LEAST
    brief = [
        (v.version, f"{v.version} from {v.placed_on_market} to {v.support_end}")
        for v in modified
        if v.placed_on_market and v.support_end
        if v.support_end.last_day < years_after(v.placed_on_market, least)
    ]
    if brief:
        return not_met(
            f"The support period of a substantially modified version is shorter than {least:g} years: "
            f"{listed([said for _, said in brief])}",
            "state a later support_end of the version",
            product.place("product", "versions"),
            causes=(version for version, _ in brief),
        )
    end, last = product.support_period.end, product.last_placing
    if end is None or last is None:
        return undecidable(
            "The end of the support period or the day of the last unit is not stated",
            "state support_period.end and market.last_unit",
            product.place("market"),
        )
    latest = support_ends(product) or end.last_day
    if latest < years_after(last, least):
        return not_met(
            f"The last unit is placed on {last}, and supported until {end}, less than {least:g} years later",
            "state a later end for units placed later",
            product.place("support_period", "end"),
        )
    return met(f"The last unit is placed on {last}, and supported until {end}")


@rule(
    "R41",
    "Each security update stays available for ten years after it was issued, or to the end of the support "
    "period",
    cites=("Article 13(9)",),
    severity=Severity.ERROR,
    inputs="updates: available_years, issued (issued, available_until); support_period.end; "
    "market.first_unit; product.versions: placed_on_market, support_end",
)
def available(facts: Facts) -> Answer:
    """Whichever is longer, for each update and as a rule."""
    product = facts.product
    updates, end = product.updates, support_ends(product)
    short = []
    for n, update in enumerate(updates.issued):
        if update.issued is None or update.available_until is None:
            continue
        wanted = years_after(update.issued, _AVAILABLE)
        if end is not None:
            wanted = max(wanted, end)
        if update.available_until.last_day < wanted:
            short.append((n, f"{update.id} until {update.available_until}, not {wanted}"))
    if short:
        return not_met(
            f"Not available long enough: {listed([s for _, s in short])}",
            "keep them available",
            product.place("updates", "issued", short[0][0]),
            causes=(updates.issued[n].id for n, _ in short),
        )
    place = product.place("updates")
    if updates.available_years is None:
        return undecidable(
            "It is not stated how long an update stays available", "state updates.available_years", place
        )
    if updates.available_years < _AVAILABLE:
        return not_met(
            f"Updates stay available for {updates.available_years:g} years, and ten are asked for",
            "keep them available for ten years",
            product.place("updates", "available_years"),
        )
    lacks = lacking(
        {
            "when the support period ends": end,
            "when the product is placed on the market": product.first_placing,
        }
    )
    if lacks:
        return undecidable(
            f"It is not stated {listed(lacks)}, which may ask for more than ten years",
            "state support_period.end and market.first_unit",
            product.place("support_period"),
        )
    assert end is not None
    assert product.first_placing is not None
    # An end that is stated to the month is not compared by the day.
    if years_after(product.first_placing, updates.available_years) < end.replace(day=1):
        return not_met(
            f"Updates stay available for {updates.available_years:g} years, and those that are issued first "
            f"have to stay until the support period ends on {end}",
            "keep each update for ten years or to the end of the support period, whichever is longer",
            product.place("updates", "available_years"),
        )
    dateless = [u.id for u in updates.issued if u.issued is None or u.available_until is None]
    if dateless:
        return undecidable(
            f"Issue or end of {listed(dateless)} is not stated", "state issued and available_until", place
        )
    many = len(updates.issued)
    issued = "none is listed" if not many else "one is listed" if many == 1 else f"{many} are listed"
    return met(f"Updates stay available for {updates.available_years:g} years, as stated; {issued}")


@rule(
    "R42",
    "Whoever patches the last version only gives it free of charge and without cost for another environment",
    cites=("Article 13(10)",),
    severity=Severity.ERROR,
    inputs="updates: latest_version_only, free_upgrade, no_environment_cost",
)
def upgraded(facts: Facts) -> Answer:
    """Users of earlier versions have to have access to the last one."""
    product = facts.product
    updates = product.updates
    place = product.place("updates")
    if updates.latest_version_only is None:
        return undecidable(
            "It is not stated whether only the last version is patched",
            "state updates.latest_version_only",
            place,
        )
    if not updates.latest_version_only:
        return not_applicable("Earlier versions are patched as well, as stated")
    denied = [
        words
        for words, given in (
            ("the upgrade is not free of charge", updates.free_upgrade),
            ("another environment costs users something", updates.no_environment_cost),
        )
        if given is False
    ]
    if denied:
        return not_met(
            f"Only the last version is patched, and {listed(denied)}",
            "patch earlier versions as well",
            place,
            causes=denied,
        )
    if updates.free_upgrade is None or updates.no_environment_cost is None:
        return undecidable(
            "Only the last version is patched, and whether it costs users something is not stated",
            "state updates.free_upgrade and updates.no_environment_cost",
            place,
        )
    return met("Only the last version is patched, and it costs users nothing, as stated")


@rule(
    "R43",
    "A public archive of old versions warns of unsupported software",
    cites=("Article 13(11)",),
    severity=Severity.ERROR,
    inputs="updates.public_archive: maintained, warning",
)
def archived(facts: Facts) -> Answer:
    """Nobody has to keep one."""
    product = facts.product
    archive = product.updates.public_archive
    place = product.place("updates", "public_archive")
    if archive.maintained is None and not archive.url:
        return undecidable(
            "It is not stated whether there is a public archive",
            "state updates.public_archive.maintained",
            place,
        )
    if archive.maintained is False and archive.url:
        return undecidable(
            f"There is no public archive, as stated, and one is stated at {archive.url}",
            "correct updates.public_archive",
            place,
        )
    if archive.maintained is False:
        return not_applicable("There is no public archive, as stated")
    if not archive.warning:
        return not_met(
            "There is a public archive, and no warning of the risks of unsupported software is stated",
            "state updates.public_archive.warning",
            place,
        )
    return met("The archive warns of the risks of unsupported software, as stated")


@rule(
    "R44",
    "Users are told on the product when its support has ended, or it is said why that cannot be",
    cites=("Article 13(19), second subparagraph",),
    severity=Severity.WARNING,
    inputs="support_period.notification: implemented, how, infeasible",
)
def notified(facts: Facts) -> Answer:
    """Where that is technically feasible in light of the nature of the product."""
    product = facts.product
    notice = product.support_period.notification
    place = product.place("support_period", "notification")
    if notice.implemented:
        return met(
            f"The notice is implemented{f': {notice.how}' if notice.how else ', as stated'}".rstrip(".")
        )
    if notice.infeasible:
        return met(
            "The notice is not implemented, and a reason is given; whether it holds is for people to judge"
        )
    if notice.implemented is None:
        return undecidable(
            "It is not stated whether users are told on the product",
            "state support_period.notification",
            place,
        )
    return not_met(
        "The notice is not implemented, and no reason is given",
        "implement it, or state support_period.notification.infeasible",
        place,
    )


@rule(
    "R45",
    "Security updates come apart from updates of functions, or it is said why that cannot be",
    cites=("Annex I, Part II, point (2)",),
    severity=Severity.WARNING,
    inputs="updates: separate_security_updates, separate_reason",
)
def separate(facts: Facts) -> Answer:
    """Where technically feasible."""
    product = facts.product
    updates = product.updates
    place = product.place("updates")
    if updates.separate_security_updates:
        return met("Security updates come apart from updates of functions, as stated")
    if updates.separate_security_updates is None:
        return undecidable(
            "It is not stated whether security updates come apart from updates of functions",
            "state updates.separate_security_updates",
            place,
        )
    if not updates.separate_reason:
        return not_met(
            "Security updates do not come apart from updates of functions, and no reason is given",
            "state updates.separate_reason",
            place,
        )
    return met(
        "Security updates do not come apart, and a reason is given; whether it holds is for people to judge"
    )
