"""``sphinx-cra init``: what it writes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import ast
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sphinx_cra import annex_vii, product, starter
from sphinx_cra.catalogue import load
from sphinx_cra.cli import app, shared
from sphinx_cra.cli import init as command
from sphinx_cra.model import Kind, Link
from sphinx_cra.starter import Markup
from sphinx_cra.trace import FIELDS

if TYPE_CHECKING:
    from click.testing import Result


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["init", *map(str, words)])


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def project(folder: Path, conf: str = 'extensions = ["a"]\n', **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(conf, "utf-8")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return folder


# ------------------------------------------------------------------------- what is written


@pytest.mark.parametrize("markup", Markup)
def test_every_point_of_annex_vii_is_claimed_once(markup: Markup) -> None:
    text = "\n".join(starter.files("X", markup).values())
    begin = ".. cra-section:: " if markup is Markup.RST else "```{cra-section} "
    claimed = [line.removeprefix(begin) for line in text.splitlines() if line.startswith(begin)]
    assert sorted(claimed) == sorted(p.id for p in annex_vii.POINTS)


@pytest.mark.parametrize("markup", Markup)
def test_pages_name_only_clauses_that_exist_and_all_are_in_the_contents(markup: Markup) -> None:
    files = starter.files("X", markup)
    known = {c.id for c in load("cra", root=Path()).clauses} | {"CRA_ANX_I"}
    pages = {p: t for p, t in files.items() if p.endswith(f".{markup}")}
    named = {w for t in pages.values() for w in t.replace(",", " ").split() if w.startswith("CRA_")}
    assert named
    assert named <= known
    listed = {line.strip() for line in pages[f"cra/index.{markup}"].splitlines()}
    assert {p.removeprefix("cra/").removesuffix(f".{markup}") for p in pages} - {"index"} <= listed


def test_the_views_have_pages() -> None:
    text = "\n".join(starter.files("X", Markup.RST).values())
    for view in ("matrix", "gaps", "annex-vii", "rules", "procedures", "evidence", "risks"):
        assert f"\n.. cra-{view}::" in text


def test_the_product_file_is_the_commented_one_with_the_name() -> None:
    read = product.parse(starter.product('Lock "7": Ü'), source="cra.yaml")
    assert read.name == 'Lock "7": Ü'
    assert starter.product("X").count("\n#") > 20


def test_editors_learn_every_type_field_and_link() -> None:
    data = tomllib.loads(starter.ubproject('A "name" \\ with # marks'))
    assert data["project"]["name"] == 'A "name" \\ with # marks'
    assert [t["directive"] for t in data["needs"]["types"]] == [*Kind, "clause"]
    assert set(data["needs"]["links"]) == set(Link)
    assert set(data["needs"]["fields"]) == {f for k in Kind for f in FIELDS[k]} | {"framework", "printed"}
    assert all(f["description"] for f in data["needs"]["fields"].values())


def test_the_files_are_the_same_each_time() -> None:
    assert list(starter.files("X", Markup.RST).items()) == list(starter.files("X", Markup.RST).items())


def test_a_name_with_marks_means_only_itself(tmp_path: Path) -> None:
    name = 'Gate *x* `y` |z| _a_ "q" \\ 門'
    assert run(tmp_path / "new", "--name", name).exit_code == 0
    values = ast.parse((tmp_path / "new" / "conf.py").read_text("utf-8"))
    assert name in [n.value for n in ast.walk(values) if isinstance(n, ast.Constant)]
    head, line = (tmp_path / "new" / "index.rst").read_text("utf-8").splitlines()[:2]
    assert head == r'Gate \*x\* \`y\` \|z\| \_a\_ "q" \\ 門'
    assert len(line) == len(head) + 1  # a wide character counts twice


def test_a_name_that_cannot_be_printed_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path / "new", "--name", "a\x1b[31m").exit_code == 2
    assert run(tmp_path / "new", "--name", " ").exit_code == 2
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------ what is left


def test_an_empty_folder_becomes_a_project_and_hidden_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("x")
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    assert {"conf.py", "index.rst", "cra.yaml", "ubproject.toml", "cra/risks.rst"} <= set(tree(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "x"
    assert not [p for p in tree(tmp_path) if "sphinx-cra-init" in p]


def test_a_second_time_changes_nothing_and_has_nothing_to_add(tmp_path: Path) -> None:
    run(tmp_path / "new")
    before = tree(tmp_path)
    done = run(tmp_path / "new")
    assert (done.exit_code, tree(tmp_path)) == (0, before)
    assert "no files written, 17 left alone" in done.stdout
    assert "Add to" not in done.stdout


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    dry = json.loads(run(tmp_path / "new", "--dry-run", "--format", "json").stdout)
    assert not (tmp_path / "new").exists()
    wet = json.loads(run(tmp_path / "new", "--format", "json").stdout)
    assert dry["written"] == wet["written"]
    assert set(wet["written"]) == set(tree(tmp_path / "new"))


def test_files_of_an_existing_project_are_never_changed(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", index__rst="Home\n====\n", cra__yaml="mine", ubproject__toml="mine = 1")
    before = tree(docs)
    data = json.loads(run(docs, "--format", "json").stdout)
    assert {p: b for p, b in tree(docs).items() if p in before} == before
    assert [e["path"] for e in data["left_alone"]] == ["cra.yaml", "ubproject.toml"]
    assert data["conf"] == {"below_line": 1, "lines": ['extensions += ["sphinx_cra"]']}
    assert data["contents"]["file"] == "index.rst"
    assert "   cra/index" in data["contents"]["lines"]


def test_the_conf_of_a_project_is_read_and_never_run(tmp_path: Path) -> None:
    conf = 'import sys\nsys.exit("ran")\nextensions = [\n    "a",\n]\nextensions.append("myst_parser")\n'
    docs = project(tmp_path / "docs", conf, index__md="# Home")
    data = json.loads(run(docs, "--format", "json").stdout)
    assert data["conf"] == {"below_line": 6, "lines": ['extensions += ["sphinx_cra"]']}
    assert "cra/index.md" in data["written"]


def test_markdown_pages_are_written_where_most_pages_are(tmp_path: Path) -> None:
    docs = project(
        tmp_path / "docs", 'extensions = []\nroot_doc = "home"\n', a__md="x", b__md="x", c__rst="x"
    )
    asked = json.loads(run(docs, "--format", "json", "--markup", "rst", "--dry-run").stdout)
    assert "cra/index.rst" in asked["written"]
    data = json.loads(run(docs, "--format", "json").stdout)
    assert "cra/index.md" in data["written"]
    assert data["conf"]["lines"] == ['extensions += ["sphinx_cra", "myst_parser"]']


def test_need_types_of_a_project_are_asked_for(tmp_path: Path) -> None:
    conf = (
        'extensions = ["sphinx_needs", "sphinx_cra"]\n'
        'needs_types = [{"directive": "sysreq", "title": "S"}, dict(directive="risk", title="R")]\n'
    )
    lines = json.loads(run(project(tmp_path / "a", conf), "--format", "json").stdout)["conf"]["lines"]
    assert "cra_types = {" in lines
    assert '    # "sysreq": "...",' in lines
    assert '    "risk": "risk",' in lines
    compile("\n".join(lines), "conf.py", "exec")
    said = conf + 'cra_types = {"sysreq": "requirement"}\n'
    assert json.loads(run(project(tmp_path / "b", said), "--format", "json").stdout)["conf"] is None


def test_need_types_in_the_toml_file_of_sphinx_needs_are_asked_for_too(tmp_path: Path) -> None:
    conf = 'extensions = ["sphinx_needs", "sphinx_cra"]\nneeds_from_toml = "../needs.toml"\n'
    docs = project(tmp_path / "docs", conf)
    (tmp_path / "needs.toml").write_text('[[needs.types]]\ndirective = "sysreq"\ntitle = "S"\n')
    lines = json.loads(run(docs, "--format", "json").stdout)["conf"]["lines"]
    assert [line for line in lines if "sysreq" in line] == ['    # "sysreq": "...",']


def test_the_types_of_sphinx_needs_itself_are_asked_for_where_a_project_names_none(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", 'extensions = ["sphinx_needs", "sphinx_cra"]\n')
    lines = json.loads(run(docs, "--format", "json").stdout)["conf"]["lines"]
    assert '    # "req": "...",' in lines


def test_the_commands_for_a_build_can_be_pasted(tmp_path: Path) -> None:
    said = run(tmp_path / "my docs", "--dry-run").stdout
    assert f"sphinx-build -W -b html '{tmp_path}/my docs' {tmp_path}/build/html\n" in said
    project(tmp_path / "docs")
    assert f"sphinx-build -b cra {tmp_path}/docs {tmp_path}/build/cra\n" in run(tmp_path / "docs").stdout


def test_who_asks_before_a_build_is_told_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["check", "docs"])
    assert said.exit_code == 2
    command = "    sphinx-build -b html docs build/html\n"
    assert said.stderr.endswith(command.removeprefix("  "))
    assert command in run("docs").stdout


def test_a_build_goes_to_the_folder_where_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path / "docs")
    for cwd, word, out in ((tmp_path, "docs", "build/html"), (tmp_path / "docs", ".", "_build/html")):
        monkeypatch.chdir(cwd)
        assert f"sphinx-build -b html {word} {out}\n" in run(word, "--dry-run").stdout
        Path(out).mkdir(parents=True)
        (Path(out) / "assessment.json").write_text("{}")
        assert list(shared.below(Path(word), "assessment.json"))[-1] == Path(out, "assessment.json")
        (Path(out) / "assessment.json").unlink()


@pytest.mark.parametrize("text", ["[[needs.types]\n", "needs = 1\n", "[needs]\ntypes = [1]\n", "\0", None])
def test_a_toml_file_that_cannot_be_used_is_left_to_the_build(tmp_path: Path, text: str | None) -> None:
    conf = 'extensions = ["sphinx_cra"]\nneeds_from_toml = "needs.toml"\n'
    docs = project(tmp_path / "docs", conf)
    if text is not None:
        (docs / "needs.toml").write_text(text)
    assert json.loads(run(docs, "--format", "json").stdout)["conf"] is None


@pytest.mark.parametrize(
    ("conf", "below"),
    [
        ('if True:\n    extensions = ["a"]\nelse:\n    extensions = []\nx = 1\n', 4),
        ('try:\n    import b\n    extensions = ["b"]\nexcept ImportError:\n    extensions = []\n', 5),
    ],
)
def test_extensions_that_something_else_sets_are_added_to_and_never_replaced(
    tmp_path: Path, conf: str, below: int
) -> None:
    data = json.loads(run(project(tmp_path / "docs", conf), "--format", "json").stdout)
    assert data["conf"] == {"below_line": below, "lines": ['extensions += ["sphinx_cra"]']}


@pytest.mark.parametrize(
    "conf",
    [
        'extensions = ("a", "b")\n',
        'extensions = tuple(["a"])\n',
        'extensions = ("a",)\nextensions += ("b",)\n',
        'base = ["a"]\nextensions = base\n',
        "from base import *\n",
        "from base import extensions, project\n",
    ],
)
def test_what_may_be_a_tuple_is_added_to_as_a_tuple_allows(tmp_path: Path, conf: str) -> None:
    (tmp_path / "base.py").write_text('extensions = ("a",)\nproject = "P"\n')
    data = json.loads(run(project(tmp_path / "docs", conf), "--format", "json").stdout)
    assert data["conf"]["lines"] == ['extensions = [*extensions, "sphinx_cra"]']
    after: dict[str, Any] = {}
    sys.path.insert(0, str(tmp_path))
    try:
        exec(conf + "\n".join(data["conf"]["lines"]), after)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("base", None)
    assert after["extensions"][0] == "a"
    assert after["extensions"][-1] == "sphinx_cra"


def test_a_folder_that_every_project_has_names_no_product(tmp_path: Path) -> None:
    run(tmp_path / "lock" / "docs" / "source")
    read = product.load(tmp_path / "lock" / "docs" / "source" / "cra.yaml", source="cra.yaml")
    assert (read.name, read.release) == ("lock", "0.1.0")


def test_the_release_of_a_project_is_the_one_of_its_product_file(tmp_path: Path) -> None:
    for number, (conf, release) in enumerate(
        (
            ('version = "2.4"\nrelease = "2.4.1"\n', "2.4.1"),
            ('version = "2.4"\n', "2.4"),
            ("import lock\nrelease = lock.__version__\n", "0.1.0"),
            ('release = "2.4\\x1b[31m"\n', "0.1.0"),
        )
    ):
        folder = project(tmp_path / str(number), conf)
        said = run(folder).stdout
        assert product.load(folder / "cra.yaml", source="cra.yaml").release == release
        assert f"the manufacturer; in it, the product is {number}, release {release}\n" in said


def test_what_a_function_of_conf_sets_is_its_own(tmp_path: Path) -> None:
    conf = 'def setup(app):\n    extensions = ["sphinx_cra"]\n'
    data = json.loads(run(project(tmp_path / "docs", conf), "--format", "json").stdout)
    assert data["conf"] == {"below_line": None, "lines": ['extensions = ["sphinx_cra"]']}


def test_a_project_that_reads_markdown_needs_no_second_reader(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", 'extensions = ["myst_nb"]\n', index__md="# Home")
    data = json.loads(run(docs, "--format", "json").stdout)
    assert data["conf"]["lines"] == ['extensions += ["sphinx_cra"]']
    assert not [n for n in data["notes"] if "myst" in n]


def test_a_first_document_that_conf_computes_is_not_guessed(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", "extensions = []\nroot_doc = pick()\n", index__md="# Old")
    assert json.loads(run(docs, "--dry-run", "--format", "json").stdout)["contents"]["file"] is None
    assert "Add to the first document, which conf.py computes, so that" in run(docs).stdout


def test_who_has_a_file_for_editors_is_told_how_to_come_by_our_tables(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", ubproject__toml='[project]\nname = "X"\n')
    _, note = json.loads(run(docs, "--format", "json").stdout)["notes"]
    assert note.startswith("ubproject.toml says nothing of our need types")
    (docs / "ubproject.toml").write_text(starter.ubproject("X"))
    assert json.loads(run(docs, "--format", "json").stdout)["notes"] == []


def test_clauses_that_a_page_shows_already_are_not_shown_twice(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", law__rst="Law\n===\n\n.. cra-catalogue:: cra\n")
    data = json.loads(run(docs, "--format", "json").stdout)
    assert data["left_alone"] == [{"path": "cra/annex-i.rst", "why": "law.rst shows clauses already"}]
    assert "annex-i" not in (docs / "cra" / "index.rst").read_text("utf-8")


def test_pages_that_no_table_of_contents_lists_are_named(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs")
    (docs / "cra").mkdir()
    (docs / "cra" / "index.rst").write_text("Mine\n====\n")
    _, note = json.loads(run(docs, "--format", "json").stdout)["notes"]
    assert note.startswith("cra/index.rst was there before; its table of contents has to list: description, ")
    assert json.loads(run(docs, "--format", "json").stdout)["notes"] == []


def test_a_page_that_is_there_in_the_other_markup_is_not_written_again(tmp_path: Path) -> None:
    run(tmp_path / "new")
    before = tree(tmp_path)
    data = json.loads(run(tmp_path / "new", "--markup", "md", "--format", "json").stdout)
    assert (data["written"], tree(tmp_path)) == ([], before)
    assert {"path": "cra/risks.md", "why": "cra/risks.rst is there"} in data["left_alone"]
    assert (data["conf"], data["notes"]) == (None, [])


def test_a_product_file_of_another_name_is_enough(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs", 'extensions = []\ncra_product = "lock.yaml"\n')
    data = json.loads(run(docs, "--format", "json").stdout)
    assert data["left_alone"] == [{"path": "cra.yaml", "why": "conf.py names lock.yaml"}]


def test_a_file_for_editors_of_the_repository_is_not_hidden_by_another(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "ubproject.toml").write_text("")
    data = json.loads(run(project(tmp_path / "docs"), "--format", "json").stdout)
    assert [e["path"] for e in data["left_alone"]] == ["ubproject.toml"]
    assert "../ubproject.toml is there" in data["left_alone"][0]["why"]


# ---------------------------------------------------------------------- what is refused


def refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert all(w in done.stderr for w in words), done.stderr


def test_a_folder_with_other_things_is_refused_and_told_where_to_go(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    refused(run(tmp_path), "is not empty and has no conf.py", "name a new folder")
    project(tmp_path / "docs")
    refused(run(tmp_path), f"there is one in {tmp_path / 'docs'}")
    assert set(tree(tmp_path)) == {"setup.py", "docs/conf.py"}
    (tmp_path / "docs" / "conf.py").unlink()
    project(tmp_path / ".venv")
    project(tmp_path / "docs" / "source")
    refused(run(tmp_path), f"there is one in {tmp_path / 'docs' / 'source'}")


@pytest.mark.parametrize("text", ["def (:\n", "x = '\0'\n", "(" * 5000])
def test_a_conf_that_is_no_python_is_refused(tmp_path: Path, text: str) -> None:
    docs = project(tmp_path / "docs", text)
    refused(run(docs), "conf.py")
    assert set(tree(docs)) == {"conf.py"}


def test_a_conf_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs")
    (docs / "conf.py").write_bytes(b"x = '\xff'\n")
    refused(run(docs), "conf.py", "UTF-8")


def test_a_file_or_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(run(tmp_path / "file"), "is no folder")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    refused(run(tmp_path / "link"), "is a symbolic link")
    assert not tree(tmp_path / "real")


def test_links_that_lead_out_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    docs = project(tmp_path / "docs")
    (docs / "cra").symlink_to(tmp_path / "outside")
    refused(run(docs), "leads out", "nothing is written")
    (docs / "cra").unlink()
    (docs / "cra.yaml").symlink_to(tmp_path / "outside" / "new.yaml")
    refused(run(docs), "leads out")
    assert set(tree(docs)) == {"conf.py"}
    assert not tree(tmp_path / "outside")


def test_a_file_where_a_folder_is_to_be_is_refused(tmp_path: Path) -> None:
    docs = project(tmp_path / "docs")
    (docs / "cra").write_text("")
    refused(run(docs), "where a folder is to be")
    assert set(tree(docs)) == {"conf.py", "cra"}


def test_a_failure_in_the_middle_takes_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, left = command._place, 4

    def full(*args: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        place(*args)

    monkeypatch.setattr(command, "_place", full)
    refused(run(tmp_path / "a" / "new"), "nothing is written", "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = command._place

    def raced(draft: Path, target: Path) -> None:
        if target.name == "cra.yaml":
            target.write_text("theirs")
        place(draft, target)

    monkeypatch.setattr(command, "_place", raced)
    refused(run(tmp_path / "new"), "nothing is written")
    assert tree(tmp_path) == {"new/cra.yaml": b"theirs"}


def test_a_file_system_without_links_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    assert run(tmp_path / "new").exit_code == 0
    assert (tmp_path / "new" / "cra.yaml").read_text("utf-8") == starter.product("new")
