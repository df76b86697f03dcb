"""Parsers of a workbook's parts: a document type, which could define entities, is refused."""

from typing import NoReturn
from xml.parsers import expat

from cabinet.exchange.gis.errors import UnsafeTemplate


def new_parser() -> expat.XMLParserType:
    """Return a parser that takes no document type; texts come in whole pieces."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def elements(xml: bytes, local: str) -> list[dict[str, str]]:
    """Return the attributes of all elements of a local name; raises UnsafeTemplate, ExpatError."""
    found: list[dict[str, str]] = []

    def on_element(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == local:
            found.append(attributes)

    parser = new_parser()
    parser.StartElementHandler = on_element
    parser.Parse(xml, True)
    return found


def local_name(name: str) -> str:
    """Return a name without its prefix: Excel writes none, other programs do."""
    return name.rpartition(":")[2]


def _refuse(*_: object) -> NoReturn:
    raise UnsafeTemplate
