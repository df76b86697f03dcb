"""Two years of charges by service: each month's sums add up to what its receipts charged."""

from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.billing.spending import spending_by_month
from tests.support.factories.bound_accounts import PAYEE

SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])


def receipt(period: str, **services: int) -> Receipt:
    return Receipt(
        kind="k", kind_title="ЖКУ", period=period, penalty=Amounts(),
        main=Amounts(charged=sum(services.values())),
        services=[ServiceLine(service=name, charged=amount) for name, amount in services.items()],
    )  # fmt: skip


def test_months_stand_in_order_and_the_dearest_service_first() -> None:
    found = spending_by_month(
        [receipt("2026-10", ХВС=300, Отопление=900), receipt("2026-08", ХВС=200)], SUPPLIER
    )
    assert found.periods == ["2026-08", "2026-10"]
    assert found.totals == [200, 1200]
    assert list(found.services.items()) == [("Отопление", [0, 900]), ("ХВС", [200, 300])]


def test_no_receipts_are_no_months() -> None:
    assert spending_by_month([], SUPPLIER).periods == []


_SUMS = st.integers(-10_000, 1_000_000)
_LINES = st.builds(ServiceLine, service=st.sampled_from(["ХВС", "Пени", "Отопление"]), charged=_SUMS)
_RECEIPTS = st.builds(
    Receipt,
    kind=st.just("k"), kind_title=st.just("ЖКУ"), period=st.sampled_from(["2026-08", "2026-09", "2026-10"]),
    main=st.builds(Amounts, charged=_SUMS), penalty=st.builds(Amounts, charged=st.just(0) | _SUMS),
    services=st.lists(_LINES, max_size=4),
)  # fmt: skip


@given(st.lists(_RECEIPTS, max_size=6))
def test_each_months_services_add_up_to_its_receipts(receipts: list[Receipt]) -> None:
    found = spending_by_month(receipts, SUPPLIER)
    for at, period in enumerate(found.periods):
        charged = [each.main.charged + each.penalty.charged for each in receipts if each.period == period]
        assert sum(amounts[at] for amounts in found.services.values()) == found.totals[at] == sum(charged)
