"""A project reads kinds of evidence of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path

READER = """\
    from sphinx_cra.evidence import EvidenceError
    from sphinx_cra.model import Outcome, Verdict

    max_bytes = 1000

    def parse(data):
        if data == b"boom":
            raise RuntimeError("the reader is broken")
        return data.decode()

    def judge(claim, exhibits):
        (one,) = exhibits
        if one.content == "no":
            raise EvidenceError(f"{one.path} says no", Outcome.FAILED)
        return Verdict(outcome=Outcome.VALID, reason=f"{one.path} says {one.content}")
    """
PAGE = """\
    Gateway
    =======

    .. control:: C
       :id: CTRL_1
       :satisfies: CRA_ANX_I_P1_2_D

    .. evidence:: E
       :id: EVID_1
       :kind: fuzzing
       :file: result.txt
       :verifies: CTRL_1
    """
CONF = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
cra_readers = {readers}
"""


@pytest.fixture(autouse=True)
def _forget_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "fuzz_reader", raising=False)


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        ("42 runs", "valid", "result.txt says 42 runs"),
        ("no", "failed", "result.txt says no"),
        ("boom", "unreadable", "RuntimeError: the reader is broken"),
    ],
)
def test_a_reader_of_the_project_gives_the_verdict(
    content: str, outcome: str, reason: str, tmp_path: Path
) -> None:
    conf = CONF.format(readers='{"fuzzing": "fuzz_reader"}')
    files = {"index.rst": PAGE, "fuzz_reader.py": READER, "result.txt": content}
    built = project(tmp_path, files, conf).build()
    (verdict,) = built.data["verdicts"]
    assert verdict["outcome"] == outcome
    assert reason in verdict["reason"]
    assert not [w for w in built.cra() if "kind" in w]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_module", "cra_readers: fuzzing: no_such_module cannot be imported: ModuleNotFoundError"),
        ("json", "cra_readers: fuzzing: json is no reader: it has no max_bytes, parse or judge"),
    ],
)
def test_what_is_no_reader_is_said_and_proves_nothing(name: str, said: str, tmp_path: Path) -> None:
    conf = CONF.format(readers={"fuzzing": name})
    built = project(tmp_path, {"index.rst": PAGE, "result.txt": "x"}, conf).build()
    assert any(said in w for w in built.cra())
    assert built.data["verdicts"][0]["outcome"] == "unchecked"
