"""The top of the sheet: title and numbers, the payer's panel and a card with a payment QR for each payee."""

from cabinet.core.periods import period_title
from cabinet.receipts.document import PayeeShare, PaymentDocument
from cabinet.receipts.document_qr import payment_payload
from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.formatting import format_amount, format_date, format_decimal, format_ranges
from cabinet.receipts.layout.page_flow import Flow
from cabinet.receipts.layout.text_wrap import LEADING, wrap
from cabinet.receipts.qr_symbol import QUIET_ZONE, encode

_TITLE, _TEXT, _SMALL = 13.0, 8.0, 7.0
_PANEL = 236.0
_GAP = 10.0
_CODE = 92.0
"""Side of a QR with its quiet zone: 32 mm, so that one dot of a long text's code is still 0,38 mm."""
_CARD_RULE, _CARD_GREY = 0.5, 0.45
_CARD_PADDING = 5.0


def draw_top(flow: Flow, document: PaymentDocument) -> None:
    """Draw the title, then the payer on the left and the payees' cards on the right."""
    _draw_title(flow, document)
    top = flow.y
    first_page = flow.page
    panel_bottom = _draw_payer(flow, document, top)
    _draw_cards(flow, document)
    if flow.page is first_page:
        flow.y = max(flow.y, panel_bottom + 4)


def _draw_title(flow: Flow, document: PaymentDocument) -> None:
    pdf = flow.pdf
    flow.page.heading(document_title(document), level=0)
    half = flow.width * 0.6
    bottom = flow.paragraph(document_title(document), pdf.bold, _TITLE, x=flow.left, width=half, y=flow.y)
    numbers = [f"Документ № {document.document_id}"]
    numbers += [f"ЕЛС {document.els}"] if document.els else []
    numbers += [f"ИЖКУ {document.izhku}"] if document.izhku else []
    x, width = flow.left + half + _GAP, flow.width - half - _GAP
    y = flow.paragraph(" · ".join(numbers), pdf.bold, _TEXT, x=x, width=width, y=flow.y + 1)
    y = flow.paragraph(
        f"Данные по состоянию на {format_date(document.issued_on)}",
        pdf.regular, _TEXT, x=x, width=width, y=y,
    )  # fmt: skip
    flow.y = max(bottom, y) + 5


def document_title(document: PaymentDocument) -> str:
    """Return «ПЛАТЕЖНЫЙ ДОКУМЕНТ за Сентябрь 2019 (Объединённая)»."""
    kind = f" ({document.kind_title})" if document.kind_title else ""
    return f"ПЛАТЕЖНЫЙ ДОКУМЕНТ за {period_title(document.period)}{kind}"


def _draw_payer(flow: Flow, document: PaymentDocument, y: float) -> float:
    payer = document.payer
    people = [
        f"{word}: {count}{unit}"
        for word, count, unit in (
            ("прописано", payer.registered_residents, " чел."),
            ("проживает", payer.residents, " чел."),
        )
        if count is not None
    ]
    dwelling = ([f"площадь: {format_decimal(payer.area)} м²"] if payer.area else []) + people
    facts = [
        ("Лицевой счёт:", document.account_number, flow.pdf.bold),
        ("Плательщик:", payer.name, flow.pdf.regular),
        ("Адрес:", payer.address, flow.pdf.regular),
        ("Помещение:", ", ".join(dwelling), flow.pdf.regular),
        ("Площади дома:", payer.house_areas, flow.pdf.regular),
        ("Организация:", document.supplier_name, flow.pdf.regular),
        ("Контакты:", document.supplier_contacts, flow.pdf.regular),
    ]
    for label, fact, face in facts:
        if fact:
            y = _draw_fact(flow, label, fact, face, y) + 1.5
    return y


def _draw_fact(flow: Flow, label: str, fact: str, face: Typeface, y: float) -> float:
    """Set a label and what it labels as one paragraph: a screen reader reads them together."""
    page, pdf, indent = flow.page, flow.pdf, 58.0
    page.text(flow.left, y + _TEXT, f"{label} ", pdf.regular, _TEXT)
    for line in wrap(fact, face, _TEXT, _PANEL - indent):
        page.text(flow.left + indent, y + _TEXT, line, face, _TEXT)
        y += _TEXT * LEADING
    return y


def _draw_cards(flow: Flow, document: PaymentDocument) -> None:
    """Two cards a row beside the panel; where a row does not fit, it continues under the panel's page."""
    if not document.payees:
        return
    columns = min(2, len(document.payees))
    width = (flow.width - _PANEL - _GAP * columns) / columns
    for start in range(0, len(document.payees), columns):
        shares = document.payees[start : start + columns]
        texts = [_card_text(flow, document, share, width) for share in shares]
        height = max(max(map(_text_height, texts)), _CODE + _SMALL + _CARD_PADDING)
        flow.ensure_space(height)
        for place, (share, lines) in enumerate(zip(shares, texts, strict=True)):
            x = flow.left + _PANEL + _GAP + place * (width + _GAP)
            _draw_card(flow, document, share, lines, x, width, height)
        flow.y += height + 6


type _Lines = list[tuple[str, Typeface, float]]


def _card_text(flow: Flow, document: PaymentDocument, share: PayeeShare, width: float) -> list[_Lines]:
    """The card's paragraphs, broken into lines."""
    payee, pdf = share.payee, flow.pdf
    tax = f"ИНН {payee.inn}" + (f" · КПП {payee.kpp}" if payee.kpp else "")
    paragraphs = [
        (f"Получатель: {payee.name}", pdf.bold, _TEXT),
        (tax, pdf.regular, _SMALL),
        (f"р/сч: {payee.account}", pdf.regular, _TEXT),
        (f"в {payee.bank_name}", pdf.regular, _TEXT),
        (f"БИК: {payee.bic} · к/сч: {payee.correspondent_account}", pdf.regular, _SMALL),
        (f"Услуги (№ п/п): {format_ranges(share.lines)}", pdf.regular, _TEXT),
        (f"Сумма к оплате: {format_amount(max(share.payable, 0))} руб.", pdf.bold, _TEXT),
    ]
    if document.pay_by and share.payable > 0:
        paragraphs.append((f"Оплатить до {format_date(document.pay_by)}", pdf.bold, _TEXT))
    if share.payable < 0:
        paragraphs.append((f"Переплата: {format_amount(-share.payable)} руб.", pdf.regular, _TEXT))
    room = width - _CODE - 2 * _CARD_PADDING
    return [[(line, face, size) for line in wrap(text, face, size, room)] for text, face, size in paragraphs]


def _text_height(paragraphs: list[_Lines]) -> float:
    lines = [size for paragraph in paragraphs for _, _, size in paragraph]
    return sum(lines) * LEADING + len(paragraphs) * 1.5 + 2 * _CARD_PADDING


def _draw_card(
    flow: Flow, document: PaymentDocument, share: PayeeShare, lines: list[_Lines],
    x: float, width: float, height: float,
) -> None:  # fmt: skip
    page, right, bottom = flow.page, x + width, flow.y + height
    box = [(x, flow.y, right, flow.y), (right, flow.y, right, bottom)]
    box += [(right, bottom, x, bottom), (x, bottom, x, flow.y)]
    page.lines(box, _CARD_RULE, _CARD_GREY)
    y = flow.y + _CARD_PADDING
    for paragraph in lines:
        for line, face, size in paragraph:
            page.text(x + _CARD_PADDING, y + size, line, face, size)
            y += size * LEADING
        y += 1.5
    _draw_code(flow, document, share, right - _CODE, flow.y)


def _draw_code(flow: Flow, document: PaymentDocument, share: PayeeShare, x: float, y: float) -> None:
    symbol = encode(payment_payload(document, share))
    quiet = _CODE * QUIET_ZONE / (symbol.size + 2 * QUIET_ZONE)
    side = _CODE - 2 * quiet
    caption = f"QR-код для оплаты: {share.payee.name}, {format_amount(max(share.payable, 0))} руб."
    flow.page.code(x + quiet, y + quiet, side, symbol, caption)
    face, text = flow.pdf.regular, "Оплата по QR-коду"
    left = x + (_CODE - face.width(text, _SMALL)) / 2
    flow.page.text(left, y + _CODE + _SMALL - 3, text, face, _SMALL)
