"""The endpoint follows the supplier's settings, in their own transaction; what is wrong there is said."""

import pytest

from cabinet.accounts import suppliers
from cabinet.accounts.supplier_model import Supplier, Webhook
from cabinet.core.errors import InvalidFields
from cabinet.outbound.local_origin import local_origin
from cabinet.webhooks import endpoints
from cabinet.webhooks.model import EndpointStatus
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.webhooks import WEBHOOK

UK = {
    "supplier_id": "uk", "name": "ООО «УК Тест»", "inn": bound_accounts.PAYEE.inn,
    "payees": [bound_accounts.PAYEE],
}  # fmt: skip


def set_webhook(webhook: Webhook | None, **changes: object) -> bool:
    return suppliers.apply(Supplier.model_validate(UK | {"webhook": webhook} | changes))


def test_an_endpoint_comes_changes_and_goes_with_the_settings(aws: Aws) -> None:
    set_webhook(None)
    assert endpoints.find("uk") is None
    set_webhook(WEBHOOK)
    made = endpoints.find("uk")
    assert made is not None
    assert (made.url, made.secret, made.status) == (WEBHOOK.url, WEBHOOK.secret, EndpointStatus.ACTIVE)
    set_webhook(WEBHOOK, office="Челябинск")
    assert endpoints.find("uk") == made, "other settings do not touch it"
    set_webhook(None)
    assert endpoints.find("uk") is None
    assert list(endpoints.list_all()) == []


def test_another_address_opens_an_ended_endpoint_and_the_same_one_does_not(aws: Aws) -> None:
    set_webhook(WEBHOOK)
    made = endpoints.find("uk")
    assert made is not None
    endpoints.end(made, "gone")
    set_webhook(WEBHOOK, office="Челябинск")
    current = endpoints.find("uk")
    assert current is not None
    assert (current.status, current.reason) == (EndpointStatus.ENDED, "gone")
    set_webhook(Webhook(url="https://new.example.ru/", secret=WEBHOOK.secret))
    opened = endpoints.find("uk")
    assert opened is not None
    assert (opened.status, opened.url) == (EndpointStatus.ACTIVE, "https://new.example.ru/")
    endpoints.end(made, "gone")  # the answer to a call to the old address comes late
    assert endpoints.find("uk") == opened


@pytest.mark.parametrize(
    "url",
    [
        "http://billing.example.ru/", "https://127.0.0.1/", "https://localhost/", "https://billing.local/",
        "https://user:pass@billing.example.ru/", "https://billing.example.ru:8443/", "billing.example.ru",
        "https://[::1]/", "https://2130706433/", "https://билинг.рф/",
    ],
)  # fmt: skip
def test_an_address_that_will_never_be_called_is_refused_at_once(aws: Aws, url: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        set_webhook(Webhook(url=url, secret=WEBHOOK.secret))
    assert [(each.field, each.code) for each in refused.value.errors] == [("webhook.url", "webhook_url")]


@pytest.mark.parametrize("secret", ["", "key", "cabinet/bank/uk", "cabinet/webhook/", "a/webhook/../bank/uk"])
def test_only_a_webhooks_secret_can_be_named(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Webhook(url=WEBHOOK.url, secret=secret)


def test_the_local_stacks_own_receiver_may_be_set_on_that_stack_alone(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Webhook(url="http://127.0.0.1:8000/local/webhooks", secret=WEBHOOK.secret)
    with pytest.raises(InvalidFields):
        set_webhook(own)
    monkeypatch.setenv("LOCAL_STACK", "1")
    monkeypatch.setenv("OUTBOUND_LOCAL_ORIGIN", "http://127.0.0.1:8000")
    local_origin.cache_clear()
    assert set_webhook(own)
