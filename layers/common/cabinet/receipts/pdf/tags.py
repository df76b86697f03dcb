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
    tags = list(root.descendants())
    refs = {id(tag): file.reserve() for tag in tags}
    parents: dict[int, Ref] = {id(root): tree}
    owners: list[dict[int, Ref]] = [{} for _ in pages]
    for tag in tags:
        own = refs[id(tag)]
        for kid in tag.kids:
            if isinstance(kid, Tag):
                parents[id(kid)] = own
            else:
                owners[kid.page][kid.number] = own
        file.put(own, _element(tag, parents[id(tag)], refs, pages))
    rows = [" ".join(str(owned[number]) for number in sorted(owned)) for owned in owners]
    numbers = " ".join(f"{page} [{row}]" for page, row in enumerate(rows))
    parent_tree = file.add(f"<</Nums [{numbers}]>>")
    file.put(
        tree,
        f"<</Type /StructTreeRoot /K {refs[id(root)]} /ParentTree {parent_tree}"
        f" /ParentTreeNextKey {len(pages)}>>",
    )
    return tree


def _element(tag: Tag, parent: Ref, refs: dict[int, Ref], pages: Sequence[Ref]) -> str:
    match tag.kids:
        case [Mark(page, number)]:
            kids = f"/Pg {pages[page]} /K {number}"
        case _:
            kids = f"/K [{' '.join(_kid(kid, refs, pages) for kid in tag.kids)}]"
    attributes = f" /A <<{tag.attributes}>>" if tag.attributes else ""
    alternative = f" /Alt {text_string(tag.alternative)}" if tag.alternative else ""
    return f"<</Type /StructElem /S /{tag.kind} /P {parent} {kids}{attributes}{alternative}>>"


def _kid(kid: Tag | Mark, refs: dict[int, Ref], pages: Sequence[Ref]) -> str:
    if isinstance(kid, Tag):
        return str(refs[id(kid)])
    return f"<</Type /MCR /Pg {pages[kid.page]} /MCID {kid.number}>>"
