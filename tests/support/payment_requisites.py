"""Orders of payment for codes: the published example, and any that a supplier's settings may make."""

import string

from hypothesis import assume
from hypothesis import strategies as st

from cabinet.receipts import qr_text
from cabinet.receipts.qr_text import Encoding, PaymentCodeError, PaymentRequisites

SIGNS = "|#;:^_~{}!$%&()*+,/@"
"""All separators that the standard allows."""

ORDER = PaymentRequisites(
    name="ООО «УК Тест»",
    personal_acc="40702810800000012345",
    bank_name="ПАО «ЧЕЛЯБИНВЕСТБАНК»",
    bic="047501779",
    corresp_acc="30101810400000000779",
    payee_inn="7421000200",
    kpp="742101001",
    sum_kopecks=329308,
    purpose="ЖКУ 09.2019 л/с 1234567899",
    pers_acc="1234567899",
    paym_period="092019",
    last_name="Иванов",
    payer_address="УЛ. КЫШТЫМСКАЯ, 10 - 1010",
    uin="80АА123456-01-9091",
    tech_code="02",
)

cyrillic = "".join(map(chr, range(0x410, 0x450))) + "Ёё"
common = cyrillic + string.ascii_letters + string.digits + " -.,№" + SIGNS
texts = st.text(common, min_size=1, max_size=45)
accounts = st.text(string.digits, min_size=20, max_size=20)
amounts = st.integers(0, 10**18 - 1)
orders = st.builds(
    PaymentRequisites,
    name=texts,
    personal_acc=accounts,
    bank_name=texts,
    bic=st.text(string.digits, min_size=9, max_size=9),
    corresp_acc=accounts,
    sum_kopecks=st.none() | amounts,
    purpose=st.none() | texts,
    last_name=st.none() | texts,
    payer_address=st.none() | texts,
    tech_code=st.none() | st.just("02"),
)


def build_if_it_fits(order: PaymentRequisites, encoding: Encoding) -> bytes:
    """Leave out orders that overflow the block: they have a test of their own below."""
    try:
        return qr_text.build(order, encoding)
    except PaymentCodeError as error:
        assume("300 байт" not in str(error))
        raise
