"""The origin token goes over from one value to the next: both are accepted while CloudFront changes.

What is still to be done is read from AWS itself at each run, so that a crashed run is continued.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cabinet.api_secrets import SIGNS_AFTER, ApiSecrets, hash_origin_token
from cabinet.core import clock
from infra.cli.errors import CommandError
from infra.cli.rotation import secret_versions
from infra.cli.rotation.secret_versions import PENDING, SecretVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARAMETER = "OriginTokenVersion"
HEADER = "x-origin-token"
_SAME_ROTATION = timedelta(hours=1)
"""A token that young was made by an earlier run of the same rotation."""
_POLL = timedelta(seconds=10)
_PATIENCE = timedelta(minutes=40)


@dataclass(frozen=True)
class Clients:
    """AWS as the rotation calls it."""

    secrets: Any
    cloudformation: Any
    cloudfront: Any


@dataclass(frozen=True)
class Rotation:
    """One run; `wait` passes time, `say` tells the person, `audit` is called before anything changes."""

    clients: Clients
    stack: str
    signing_key_secret: str
    wait: Callable[[timedelta], None]
    say: Callable[[str], None]
    audit: Callable[[], None]

    def plan(self) -> None:
        """Print the steps and their state."""
        sent = self.sent()
        self.say(f"CloudFront sends a token whose hash begins with {hash_origin_token(sent)[:8]}")
        self.say("1. write a new token aside (OriginToken, AWSPENDING)")
        self.say(
            "2. let the functions accept both (in the secret that they read), wait until all have read it"
        )
        self.say(
            f"3. update the stack's parameter {PARAMETER}: CloudFront sends the new one; wait until it does"
        )
        self.say("4. let the functions accept the new one alone")

    def run(self) -> None:
        """Do what is left of the four steps."""
        self._require_parameter()
        self._wait_until_deployed()
        next_token = self._find_or_make_next_token()
        if next_token is None:
            self.say("the origin token was changed within the hour, and nothing is left to do")
            return
        old, hashed = self.sent(), hash_origin_token(next_token.text)
        if old != next_token.text:
            self._accept({hash_origin_token(old), hashed, *(self._secrets()[1].origin_hashes or ())})
            self.say("1, 2. the functions accept the old and the new token")
            self._wait_until_read()
            if hashed not in (self._secrets()[1].origin_hashes or ()):
                raise CommandError("another rotation of the token came between: run this again")
            self._send(next_token)
        if self.sent() != next_token.text:
            raise CommandError(
                "CloudFront does not send the new token: look at the stack's events, run this again"
            )
        self.say(f"3. CloudFront sends the new token (version {next_token.version_id})")
        current = secret_versions.read(self.clients.secrets, self._token_secret())
        if current.version_id != next_token.version_id:
            secret_versions.promote(self.clients.secrets, current, next_token.version_id)
        self._accept({hashed})
        ended = clock.now() + SIGNS_AFTER
        self.say(f"4. the old token is refused everywhere from {ended:%H:%M:%S} UTC at the latest")
        self.say("next: open the site and sign in; a call of the API past CloudFront must be 404")

    def _find_or_make_next_token(self) -> SecretVersion | None:
        """Return the token to go over to; None when the last rotation is whole and fresh."""
        secret = self._token_secret()
        current = secret_versions.read(self.clients.secrets, secret)
        pending = secret_versions.read_if_there(self.clients.secrets, secret, VersionStage=PENDING)
        if pending is not None and pending.version_id != current.version_id:
            self.audit()
            return pending  # an earlier run has made it
        accepted = self._secrets()[1].origin_hashes
        if accepted is not None and clock.now() - current.created_at < _SAME_ROTATION:
            if accepted == (hash_origin_token(current.text),) and self.sent() == current.text:
                return None
            self.audit()
            return current
        self.audit()
        made = secret_versions.put_pending(self.clients.secrets, secret, secrets.token_urlsafe(36))
        return secret_versions.read(self.clients.secrets, secret, VersionId=made)

    def _accept(self, hashes: set[str]) -> None:
        """Write which tokens the functions accept, unless they do already."""
        seen, current = self._secrets()
        if set(current.origin_hashes or ()) != hashes:
            changed = current.with_origin_hashes(sorted(hashes))
            secret_versions.replace(self.clients.secrets, seen, changed.dump())

    def _wait_until_read(self) -> None:
        """Wait until every process has read what it must accept: five minutes after it was written."""
        ready = self._secrets()[0].created_at + SIGNS_AFTER
        if ready > clock.now():
            self.say(f"waiting until {ready:%H:%M:%S} UTC, when every process has read that")
        while ready > clock.now():
            self.wait(min(_POLL, ready - clock.now()))

    def _send(self, token: SecretVersion) -> None:
        """Let CloudFront send the token, by the stack's parameter: its header's text must change."""
        from botocore.exceptions import ClientError

        stack = self._describe_stack()
        kept = [each["ParameterKey"] for each in stack["Parameters"] if each["ParameterKey"] != PARAMETER]
        try:
            self.clients.cloudformation.update_stack(
                StackName=self.stack,
                UsePreviousTemplate=True,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                Parameters=[
                    {"ParameterKey": PARAMETER, "ParameterValue": token.version_id},
                    *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
                ],
            )
        except ClientError as error:
            if "No updates" not in error.response["Error"]["Message"]:
                raise CommandError(
                    f"the stack cannot be updated: {error.response['Error']['Message']}"
                ) from None
        self.say("the stack goes over; CloudFront takes some minutes")
        self._wait_until_deployed()

    def _wait_until_deployed(self) -> None:
        """Wait until neither the stack nor the distribution is on its way to another state."""
        give_up = clock.now() + _PATIENCE
        while self._describe_stack()["StackStatus"].endswith("_IN_PROGRESS") or self._status() != "Deployed":
            if clock.now() >= give_up:
                raise CommandError("the stack or CloudFront is still changing: run this again later")
            self.wait(_POLL)

    def _require_parameter(self) -> None:
        if PARAMETER not in {each["ParameterKey"] for each in self._describe_stack().get("Parameters", [])}:
            raise CommandError(f"the stack has no parameter {PARAMETER}: deploy this version first")

    def _describe_stack(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.clients.cloudformation.describe_stacks(StackName=self.stack)[
            "Stacks"
        ][0]
        return found

    def _resource(self, logical_id: str) -> str:
        found = self.clients.cloudformation.describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _token_secret(self) -> str:
        return self._resource("OriginToken")

    def _status(self) -> str:
        return str(
            self.clients.cloudfront.get_distribution(Id=self._resource("Site"))["Distribution"]["Status"]
        )

    def sent(self) -> str:
        """Return the token that CloudFront sends, by its own configuration."""
        found = self.clients.cloudfront.get_distribution_config(Id=self._resource("Site"))
        for origin in found["DistributionConfig"]["Origins"]["Items"]:
            for header in origin.get("CustomHeaders", {}).get("Items", []):
                if header["HeaderName"].lower() == HEADER:
                    return str(header["HeaderValue"])
        raise CommandError("CloudFront's distribution sends no origin token")

    def _secrets(self) -> tuple[SecretVersion, ApiSecrets]:
        seen = secret_versions.read(self.clients.secrets, self.signing_key_secret)
        return seen, ApiSecrets.parse(seen.text)
