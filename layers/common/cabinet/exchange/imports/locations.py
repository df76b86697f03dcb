"""Keys of the exchange bucket: what a key says of a registry, and where reports are stored."""

from dataclasses import dataclass

from cabinet.accounts.supplier_model import RegistryEncoding
from cabinet.exchange.formats.encoding import ENCODINGS
from cabinet.exchange.model import FORMATS, FormatName

INBOUND = "inbound/"
"""What is put here is imported at once, without anybody's asking."""
DESK = "desk/"
"""What a person uploads: checked, and imported when they say so (docs/adr/0060)."""
REPORTS = "reports/"


@dataclass(frozen=True, slots=True)
class ObjectLocation:
    """What an object's key says.

    ``inbound/<supplier>/[<format>/][<encoding>/]…/<file name>``, or
    ``desk/<supplier>/<import>/[<format>/][<encoding>/]<file name>``.
    """

    supplier_id: str
    format: FormatName | None
    name: str
    encoding: RegistryEncoding | None = None
    import_id: str = ""
    """The import that a person's file was uploaded for; empty below ``inbound/``."""

    @classmethod
    def of(cls, object_key: str) -> "ObjectLocation | None":
        """Read a key; None when it is not one of a registry."""
        is_desk = object_key.startswith(DESK)
        before = 2 if is_desk else 1
        parts = object_key.split("/")[1:]
        if not (is_desk or object_key.startswith(INBOUND)) or len(parts) <= before or not parts[-1]:
            return None
        named = parts[before:-1][:2]
        given = next((name for name in FORMATS if name in named[:1]), None)
        encoding = next((name for name in ENCODINGS if name in named), None)
        return cls(parts[0], given, parts[-1], encoding, parts[1] if is_desk else "")


def desk_key(supplier_id: str, import_id: str, file_name: str, *named: str | None) -> str:
    """Return the key of a person's file; `named` are its format and encoding, where they are given."""
    return DESK + "/".join(part for part in (supplier_id, import_id, *named, file_name) if part)
