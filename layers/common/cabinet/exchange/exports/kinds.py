"""The kinds of registries out, by the names that commands, the desk and the bucket's folders use."""

from cabinet.exchange.exports.export_job import ExportSpec
from cabinet.exchange.exports.paperless import PAPERLESS_EXPORT
from cabinet.exchange.exports.payments import PAYMENTS
from cabinet.exchange.exports.readings import READINGS

KINDS: dict[str, ExportSpec] = {
    "readings": READINGS,
    "payments": PAYMENTS,
    "refusals": PAPERLESS_EXPORT,
}
