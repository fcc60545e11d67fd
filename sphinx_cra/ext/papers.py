"""Papers that a manufacturer hands on: declaration, information to the user, support line; as nodes.

What stands in them is made in ``render``; here it becomes docutils nodes that every builder writes, in
a container that knows its language.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from sphinx_cra import declaration, language
from sphinx_cra.declaration import State
from sphinx_cra.ext.directives import CraDirective
from sphinx_cra.ext.project import FILE
from sphinx_cra.language import LanguageError
from sphinx_cra.model import Code, Finding, Place
from sphinx_cra.render.table import Text
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx.application import Sphinx

    from sphinx_cra.ext.tables import Linker
    from sphinx_cra.ext.views import View
    from sphinx_cra.language import Language
    from sphinx_cra.render.paper import Fact, Notice, Paper

SIGN_HERE = "_" * 40
DECLARATION, USER_INFORMATION = "declaration", "user-information"
"""Views that fill points 7 and 1(d) of Annex VII."""


def folders(app: Sphinx) -> tuple[Path, ...]:
    """Where the project keeps its own translations (``locale_dirs``)."""
    return tuple(Path(app.srcdir) / folder for folder in app.config.locale_dirs)


def spoken(app: Sphinx, tag: str) -> Language:
    """A language of a placeholder; English where its catalogue broke since the page was read."""
    try:
        return language.load(tag, folders(app))
    except LanguageError:
        return language.english()


# --------------------------------------------------------------------------- directives


class PaperDirective(CraDirective):
    """What they share: the language."""

    option_spec: ClassVar = {"language": directives.unchanged_required}

    def language(self) -> str | None:
        """The language that is asked for, else that of the site, else English; None where it is unknown."""
        asked = self.options.get("language", "").strip()
        tag = asked or self.env.config.language or language.SOURCE
        there = folders(self.cra.app)
        path = language.catalogue(tag, there)
        if path is not None and path.is_relative_to(self.cra.root):
            self.env.note_dependency(str(path))
            self.cra.note_view(self.env.docname, f"{FILE}{path.relative_to(self.cra.root).as_posix()}")
        try:
            found = language.load(tag, there)
        except LanguageError as error:
            way_out = "give :language:, or a sphinx_cra.po of your own below locale_dirs"
            if asked:
                self.warn(Code.CONFIG, f"{self.name}: {error}", way_out)
                return None
            self.warn(Code.CONFIG, f"{self.name}: {error}; it is in English", way_out)
            return language.SOURCE
        if left := language.untranslated(found):
            message = f"{self.name}: {len(left)} texts have no translation into {tag!r} and stand in English"
            self.warn(Code.CONFIG, message, f"the first is {left[0][:60]!r}")
        return tag


def _form(argument: str) -> str:
    return directives.choice(argument, ("full", "simplified"))


class DeclarationDirective(PaperDirective):
    """``cra-declaration``: the EU declaration of conformity, full or simplified."""

    option_spec: ClassVar = {**PaperDirective.option_spec, "form": _form}

    def run(self) -> list[nodes.Node]:
        tag = self.language()
        if tag is None:
            return []
        return [self.placeholder(DECLARATION, form=self.options.get("form", "full"), language=tag)]


class UserInformationDirective(PaperDirective):
    """``cra-user-information``: the information and instructions of Annex II."""

    def run(self) -> list[nodes.Node]:
        tag = self.language()
        if tag is None:
            return []
        self._check_pages()
        return [self.placeholder(USER_INFORMATION, language=tag)]

    def _check_pages(self) -> None:
        """Pages of the project that instructions lead to have to be there."""
        from sphinx_cra import user_information
        from sphinx_cra.ext.project import warn

        product = self.cra.project.product
        for item in user_information.items(product) if product else ():
            if not item.value.startswith("doc:"):
                continue
            name = item.value.removeprefix("doc:").partition("#")[0]
            if name not in self.env.found_docs:
                source, line = product.file.origin(*item.key.split(".")) if product else ("", None)
                message = f"{item.key} names the page {name!r}, and there is none"
                place = Place(source=source, line=line)
                warn(self.env, Finding(code=Code.PRODUCT, message=message, place=place))


class SupportDirective(PaperDirective):
    """``cra-support``: until when there are security updates."""

    def run(self) -> list[nodes.Node]:
        tag = self.language()
        return [] if tag is None else [self.placeholder("support", language=tag)]


# --------------------------------------------------------------------------- views


def declared(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    """The declaration of a placeholder."""
    from sphinx_cra.render import declaration as words

    make = words.simplified if node["form"] == "simplified" else words.full
    return paper(make(view.assessment, spoken(view.app, node["language"])), view)


def informed(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    """The user information of a placeholder."""
    from sphinx_cra.render import user_information as words

    return paper(words.paper(view.assessment, spoken(view.app, node["language"])), view)


def supported(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    """The support line of a placeholder."""
    from sphinx_cra.render import user_information as words

    found = spoken(view.app, node["language"])
    first, *rest = words.support(view.assessment.product, found)
    box = nodes.container(classes=["cra-support", f"language-{found.tag}"])
    line = nodes.paragraph("", "", nodes.strong("", first), nodes.Text(f". {' '.join(rest)}" if rest else ""))
    box += line
    return [box]


def chapter(view: View, point: str) -> list[nodes.Node]:
    """What the technical file shows of points 1(d) and 7 where no claimed section shows it."""
    from sphinx_cra.render import declaration as words
    from sphinx_cra.render import user_information

    stated = next(p for p in view.assessment.dossier.points if p.id == point)
    if any(s.filled for s in stated.sections):
        return []
    found = spoken(view.app, view.env.config.language or language.SOURCE)
    product = view.assessment.product
    if product is None:
        return []
    if point == "1d":
        return paper(user_information.paper(view.assessment, found), view)
    if point == "7" and view.assessment.declaration.state is not State.REFUSED:
        result = paper(words.full(view.assessment, found), view)
        if declaration.is_simplified(product):
            result += paper(words.simplified(view.assessment, found), view)
        return result
    return []


def files(view: View) -> Iterator[tuple[str, Paper]]:
    """The declarations that go with the product, each with a name for its file; none while refused.

    In every language of ``declaration.languages`` that there are texts in, else in that of the project.
    """
    from sphinx_cra.render import declaration as words

    product = view.assessment.product
    if product is None or view.assessment.declaration.state is State.REFUSED:
        return
    tags = product.declaration.languages or (view.env.config.language or language.SOURCE,)
    for tag in sorted(set(tags)):
        try:
            found = language.load(tag, folders(view.app))
        except LanguageError:
            continue
        yield f"eu-declaration-of-conformity-{tag}.pdf", words.full(view.assessment, found)
        if declaration.is_simplified(product):
            name = f"simplified-eu-declaration-of-conformity-{tag}.pdf"
            yield name, words.simplified(view.assessment, found)


def standing(view: View) -> nodes.paragraph:
    """What becomes of the declaration, and where it is shown."""
    stands = view.assessment.declaration
    said = {
        State.REFUSED: "No declaration is drawn up: what it has to say is missing or contradicts itself.",
        State.DRAFT: "The declaration is a draft: points of this file are open, or it is not signed.",
        State.SIGNED: "It is signed, as stated, and every point of this file is closed or accepted.",
    }
    result = nodes.paragraph("", said[stands.state])
    views: Mapping[str, Iterable[str]] = view.env.get_domain("cra").data["views"]
    if stands.state is not State.REFUSED and stands.accepted:
        result += nodes.Text(f" Open, and accepted with reasons: {listed(stands.accepted, 30)}.")
    if stands.state is not State.REFUSED and (absent := _untold(view)):
        result += nodes.Text(f" sphinx-cra has no texts in {listed(absent, 30)}.")
    for docname in sorted(d for d, names in views.items() if DECLARATION in names):
        title = view.env.titles[docname].astext() if docname in view.env.titles else docname
        result += nodes.Text(" See ")
        result += view.linker.reference(Text(title, f"doc:{docname}"))
        result += nodes.Text(".")
    return result


def _untold(view: View) -> list[str]:
    """Languages in which the declaration is made available, as stated, and which we cannot write."""
    product = view.assessment.product
    stated = product.declaration.languages if product else ()
    there = {tag.split("-")[0] for tag in language.available(folders(view.app))}
    return sorted(tag for tag in set(stated) if tag.split("-")[0].lower() not in there)


def paper(made: Paper, view: View) -> list[nodes.Node]:
    """A paper as nodes."""
    box = nodes.container(classes=["cra-paper", f"cra-{made.kind}", f"language-{made.language.tag}"])
    box["cra_paper"] = made.kind
    box["cra_own_page"] = made.own_page
    box["cra_language"] = made.language.tag
    box["cra_draft"] = made.notice.title if made.notice and (made.parts or made.closing) else ""
    title = nodes.rubric("", made.title, classes=["cra-paper-title"])
    box += title
    if made.subtitle:
        box += nodes.paragraph("", made.subtitle, classes=["cra-paper-subtitle"])
    if made.notice:
        box += _notice(made.notice, view)
    for part in made.parts:
        box += nodes.rubric("", f"{part.number}. {part.title}", classes=["cra-paper-part"])
        box += list(_facts(part.facts, view))
    box += list(_facts(made.closing, view))
    if made.signature:
        box += _signature(made)
    return [box]


def _notice(notice: Notice, view: View) -> nodes.admonition:
    node = nodes.admonition(classes=["warning", "cra-notice"])
    node += nodes.title("", notice.title)
    node += list(_facts(notice.facts, view))
    return node


def _signature(made: Paper) -> nodes.container:
    box = nodes.container(classes=["cra-signature"])
    lines = nodes.definition_list()
    for name, value in made.signature:
        lines += nodes.definition_list_item(
            "", nodes.term("", name), nodes.definition("", nodes.paragraph("", value or SIGN_HERE))
        )
    box += lines
    if made.notice:  # who looks at the signature alone sees it too
        box += nodes.paragraph("", "", nodes.strong("", made.notice.title))
    return box


def _facts(facts: Iterable[Fact], view: View) -> Iterator[nodes.Node]:
    """Sentences as paragraphs; what stands between them as definitions."""
    open_list: nodes.definition_list | None = None
    for fact in facts:
        if not fact.name:
            if open_list is not None:
                yield open_list
                open_list = None
            yield from _content(fact, view)
            continue
        if open_list is None:
            open_list = nodes.definition_list()
        open_list += nodes.definition_list_item(
            "", nodes.term("", fact.name), nodes.definition("", *_content(fact, view))
        )
    if open_list is not None:
        yield open_list


def _content(fact: Fact, view: View) -> Iterator[nodes.Node]:
    classes = ["cra-not-stated"] if fact.missing else []
    paragraphs = [
        nodes.paragraph("", "", *(_piece(p, view.linker, view) for p in cell), classes=classes)
        for cell in fact.cells
    ]
    if len(paragraphs) == 1:
        yield paragraphs[0]
        return
    points = nodes.bullet_list()
    points += [nodes.list_item("", p) for p in paragraphs]
    yield points


def _piece(piece: Text, linker: Linker, view: View) -> nodes.Node:
    """A piece of text; a page of the project (``doc:manual#safety``) by its title."""
    if piece.to and piece.text == piece.to and piece.to.startswith("doc:"):
        docname = piece.to.removeprefix("doc:").partition("#")[0]
        if docname not in view.env.titles:
            return nodes.Text(docname)
        return linker.reference(Text(view.env.titles[docname].astext(), piece.to))
    return linker.reference(piece)


def setup(app: Sphinx) -> None:
    app.add_directive("cra-declaration", DeclarationDirective)
    app.add_directive("cra-user-information", UserInformationDirective)
    app.add_directive("cra-support", SupportDirective)
