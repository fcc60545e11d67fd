"""What changes outside of a project: shipped facts, and a project's own in their place."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError
from sphinx_cra.legal import status

SHIPPED = Path(status.__file__).with_name("status.yaml")


def test_what_we_ship_fits_its_schema() -> None:
    datafile.load(SHIPPED, source="status.yaml", schema=status.SCHEMA)


def test_the_schema_knows_every_fact_that_we_ship() -> None:
    schema = json.loads(datafile.schema_text(status.SCHEMA))
    assert set(schema["properties"]["facts"]["properties"]) == set(status.shipped().facts)


def test_a_project_overrides_fact_by_fact(tmp_path: Path) -> None:
    path = tmp_path / "status.yaml"
    path.write_text("facts:\n  simplified_form: {as_of: 2027-05-01, found: [Form 1]}\n", "utf-8")
    own = status.load(path, source="status.yaml")
    assert (own["simplified_form"].found, own["simplified_form"].own) == (("Form 1",), True)
    assert own["simplified_form"].cite == "Article 33(5), first subparagraph"
    assert own["harmonised_standards"] == status.shipped()["harmonised_standards"]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"simplified_from": {"as_of": "2027-01-01", "found": []}}, "simplified_form"),
        ({"simplified_form": {"as_of": "2027-02-30", "found": []}}, "2027-02-30"),
        ({"simplified_form": {"found": []}}, "as_of"),
        ({"simplified_form": {"as_of": "2027-01-01", "found": "none"}}, "found"),
    ],
)
def test_a_broken_file_is_named_with_its_line(facts: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / "status.yaml"
    path.write_text(yaml.safe_dump({"facts": facts}), "utf-8")
    with pytest.raises(DataError) as caught:
        status.load(path, source="status.yaml")
    assert says in "\n".join(caught.value.lines())
    assert "status.yaml:" in caught.value.lines()[0]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (None, "as of 2026-10-06 none"),
        (dt.date(2026, 11, 24), "as of 2026-10-06 (49 days before 2026-11-24) none"),
        (dt.date(2026, 10, 7), "as of 2026-10-06 (1 day before 2026-10-07) none"),
        (dt.date(2026, 1, 1), "as of 2026-10-06, which is after 2026-01-01 none"),
    ],
)
def test_a_fact_says_how_old_it_is(day: dt.date | None, expected: str) -> None:
    assert status.shipped()["simplified_form"].says(day) == expected
