"""The logical structure of a document: what a screen reader walks through (ISO 32000-1, 14.7–14.8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from cabinet.receipts.pdf.objects import PdfFile, Ref, text_string


class Mark(NamedTuple):
    """A piece of a page's content: the page's index and the mark's number on it."""

    page: int
    number: int


@dataclass(slots=True)
class Tag:
    """A structure element: `kind` is a standard type (H1, P, Table, TR, TH, TD, Figure …)."""

    kind: str
    alternative: str = ""
    attributes: str = ""
    kids: list["Tag | Mark"] = field(default_factory=list)

    def child(self, kind: str, *, alternative: str = "", attributes: str = "") -> Self:
        """Append a new element and return it."""
        tag = type(self)(kind, alternative, attributes)
        self.kids.append(tag)
        return tag

    def descendants(self) -> Iterator["Tag"]:
        """Yield this element and all below it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Tag):
                yield from kid.descendants()


def head_cell(columns: int = 1, rows: int = 1) -> str:
    """Return the attributes of a table's head cell that stands above its column(s)."""
    spans = (f" /ColSpan {columns}" if columns > 1 else "") + (f" /RowSpan {rows}" if rows > 1 else "")
    return f"/O /Table /Scope /Column{spans}"


def write_tags(file: PdfFile, root: Tag, pages: Sequence[Ref]) -> Ref:
    """Write the tree and the table that leads from a mark back to its element; return the tree's root."""
    tree = file.reserve()
    places = [(tag, file.reserve()) for tag in root.descendants()]
    names = {id(tag): str(ref) for tag, ref in places}
    page_names = [str(page) for page in pages]
    parents = {id(root): str(tree)}
    owners: list[dict[int, str]] = [{} for _ in pages]
    for tag, ref in places:
        name = names[id(tag)]
        for kid in tag.kids:
            if isinstance(kid, Tag):
                parents[id(kid)] = name
            else:
                owners[kid.page][kid.number] = name
        file.put(ref, _element(tag, parents[id(tag)], names, page_names))
    rows = [" ".join(owned[number] for number in sorted(owned)) for owned in owners]
    numbers = " ".join(f"{page} [{row}]" for page, row in enumerate(rows))
    parent_tree = file.add(f"<</Nums [{numbers}]>>")
    file.put(
        tree,
        f"<</Type /StructTreeRoot /K {names[id(root)]} /ParentTree {parent_tree}"
        f" /ParentTreeNextKey {len(pages)}>>",
    )
    return tree


def _element(tag: Tag, parent: str, names: dict[int, str], pages: Sequence[str]) -> str:
    kids = tag.kids
    if len(kids) == 1 and isinstance(kids[0], Mark):
        own = f"/Pg {pages[kids[0].page]} /K {kids[0].number}"
    else:
        own = f"/K [{' '.join([_kid(kid, names, pages) for kid in kids])}]" if kids else ""
    attributes = f" /A <<{tag.attributes}>>" if tag.attributes else ""
    alternative = f" /Alt {text_string(tag.alternative)}" if tag.alternative else ""
    return f"<</S /{tag.kind} /P {parent} {own}{attributes}{alternative}>>"


def _kid(kid: Tag | Mark, names: dict[int, str], pages: Sequence[str]) -> str:
    if isinstance(kid, Tag):
        return names[id(kid)]
    return f"<</Type /MCR /Pg {pages[kid.page]} /MCID {kid.number}>>"
