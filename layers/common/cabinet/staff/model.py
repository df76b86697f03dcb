"""Models of the staff: roles, a member, a session."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cabinet.audit.model import EVERY_SUPPLIER
from cabinet.core.model import FrozenModel


class Role(StrEnum):
    """What a person does at the desk; one may have several."""

    OPERATOR = "operator"
    ACCOUNTANT = "accountant"
    ENGINEER = "engineer"
    OWNER = "owner"


ROLE_TITLES = {
    Role.OPERATOR: "оператор",
    Role.ACCOUNTANT: "бухгалтер",
    Role.ENGINEER: "инженер",
    Role.OWNER: "владелец",
}


class PendingCredentials(FrozenModel):
    """What an invited person has chosen, until the first code proves that the telephone has the seed."""

    name: str
    password_hash: str
    encrypted_seed: Annotated[str, Field(alias="sealed_seed")]
    recovery_hashes: list[str]


class Member(FrozenModel):
    """One person of the staff.

    `credentials_version` counts changes of roles, password and code: a session of an older count is over.
    """

    staff_id: str
    email: str
    name: str = ""
    roles: list[Role] = []
    suppliers: list[str] = []
    """Supplier ids, or ``*`` for all."""
    password_hash: str | None = None
    encrypted_seed: Annotated[str | None, Field(alias="sealed_seed")] = None
    """The TOTP seed, encrypted (`signed_tokens.seal`)."""
    recovery_hashes: list[str] = []
    last_step: int = 0
    """The 30-second step of the last code that was used: none is taken twice."""
    credentials_version: Annotated[int, Field(alias="credentials")] = 0
    invitation_hash: str | None = None
    passkey_count: Annotated[int, Field(alias="passkeys")] = 0
    """How many passkeys this person has: a change of their number is a change of the person."""
    pending: PendingCredentials | None = None
    invited_at: str = ""
    joined_at: str | None = None
    removed_at: str | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether the person can sign in."""
        return self.password_hash is not None and self.removed_at is None

    def covers(self, suppliers: list[str]) -> bool:
        """Tell whether the person works for all of these suppliers."""
        return EVERY_SUPPLIER in self.suppliers or {*suppliers} <= {*self.suppliers}


@dataclass(frozen=True, slots=True)
class SignedInStaff:
    """The person of this request."""

    member: Member
    session_id: str
    code_confirmed_at: datetime | None
    """When a code was last entered again in this session; signing in does not count."""
