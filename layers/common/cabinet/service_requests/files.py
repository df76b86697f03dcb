"""Files of requests in S3: a browser uploads by a presigned form, we look at the bytes and keep a copy.

The upload form stays valid for some minutes after the check; so the checked file is copied, by its ETag, and
a later upload over it changes nothing.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.browser_storage import UploadForm, client, download_link, upload_form
from cabinet.core.errors import ServiceUnavailable
from cabinet.service_requests.errors import FileNotStored
from cabinet.service_requests.model import RequestFile
from cabinet.service_requests.rules import MAX_FILE_BYTES, SNIFFED_BYTES, check_file, check_stored, sniff
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

FORM_LIFETIME = timedelta(minutes=10)
UPLOAD_TOKEN_LIFETIME = timedelta(hours=1)
_ABSENT = {"404", "403", "NoSuchKey", "AccessDenied", "PreconditionFailed", "412"}


def create_upload(user_id: str, account_id: str, name: str, content_type: str, size: int) -> UploadForm:
    """Return a form for one file of at most 10 MB; raises InvalidFields for what is never taken."""
    check_file(name, content_type, size)
    key = f"uploads/{secrets.token_hex(16)}"
    claims = {"sub": user_id, "account_id": account_id, "key": key, "name": name, "type": content_type}
    token = sign(Purpose.ATTACHMENT, claims, UPLOAD_TOKEN_LIFETIME)
    return upload_form(_bucket(), key, MAX_FILE_BYTES, FORM_LIFETIME, token, content_type)


def attach(user_id: str, account_id: str, request_id: str, tokens: list[str]) -> list[RequestFile]:
    """Look at the uploaded files and copy them to where the request's files stay.

    Raises
    ------
    FileNotStored
        A token is another's, or its file is not there.
    InvalidFields
        A file is too large or not of the type that it was said to be.
    """
    return [_attach_one(_verify_upload_token(user_id, account_id, token), request_id) for token in tokens]


def _verify_upload_token(user_id: str, account_id: str, token: str) -> dict[str, Any]:
    try:
        claims = verify(Purpose.ATTACHMENT, token)
    except TokenInvalid:
        raise FileNotStored from None
    if (claims.get("sub"), claims.get("account_id")) != (user_id, account_id):
        raise FileNotStored
    return claims


def _attach_one(claims: dict[str, Any], request_id: str) -> RequestFile:
    found = _call(
        client().get_object, Bucket=_bucket(), Key=claims["key"], Range=f"bytes=0-{SNIFFED_BYTES - 1}"
    )
    size = int(found["ContentRange"].rpartition("/")[2])
    check_stored(claims["type"], size, found["Body"].read())
    file_id = hashlib.sha256(claims["key"].encode()).hexdigest()[:16]
    key = f"requests/{request_id}/{file_id}"
    _call(
        client().copy_object,
        Bucket=_bucket(),
        Key=key,
        CopySource={"Bucket": _bucket(), "Key": claims["key"]},
        CopySourceIfMatch=found["ETag"],
        MetadataDirective="REPLACE",
        ContentType=claims["type"],
    )
    return RequestFile(file_id=file_id, name=claims["name"], content_type=claims["type"], size=size, key=key)


def store_staff_file(request_id: str, name: str, content: bytes) -> RequestFile:
    """Store a file of the staff's answer, under the rules of the subscribers' files.

    Its key follows from its content, so that the same answer again overwrites nothing with anything else.

    Raises
    ------
    InvalidFields
        A file that is too large, of no type that is taken, or whose name says otherwise.
    """
    content_type = sniff(content[:SNIFFED_BYTES]) or ""
    check_file(name, content_type, len(content))
    file_id = hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:16]
    key = f"requests/{request_id}/{file_id}"
    _call(client().put_object, Bucket=_bucket(), Key=key, Body=content, ContentType=content_type)
    return RequestFile(file_id=file_id, name=name, content_type=content_type, size=len(content), key=key)


def link(file: RequestFile) -> str:
    """Return an address that saves the file for some minutes; it is never shown in the browser's own page."""
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return download_link(_bucket(), file.key, disposition, file.content_type)


def _call(operation: Callable[..., Any], **parameters: Any) -> Any:  # noqa: ANN401 - boto3's answers
    try:
        return operation(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            raise FileNotStored from None
        if error.response["Error"]["Code"] == "InvalidRange":
            raise FileNotStored from None  # an empty file has no first byte
        raise ServiceUnavailable from error
    except BotoCoreError as error:
        raise ServiceUnavailable from error


def _bucket() -> str:
    return os.environ["DOCUMENTS_BUCKET"]
