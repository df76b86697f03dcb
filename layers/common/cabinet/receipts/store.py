"""Sheets in S3, addressed by what they show: made at the first demand, made anew when the data changed."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from cabinet.accounts.model import Account, Supplier
from cabinet.errors import Unavailable
from cabinet.periods import period_title
from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.errors import SheetUnavailable
from cabinet.receipts.qr import PaymentCodeError
from cabinet.receipts.sheet import LAYOUT_VERSION, render
from cabinet.receipts.sources import document_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_LIFETIME = timedelta(minutes=5)
MEDIA_TYPE = "application/pdf"

_ABSENT = "*"
"""Condition of PutObject: written only where nothing is."""
# Without the right to list the bucket, S3 answers 403 for a key that does not exist.
_NOT_STORED = {"404", "403", "NoSuchKey", "AccessDenied", "Forbidden"}
_ALREADY_STORED = {"PreconditionFailed", "ConditionalRequestConflict"}


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """A sheet that is in storage: its key, and the name under which a person saves it."""

    key: str
    file_name: str


def ensure_document(account: Account, supplier: Supplier, document_id: str) -> StoredSheet:
    """Return the sheet of a receipt as it stands now, drawing and storing it unless it is already there.

    The documents page and the mailer both come here, so what is attached to a letter is what the page shows.

    Raises
    ------
    cabinet.errors.NotFound
        The account has no such receipt.
    SheetUnavailable
        The supplier's requisites do not allow to print it.
    Unavailable
        Storage did not answer.
    """
    return ensure_sheet(document_of(account, supplier, document_id))


def ensure_sheet(document: PaymentDocument) -> StoredSheet:
    """Store the document's sheet unless it is there already; see `ensure_document`."""
    sheet = StoredSheet(sheet_key(document), file_name(document))
    if not _is_stored(sheet.key):
        _store(sheet.key, _drawn(document))
    return sheet


def content(sheet: StoredSheet) -> bytes:
    """Return the PDF, for a letter's attachment."""
    answer = _call(_s3().get_object, Bucket=_bucket(), Key=sheet.key)
    data: bytes = answer["Body"].read()
    return data


def link(sheet: StoredSheet, moment: datetime) -> tuple[str, datetime]:
    """Return an address that opens the sheet without a session, and when it ends."""
    parameters = {
        "Bucket": _bucket(),
        "Key": sheet.key,
        "ResponseContentDisposition": _disposition(sheet.file_name),
        "ResponseContentType": MEDIA_TYPE,
    }
    lifetime = int(LINK_LIFETIME.total_seconds())
    url: str = _s3().generate_presigned_url("get_object", Params=parameters, ExpiresIn=lifetime)
    return url, moment + LINK_LIFETIME


def sheet_key(document: PaymentDocument) -> str:
    """Return the key: a digest of the data and of the layout, which tells nothing about the subscriber."""
    digest = hashlib.sha256(f"{document.fingerprint}/{LAYOUT_VERSION}".encode()).hexdigest()
    return f"receipts/{digest[:2]}/{digest}.pdf"


def file_name(document: PaymentDocument) -> str:
    """Return «Квитанция Объединённая Сентябрь 2019, лс 1234567899.pdf»."""
    title = f"Квитанция {document.kind_title} {period_title(document.period)}"
    return f"{title}, лс {document.account_number}.pdf".translate(_NO_PATH)


_NO_PATH = {ord(character): "_" for character in '\\/:*?"<>|'}


def _disposition(name: str) -> str:
    """Show in the browser; save under the Russian name, or an ASCII one where that is not understood."""
    return f"inline; filename=\"kvitanciya.pdf\"; filename*=UTF-8''{quote(name)}"


def _drawn(document: PaymentDocument) -> bytes:
    try:
        return render(document)
    except PaymentCodeError as error:
        raise SheetUnavailable from error


def _is_stored(key: str) -> bool:
    try:
        _s3().head_object(Bucket=_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_STORED:
            return False
        raise Unavailable from error
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable from error
    return True


def _store(key: str, pdf: bytes) -> None:
    """Write the sheet where none is; another request may have been first with the very same bytes."""
    try:
        _s3().put_object(Bucket=_bucket(), Key=key, Body=pdf, ContentType=MEDIA_TYPE, IfNoneMatch=_ABSENT)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ALREADY_STORED:
            raise Unavailable from error
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable from error


def _call(operation: Callable[..., Any], **parameters: str) -> Any:  # noqa: ANN401 - boto3's answers
    try:
        return operation(**parameters)
    except (ClientError, ConnectionError, HTTPClientError) as error:
        raise Unavailable from error


def _bucket() -> str:
    return os.environ["DOCUMENTS_BUCKET"]


@cache
def _s3() -> "S3Client":
    """Return the one client, made at the first use and kept warm."""
    client: S3Client = boto3.client(
        "s3",
        config=Config(
            signature_version="s3v4", connect_timeout=1, read_timeout=4,
            retries={"mode": "standard", "total_max_attempts": 3},
            # Checksums that other clouds do not know are sent only where the API demands them.
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        ),
    )  # fmt: skip
    return client
