"""Routes of autopay: rules, their consent and history, skipping, switching off with and without a sign-in."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from cabinet.autopay import consent, service
from cabinet.autopay import store as rule_store
from cabinet.autopay.service import RuleRequest
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import InvalidFields, NotFound, raises
from cabinet.core.identifiers import own_part
from cabinet.payments.cards.store import parse_cards
from cabinet.payments.keys import cards_key
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_router, get_client_ip
from cabinet.web.auth import CurrentSubscriber, load_owned_account, require_credentials
from cabinet.web.inline_routes import run_inline_or_in_thread
from cart.autopay_schemas import (
    AutopayHistory,
    AutopayLink,
    AutopayOff,
    AutopayRequest,
    AutopayRuleResponse,
    AutopayRules,
    AutopaySkip,
)
from cart.card_schemas import ConsentResponse

router = create_router(prefix="/api/autopay", tags=["autopay"])
RequireSession = Depends(run_inline_or_in_thread(require_credentials))


@router.get("")
def list_rules(who: CurrentSubscriber) -> AutopayRules:
    """List the subscriber's rules by account."""
    now = clock.now()
    return AutopayRules(
        items=[AutopayRuleResponse.of(rule, now.date()) for rule in rule_store.list_rules(who.user_id)]
    )


@router.get("/consent")
def get_autopay_consent(_: CurrentSubscriber) -> ConsentResponse:
    """Return what is agreed to by switching autopay on."""
    return ConsentResponse(**asdict(consent.current()))


@router.get("/off")
@raises(TokenInvalid)
def show_switch_off(token: Annotated[str, Query(max_length=2048)]) -> AutopayOff:
    """Tell which rule a link would switch off; looking changes nothing (mail scanners follow links)."""
    _, account_id = service.account_from_token(token)
    return AutopayOff(number=own_part(account_id))


@router.post("/off", status_code=204)
@raises(TokenInvalid)
def switch_off(wanted: AutopayLink) -> Response:
    """Switch a rule off by a mail's link, at once and without a sign-in; repeating changes nothing."""
    rule_store.switch_off(*service.account_from_token(wanted.token))
    return Response(status_code=204)


@router.get("/skip")
@raises(TokenInvalid)
def show_skip(token: Annotated[str, Query(max_length=2048)]) -> AutopaySkip:
    """Tell which charge a link would leave out; looking changes nothing."""
    announced = service.announced_charge(token)
    return AutopaySkip(number=own_part(announced.account_id), on=announced.on)


@router.post("/skip", status_code=204)
@raises(service.announced_charge, service.skip_announced)
def skip_announced(wanted: AutopayLink) -> Response:
    """Leave out the charge that a mail announced, without a sign-in; repeating changes nothing."""
    service.skip_announced(service.announced_charge(wanted.token), clock.now())
    return Response(status_code=204)


@router.put("/{account_id}", dependencies=[RequireSession])
@raises(load_owned_account, service.set_rule, InvalidFields)
def put_rule(account_id: Identifier, form: AutopayRequest, request: Request) -> AutopayRuleResponse:
    """Set an account's rule; what was planned by the former one is planned anew."""
    owned, (card_row,) = load_owned_account(
        request, account_id, lambda user_id: [(Table.PAYMENTS, cards_key(user_id))], consistent=True
    )
    user_id, now = owned.subscriber.user_id, clock.now()
    agreed = consent.accept_consent(form.consent_version, get_client_ip(request), now)
    wanted = RuleRequest(
        form.enabled, form.saved_card_id, form.limit, form.when, form.day, form.with_preliminary
    )
    cards = parse_cards(user_id, card_row)
    bound_at = str(owned.binding.get("bound_at", ""))
    rule = service.set_rule(user_id, account_id, bound_at, owned.supplier, cards, wanted, agreed, now)
    return AutopayRuleResponse.of(rule, now.date())


@router.delete("/{account_id}", status_code=204)
@raises(NotFound)
def delete_rule(account_id: Identifier, who: CurrentSubscriber) -> Response:
    """Switch an account's rule off at once, also for a charge that is planned but not sent."""
    if not rule_store.switch_off(who.user_id, account_id):
        raise NotFound
    return Response(status_code=204)


@router.post("/{account_id}/skip")
@raises(service.skip_next)
def skip(account_id: Identifier, who: CurrentSubscriber) -> AutopayRuleResponse:
    """Leave the next charge out, once."""
    now = clock.now()
    return AutopayRuleResponse.of(service.skip_next(who.user_id, account_id, now), now.date())


@router.get("/{account_id}/history")
@raises(NotFound)
def list_history(account_id: Identifier, who: CurrentSubscriber) -> AutopayHistory:
    """List what a rule charged and left, and why; the latest first."""
    entries = rule_store.history(who.user_id, account_id)
    if not entries and rule_store.load(who.user_id, account_id) is None:
        raise NotFound
    return AutopayHistory.of(entries)
