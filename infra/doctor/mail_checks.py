"""Whether mail goes out: the account may send, to everybody; the sender is verified; bounces come back."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue, Skipped, error_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation

SES_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_SESV2"


def checks(installation: Installation) -> Iterator[Check]:
    """Return the checks of mail."""
    yield Check(
        "mail", "SES account", "may send, to everybody",
        lambda: examine_account(_client(installation).get_account()),
    )  # fmt: skip
    yield Check(
        "mail", "sender", f"{parseaddr(installation.environment['MAIL_SENDER'])[1]} is verified",
        lambda: examine_sender(_client(installation), installation.environment["MAIL_SENDER"]),
    )  # fmt: skip
    yield Check(
        "mail", "configuration set", "sends; bounces and complaints are reported",
        lambda: examine_configuration(installation, _client(installation)),
    )  # fmt: skip


def _client(installation: Installation) -> Any:  # noqa: ANN401 - boto3's client
    elsewhere = installation.environment.get(SES_ENDPOINT_VARIABLE)
    if elsewhere:
        raise Skipped(f"emails go to {elsewhere}, which keeps no account, senders or settings")
    return installation.client("sesv2")


def examine_account(account: Mapping[str, Any]) -> Iterator[Issue]:
    """Yield what keeps the account from sending."""
    if not account["SendingEnabled"]:
        yield Issue(
            "SES has paused sending",
            "see SES's mail about it, mend the cause, ask for release (docs/runbook.md, Mail)",
        )
    if account.get("EnforcementStatus", "HEALTHY") != "HEALTHY":
        yield Issue(
            f"its status is {account['EnforcementStatus']}",
            "see the reputation dashboard: bounces, complaints",
        )
    if not account["ProductionAccessEnabled"]:
        yield Issue(
            "it is in the sandbox: only verified addresses get emails", "request production access in SES"
        )
    quota = account.get("SendQuota", {})
    if quota.get("Max24HourSend", -1) > 0 and quota["SentLast24Hours"] >= 0.9 * quota["Max24HourSend"]:
        yield Issue(
            f"{quota['SentLast24Hours']:.0f} of {quota['Max24HourSend']:.0f} emails a day are sent",
            "ask SES for a bigger quota; what does not fit waits until tomorrow",
        )


def examine_sender(ses: Any, sender: str) -> Iterator[Issue]:  # noqa: ANN401 - boto3's client
    """Yield whether neither the sender's address nor its domain is verified."""
    address = parseaddr(sender)[1]
    domain = address.rpartition("@")[2]
    known = [found for name in (domain, address) if (found := _identity(ses, name)) is not None]
    if not known:
        yield Issue(
            f"SES knows neither {domain} nor {address}",
            f"verify {domain} in SES (DKIM records of the domain)",
        )
    elif not any(each.get("VerifiedForSendingStatus") for each in known):
        yield Issue(
            f"{domain} is not verified", f"set the DKIM records that SES shows for {domain}, then wait"
        )
    for each in known:
        if each.get("MailFromAttributes", {}).get("MailFromDomainStatus", "SUCCESS") not in (
            "SUCCESS",
            "PENDING",
        ):
            yield Issue("its MAIL FROM domain is not verified", "set the MX and SPF records that SES shows")


def examine_configuration(installation: Installation, ses: Any) -> Iterator[Issue]:  # noqa: ANN401 - boto3's client
    """Yield whether the configuration set sends, and reports bounces."""
    name = installation.names["MailConfiguration"]
    try:
        found = ses.get_configuration_set(ConfigurationSetName=name)
    except ses.exceptions.NotFoundException:
        yield Issue(f"there is no configuration set {name}", installation.redeploy())
        return
    if not found.get("SendingOptions", {}).get("SendingEnabled", True):
        command = (
            "aws sesv2 put-configuration-set-sending-options --sending-enabled "
            f"--configuration-set-name {name}"
        )
        yield Issue("sending by it is paused", command)
    destinations = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)[
        "EventDestinations"
    ]
    topic = installation.names["MailEvents"]
    reporting = [each for each in destinations if each.get("SnsDestination", {}).get("TopicArn") == topic]
    if not any(
        each["Enabled"] and {"BOUNCE", "COMPLAINT"} <= set(each["MatchingEventTypes"]) for each in reporting
    ):
        yield Issue("bounces and complaints are reported to nobody", installation.redeploy())


def _identity(ses: Any, name: str) -> Mapping[str, Any] | None:  # noqa: ANN401 - boto3's client
    try:
        found: Mapping[str, Any] = ses.get_email_identity(EmailIdentity=name)
    except ses.exceptions.ClientError as error:
        if error_code(error) == "NotFoundException":
            return None
        raise
    return found
