"""The first screen («Главная») in one request: who, what all flats owe, what is due next, what is wrong."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import Query

from cabinet.accounts.rules import sorted_by_bound_at
from cabinet.autopay.next_charge_rules import NextChargeState, next_charge
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.home import loader, rules
from cabinet.home.activity import count_visit
from cabinet.home.binding_view import Binding, binding_views
from cabinet.home.loader import HomeData
from cabinet.home.model import AccountOverview, DueKind
from cabinet.home.profile_view import Profile, profile_view
from cabinet.identity.model import User
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentBindings
from cabinet.web.responses import response_from
from cabinet.web.summary_views import AccountSummary

type AccountId = Annotated[str | None, Query(min_length=1, max_length=128)]

router = create_router(tags=["queries"])


class HomeCharged(DeferredModel):
    """What the last month's receipts charged; `before` is the month before, null where it is unknown."""

    period: Period
    now: Kopecks
    before: Kopecks | None


class HomeFlat(DeferredModel):
    """What one flat owes. `to_pay` is what its summary and the cart ask for; `overdue`: what of it is late.

    `pay_until` is the earliest due date, null if nothing is owed. `not_payable` is owed as well and cannot be
    paid here; `unaccounted` was paid here and is in no receipt yet; `charged` is null before any receipt.
    """

    account_id: str
    to_pay: Kopecks
    pay_until: date | None
    overdue: Kopecks
    not_payable: Kopecks
    unaccounted: Kopecks
    charged: HomeCharged | None


class HomeDue(DeferredModel):
    """One thing to be done next; `until` may have passed, and is null for an answer to a request."""

    kind: DueKind
    account_id: str
    until: date | None
    amount: Kopecks | None
    text: str


class HomeAutopay(DeferredModel):
    """What autopay of a flat does next; one that is off is not listed.

    `planned`: `amount` is charged `on`. `waiting`: for its day `on`, or for a receipt. `trying`, `left` and
    `stopped`: `text` says what became of a charge, or why there is none. `skipped`: the next is left out.
    """

    account_id: str
    state: NextChargeState
    on: date | None
    amount: Kopecks | None
    text: str | None


class HomeEmergency(DeferredModel):
    """A current emergency; `until` is an ISO time, null where nobody knows."""

    notice_id: str
    account_id: str
    title: str
    until: str | None


class HomeCounters(DeferredModel):
    """Lines in the cart, unread notices, unread answers to requests."""

    cart: int
    notices: int
    requests: int


class Home(DeferredModel):
    """The first screen. `summary` is of `account_id`: the account asked for, else the primary one.

    `flats` are those whose holder the subscriber has proved to be; of the others nothing is shown before the
    surname is given, and `summary` is null for them.
    """

    profile: Profile
    bindings: list[Binding]
    account_id: str | None
    summary: AccountSummary | None
    flats: list[HomeFlat]
    to_pay: Kopecks
    due: list[HomeDue]
    autopay: list[HomeAutopay]
    emergencies: list[HomeEmergency]
    counters: HomeCounters


@router.get("/api/home")
@raises(NotFound)
def home(who: CurrentBindings, account_id: AccountId = None) -> Home:
    """Return the whole first screen."""
    moment = clock.now()
    primary = who.profile.get("primary_account_id")
    in_order = sorted_by_bound_at(who.bindings)
    # A notice of a house or a supplier is shown under the primary account.
    read_order = sorted(in_order, key=lambda binding: binding["account_id"] != primary)
    data = loader.load(who.subscriber.user_id, read_order, who.unread_answers, moment)
    bindings = binding_views(in_order, data.accounts, data.suppliers, primary, moment.date())
    shown = _account_to_show(account_id, primary, bindings)
    flats = {flat.account.account_id: flat for flat in data.flats}
    shown_flats = [_flat(flats[each.account_id]) for each in bindings if each.account_id in flats]
    counters = data.counters
    count_visit(who.subscriber.user_id, who.profile, who.bindings, moment)
    return Home(
        profile=profile_view(User.model_validate(who.profile), counters, moment),
        bindings=bindings,
        account_id=shown,
        summary=_summary_of(flats.get(shown or "")),
        flats=shown_flats,
        to_pay=sum(each.to_pay for each in shown_flats),
        due=[HomeDue.model_validate(each, from_attributes=True) for each in rules.tasks(data.flats)],
        autopay=_autopay(data, shown_flats),
        emergencies=_emergencies(data),
        counters=HomeCounters(
            cart=counters.cart_count,
            notices=counters.unread_notices,
            requests=sum(len(flat.answered) for flat in data.flats),
        ),
    )


def _account_to_show(asked: str | None, primary: str | None, bindings: list[Binding]) -> str | None:
    """Return the account whose summary is shown; raises NotFound for one that is not among the bindings."""
    names = [binding.account_id for binding in bindings]
    if asked is not None and asked not in names:
        raise NotFound
    if asked is not None or primary in names:
        return asked or primary
    return names[0] if names else None


def _flat(flat: AccountOverview) -> HomeFlat:
    charged = rules.month_charged(flat)
    return HomeFlat(
        account_id=flat.account.account_id,
        charged=charged and HomeCharged.model_validate(charged, from_attributes=True),
        **asdict(rules.owed(flat)),
    )


def _summary_of(flat: AccountOverview | None) -> AccountSummary | None:
    return None if flat is None else AccountSummary.of(flat.account, flat.supplier, flat.receipts, flat.today)


def _autopay(data: HomeData, shown: list[HomeFlat]) -> list[HomeAutopay]:
    flats = {flat.account.account_id: flat for flat in data.flats}
    found = []
    for each in shown:
        rule, flat = data.autopay.get(each.account_id), flats[each.account_id]
        if rule is not None:
            found.append(next_charge(rule, rules.owing_receipts(flat), flat.today))
    return [HomeAutopay.model_validate(one, from_attributes=True) for one in found if one is not None]


def _emergencies(data: HomeData) -> list[HomeEmergency]:
    return [
        response_from(
            HomeEmergency,
            each.emergency,
            notice_id=each.notice_id,
            account_id=each.account_id,
            until=each.emergency.valid_until,
        )
        for each in data.emergencies
    ]
