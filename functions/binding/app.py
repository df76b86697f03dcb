"""Routes of bindings: find an account, prove it by the holder's surname, choose, opt out of paper, unbind."""

from datetime import timedelta

from fastapi import Request

from binding import site, supplier_pages
from binding.schemas import (
    BindingCandidates,
    BindingSearch,
    Candidate,
    HolderName,
    NewBinding,
    PaperlessChange,
    PaperlessStatement,
    SupplierConsent,
)
from cabinet import limits
from cabinet.accounts import binding_store, paperless_statement, store
from cabinet.accounts.errors import (
    AlreadyBound,
    StaleBindings,
    TooManyAccounts,
    statement_outdated,
    surname_differs,
)
from cabinet.accounts.holders import matches_holder, needs_surname
from cabinet.accounts.model import Account
from cabinet.accounts.paperless import StalePaperless
from cabinet.accounts.rules import (
    address_matches,
    is_hidden,
    normalise_account_number,
    sorted_by_bound_at,
)
from cabinet.accounts.store import UserBindings
from cabinet.accounts.supplier_consent import consent_given, consent_to
from cabinet.accounts.supplier_model import Supplier, SupplierTexts
from cabinet.core import clock
from cabinet.core.errors import FeatureUnavailable, NotFound, raises
from cabinet.home.binding_view import Binding, Bindings, binding_views
from cabinet.notifications.preferences import mailings_record
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import Identifier, create_app, create_router, get_client_ip
from cabinet.web.auth import (
    CurrentAccount,
    CurrentBindings,
    CurrentSubscriber,
    SubscriberBindings,
    subscriber_bindings,
)

CANDIDATE_LIFETIME = timedelta(minutes=10)
_MAX_RETRIES = 3

router = create_router(prefix="/api/bindings", tags=["bindings"])


@router.post("/search")
@raises(limits.hit)
def search(wanted: BindingSearch, who: CurrentSubscriber) -> BindingCandidates:
    """Find accounts by number, house and flat."""
    limits.hit(limits.BINDING_SEARCH_BY_USER, who.user_id)
    found = store.find_by_number(normalise_account_number(wanted.account_number))
    today = clock.now().date()
    fitting = [
        account
        for account in found
        if address_matches(account, wanted.house, wanted.flat or "") and not is_hidden(account, today)
    ]
    suppliers = store.suppliers_and_texts(account.supplier_id for account in fitting) if fitting else {}
    return BindingCandidates(
        candidates=[
            Candidate(
                candidate=sign(
                    Purpose.CANDIDATE,
                    {"sub": who.user_id, "account": account.account_id},
                    CANDIDATE_LIFETIME,
                ),
                supplier_name=suppliers[account.supplier_id][0].name,
                consent=_consent_view(*suppliers[account.supplier_id]),
            )
            for account in fitting
            if account.supplier_id in suppliers
        ]
    )


@router.post("", status_code=201)
@raises(limits.hit, AlreadyBound, StaleBindings, TooManyAccounts, NotFound, TokenInvalid)
def bind(new: NewBinding, request: Request, who: CurrentBindings) -> Binding:
    """Bind a found account, if the surname is its holder's."""
    user_id = who.subscriber.user_id
    account_id = _decode_candidate(new.candidate, user_id)
    if any(binding["account_id"] == account_id for binding in who.bindings):
        raise AlreadyBound
    account, supplier, texts = store.get_account_supplier_and_texts(account_id)
    agreed = consent_given(
        consent_to(supplier, texts), new.consent.version if new.consent else None,
        clock.timestamp(clock.now()), get_client_ip(request),
    )  # fmt: skip
    _check_holder(user_id, account, new.surname)
    answered = None
    if new.mailings is not None:
        answered = mailings_record(new.mailings.model_dump(), clock.now(), get_client_ip(request))

    for last_try in (*[False] * (_MAX_RETRIES - 1), True):
        owner = _subscriber_accounts(who)
        try:
            binding = binding_store.bind(
                owner, account, clock.now(), primary=new.primary, mailings=answered, consent=agreed
            )
        except StaleBindings:
            if last_try:
                raise
            who = subscriber_bindings(request)
            continue
        is_primary = new.primary or not owner.profile.get("primary_account_id")
        return Binding.of(account, supplier, binding, primary=is_primary)
    raise StaleBindings


@router.get("")
@allow_access_tokens("read:debts", "read:meters", "write:readings")
def list_bindings(who: CurrentBindings) -> Bindings:
    """List the subscriber's accounts."""
    bindings = sorted_by_bound_at(who.bindings)
    if not bindings:
        return Bindings(items=[])
    accounts, suppliers = store.accounts_and_suppliers([binding["account_id"] for binding in bindings])
    primary = who.profile.get("primary_account_id")
    return Bindings(items=binding_views(bindings, accounts, suppliers, primary, clock.now().date()))


@router.post("/{account_id}/confirmation")
@raises(limits.hit, NotFound)
def confirm(account_id: Identifier, given: HolderName, who: CurrentBindings) -> Binding:
    """Confirm a binding by the surname of the account's new holder; a repeated confirmation succeeds too."""
    user_id = who.subscriber.user_id
    binding = next((each for each in who.bindings if each["account_id"] == account_id), None)
    if binding is None:
        raise NotFound
    account, supplier = store.get_account_and_supplier(account_id)
    if needs_surname(binding, account):
        _check_holder(user_id, account, given.surname)
        binding = binding_store.confirm_new_holder(user_id, binding, account)
    return Binding.of(account, supplier, binding, primary=who.profile.get("primary_account_id") == account_id)


@router.put("/{account_id}/primary", status_code=204)
@raises(NotFound)
def choose_primary(account_id: Identifier, who: CurrentSubscriber) -> None:
    """Show this account first from now on."""
    binding_store.choose_primary(who.user_id, account_id)


@router.delete("/{account_id}", status_code=204)
@raises(NotFound, StaleBindings)
def unbind(account_id: Identifier, request: Request, who: CurrentBindings) -> None:
    """Take an account out of the cabinet; the next one becomes primary."""
    for _ in range(_MAX_RETRIES - 1):
        try:
            return binding_store.unbind(_subscriber_accounts(who), account_id)
        except StaleBindings:
            who = subscriber_bindings(request)
    return binding_store.unbind(_subscriber_accounts(who), account_id)


@router.get("/{account_id}/paperless/statement")
@raises(FeatureUnavailable)
def get_paperless_statement(owned: CurrentAccount) -> PaperlessStatement:
    """Return the statement that a paper opt-out confirms."""
    owned.require("paperless")
    text = paperless_statement.statement(owned.account, owned.supplier)
    return PaperlessStatement(version=paperless_statement.VERSION, text=text)


@router.put("/{account_id}/paperless")
@raises(FeatureUnavailable, StalePaperless)
def set_paperless(
    change: PaperlessChange, request: Request, owned: CurrentAccount, who: CurrentBindings
) -> Binding:
    """Refuse paper receipts for all kinds of receipts of an account, or have them printed again."""
    owned.require("paperless")
    if change.enabled and change.statement_version != paperless_statement.VERSION:
        raise statement_outdated()
    record = {
        "enabled": change.enabled,
        "version": paperless_statement.VERSION,
        "sha256": paperless_statement.statement_hash(
            paperless_statement.statement(owned.account, owned.supplier)
        ),
        "at": clock.timestamp(clock.now()),
        "address": get_client_ip(request),
    }
    account_id = owned.account.account_id
    binding_store.set_paperless(
        owned.subscriber.user_id, account_id, record, has_webhook=owned.supplier.webhook is not None
    )
    is_primary = who.profile.get("primary_account_id") == account_id
    return Binding.of(
        owned.account, owned.supplier, owned.binding | {"paperless": record}, primary=is_primary
    )


def _consent_view(supplier: Supplier, texts: SupplierTexts) -> SupplierConsent | None:
    asked = consent_to(supplier, texts)
    if asked is None:
        return None
    return SupplierConsent(version=asked.version, title=asked.title, text=asked.text)


def _check_holder(user_id: str, account: Account, typed: str) -> None:
    """Refuse a wrong surname, and guessing.

    Counted before the comparison and forgiven after a right answer: guesses in parallel gain nothing.
    """
    limits.hit(limits.SURNAME_CHECK_BY_USER, user_id)
    limits.hit(limits.SURNAME_CHECK_BY_ACCOUNT, account.account_id)
    if not matches_holder(typed, account.holder):
        raise surname_differs()
    limits.undo_hit(limits.SURNAME_CHECK_BY_USER, user_id)
    limits.undo_hit(limits.SURNAME_CHECK_BY_ACCOUNT, account.account_id)


def _subscriber_accounts(who: SubscriberBindings) -> UserBindings:
    return UserBindings(who.subscriber.user_id, who.profile, who.bindings)


def _decode_candidate(token: str, user_id: str) -> str:
    """Return the account that a candidate names; raises TokenInvalid for another user's."""
    claims = verify(Purpose.CANDIDATE, token)
    if claims.get("sub") != user_id:
        raise TokenInvalid
    return str(claims["account"])


app = create_app("binding", router, supplier_pages.router, site.router)
