"""The environment that a machine's operator gives, and what the template adds to it."""

import pytest

from infra.build.template import Template
from serve.settings import VariablesMissing, complete_environment

NAMED = {
    name: name.lower()
    for name in (
        "USERS_TABLE", "ACCOUNTS_TABLE", "PAYMENTS_TABLE", "MESSAGES_TABLE", "EXCHANGE_BUCKET",
        "DOCUMENTS_BUCKET", "MAIL_QUEUE_URL", "IMPORT_QUEUE_URL", "REMINDER_QUEUE_URL", "EXPORT_QUEUE_URL",
        "RECONCILIATION_QUEUE_URL", "SITE_ORIGIN", "MAIL_SENDER", "SIGNING_KEY_SECRET", "PUSH_QUEUE_URL",
        "PUSH_KEY_SECRET",
    )
}  # fmt: skip


def test_what_the_template_knows_by_itself_need_not_be_said(template: Template) -> None:
    complete = complete_environment(template, NAMED)
    assert (complete["POWERTOOLS_METRICS_NAMESPACE"], complete["ESIA_CLIENT_ID"]) == ("Cabinet", "")
    assert complete["USERS_TABLE"] == "users_table"
    assert "ORIGIN_TOKEN" not in complete


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_nobody_can_guess_is_asked_for_by_name(template: Template, name: str) -> None:
    with pytest.raises(VariablesMissing, match=f"^{name}$"):
        complete_environment(template, {key: value for key, value in NAMED.items() if key != name})


def test_the_region_is_told_as_the_client_reads_it(template: Template) -> None:
    assert complete_environment(template, NAMED | {"AWS_REGION": "ru"})["AWS_DEFAULT_REGION"] == "ru"
    assert "AWS_DEFAULT_REGION" not in complete_environment(template, NAMED)


def test_no_header_names_the_caller(template: Template) -> None:
    copied = NAMED | {"CLIENT_ADDRESS_HEADER": "cloudfront-viewer-address"}
    assert complete_environment(template, copied)["CLIENT_ADDRESS_HEADER"] == ""
