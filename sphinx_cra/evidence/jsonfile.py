"""JSON of an artefact, read so that it means one thing and costs little.

A key that stands twice, ``NaN`` and text that is not UTF-8 are refused: two readers would
understand them differently. Knows nothing of what is in the file.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.words import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MAX_DEPTH = 200
"""Of objects and arrays; the formats that we read nest a few dozen deep."""
_FAULTS = 3
"""How many faults a reason names."""


def load(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value that a file holds.

    :raises EvidenceError: if it is not JSON in UTF-8, nested too deep, or not to be understood in one way.
    """
    deep = f"its values are nested more than {max_depth} deep"
    try:
        value = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number, strict=True
        )
    except UnicodeDecodeError as error:
        raise EvidenceError(f"not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise EvidenceError(f"not JSON: {error.msg} (line {error.lineno})") from error
    except RecursionError as error:
        raise EvidenceError(deep) from error
    except ValueError as error:
        raise EvidenceError(f"not JSON: {error}") from error
    level = [value]
    for _ in range(max_depth):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise EvidenceError(deep)


def check(validator: Draft202012Validator, value: Any, what: str) -> None:
    """Raise where a value is not as its schema says, naming the first faults.

    :param what: the format, as messages name it.
    """
    try:
        faults = list(itertools.islice(validator.iter_errors(value), _FAULTS + 1))
    except RecursionError as error:
        raise EvidenceError(f"not {what}: its values are nested too deep") from error
    if faults:
        refuse(what, map(_told, faults))


def refuse(what: str, faults: Iterable[str]) -> NoReturn:
    """Raise, naming the first faults of a file."""
    told = list(dict.fromkeys(faults))
    more = " and more" if len(told) > _FAULTS else ""
    raise EvidenceError(f"not valid {what}: {'; '.join(told[:_FAULTS])}{more}")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {twice[:40]!r} stands twice in one object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _told(fault: ValidationError) -> str:
    where = ".".join(str(step) for step in fault.absolute_path)
    message = short(fault.message, 160)
    return f"{where}: {message}" if where else message
