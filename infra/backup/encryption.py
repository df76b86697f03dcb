"""Encrypts what a backup consists of: AES-256-GCM, under a key of its own for each backup."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
_NONCE_BYTES = 12
PARTITION_BYTES, ROW_BYTES, DIGEST_BYTES = 12, 12, 16
_LEVEL = 3
"""zlib's compression level: higher ones halve the speed for a tenth of the size."""


def read_key(path: Path) -> bytes:
    """Return the key in a file: 32 bytes in base64; raises CommandError."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (OSError, ValueError, binascii.Error) as error:
        raise CommandError(f"{path} is no key file ({error}); make one by --new-key") from None
    if len(key) != KEY_BYTES:
        raise CommandError(f"{path} holds {len(key)} bytes, a key has {KEY_BYTES}; make one by --new-key")
    return key


def write_new_key(path: Path) -> None:
    """Write a new key into a file that is not there yet, readable by its owner alone; raises CommandError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be made: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")


class Encryptor:
    """Encrypts the files of one backup; identifies rows by keyed hashes, which reveal nothing of them."""

    def __init__(self, key: bytes, backup_id: str) -> None:
        derived = HKDF(
            SHA256(), length=2 * KEY_BYTES, salt=backup_id.encode(), info=b"cabinet backup 1"
        ).derive(key)
        self._cipher = AESGCM(derived[:KEY_BYTES])
        self._hash_key = derived[KEY_BYTES:]

    def encrypt(self, name: str, content: bytes) -> bytes:
        """Return content compressed and encrypted; it can be decrypted under the same name alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(content, _LEVEL), name.encode())

    def decrypt(self, name: str, encrypted: bytes) -> bytes:
        """Return what was encrypted; raises CommandError for another key, another name, a changed byte."""
        try:
            packed = self._cipher.decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            raise CommandError(f"{name} cannot be decrypted: another key, or the file was changed") from None
        return zlib.decompress(packed)

    def partition_id(self, table: str, pk: str) -> bytes:
        """Return the id of a partition, with which the ids of its rows begin."""
        return self._hash(f"{table}\0{pk}".encode(), PARTITION_BYTES)

    def row_id(self, table: str, pk: str, sk: str) -> bytes:
        """Return the id of a row."""
        return self.partition_id(table, pk) + self._hash(sk.encode(), ROW_BYTES)

    @staticmethod
    def partition_prefix(row_id: bytes) -> bytes:
        """Return the id of a row's partition."""
        return row_id[:PARTITION_BYTES]

    def digest(self, content: bytes) -> bytes:
        """Return the digest of a row's content."""
        return self._hash(content, DIGEST_BYTES)

    def _hash(self, content: bytes, size: int) -> bytes:
        return blake2b(content, digest_size=size, key=self._hash_key).digest()
