"""What a subscriber can read about cart and payment."""

from typing import NotRequired, TypedDict

from cabinet.core.errors import Conflict, DomainError
from cabinet.core.money import Kopecks


class CartEmpty(Conflict):
    """409: nothing to pay."""

    code = "cart_empty"
    title = "Корзина пуста"
    detail = "В корзине нет услуг к оплате. Добавьте их на экране «Общая информация»."


class CartChanged(Conflict):
    """409: another tab or a newer receipt has changed what would be paid."""

    code = "cart_changed"
    title = "Корзина изменилась"
    detail = "Содержимое корзины изменилось. Проверьте суммы и нажмите «Оплатить» ещё раз."
    extension = {"items": NotRequired[list[str]], "total": NotRequired[Kopecks]}


class CartFull(Conflict):
    """409: more lines than a cart holds."""

    code = "cart_full"
    title = "Корзина заполнена"
    detail = "В корзине слишком много услуг. Оплатите добавленные и продолжите."


class NothingToPay(Conflict):
    """409: the receipt asks for nothing."""

    code = "nothing_to_pay"
    title = "Нечего оплачивать"
    detail = "По этой квитанции нет суммы к оплате."


class ReceiptPaid(Conflict):
    """409: all that the receipt asks for was paid here; `pay_ahead` is the deliberate second step."""

    code = "receipt_paid"
    title = "Квитанция уже оплачена"
    detail = (
        "Эту квитанцию Вы уже оплатили, оплата ещё не учтена в расчётах. Платить её снова не нужно. "
        "Если хотите заплатить вперёд, обновите страницу и нажмите «Заплатить вперёд»."
    )


class MethodUnavailable(Conflict):
    """409: what is to be paid cannot be paid in the way chosen, or no longer."""

    code = "method_unavailable"
    title = "Так оплатить нельзя"
    detail = "Этот способ оплаты сейчас недоступен. Обновите страницу и выберите другой."


class PayeeUnknown(DomainError):
    """422 to a guest: the payment code is of a payee that no supplier here has."""

    status = 422
    code = "payee_unknown"
    title = "Здесь этот счёт не оплатить"
    detail = (
        "Получатель платежа из этого кода не подключён к личному кабинету. Оплатите счёт в приложении "
        "своего банка."
    )


class SavedCardUnavailable(Conflict):
    """409: the saved card was deleted, has expired, or pays nothing of this contract."""

    code = "saved_card_unavailable"
    title = "Этой картой оплатить нельзя"
    detail = "Сохранённая карта удалена или её срок истёк. Деньги не списаны: выберите другой способ оплаты."


class PayeeMissing(Conflict):
    """409: nobody has said who receives what the receipt asks for, so nothing of it can be paid."""

    code = "payee_unsaid"
    title = "Квитанцию нельзя оплатить"
    detail = "Эту квитанцию нельзя оплатить здесь: расчётная организация не назвала получателя платежа."


class BankUnavailable(DomainError):
    """502: the bank did not register the payment; the order survives and can be tried again."""

    status = 502
    code = "bank_unavailable"
    title = "Банк не отвечает"
    detail = (
        "Банк сейчас не отвечает. Заказ сохранён, деньги не списаны: попробуйте оплатить его через минуту."
    )


class PaymentInProgress(Conflict):
    """409: another request is registering this very order at the bank at this moment."""

    code = "payment_being_prepared"
    title = "Оплата уже готовится"
    detail = "Этот заказ уже передаётся в банк. Подождите немного и попробуйте ещё раз."

    extension = {"retry_after_seconds": int}

    def __init__(self, wait_seconds: int = 3, detail: str | None = None) -> None:
        super().__init__(detail, retry_after_seconds=wait_seconds)
        self._wait = wait_seconds

    @property
    def headers(self) -> dict[str, str]:
        """Return when to ask again."""
        return {"Retry-After": str(self._wait)}


class PaymentUnconfirmed(Conflict):
    """409: the bank may have taken the money already; `pay_anyway` returns the link while it lives."""

    code = "payment_unconfirmed"
    title = "Ждём подтверждения банка"
    detail = (
        "Банк уже начал эту оплату и ещё не сообщил, прошла ли она. Если Вы заплатили, платить ещё раз "
        "не нужно: заказ обновится сам."
    )

    @property
    def headers(self) -> dict[str, str]:
        """Return when to ask again."""
        return {"Retry-After": "60"}


class CompetingOrder(TypedDict):
    """An order that is paying the same receipts; of another user's only the number and this account's sum."""

    order_id: str
    amount: Kopecks
    created_at: str
    is_yours: bool
    payment_url: str | None


class AlreadyBeingPaid(Conflict):
    """409: other orders are paying, or have paid, the same receipts; `orders` are those that still do.

    `pay_anyway` orders all the same.
    """

    code = "already_being_paid"
    title = "Этот счёт уже оплачивается"
    detail = "Этот счёт уже оплачивается другим заказом."
    extension = {"orders": list[CompetingOrder]}


class NotCancellable(Conflict):
    """409: the bank's page of the order is open, and the bank cannot close it."""

    code = "order_not_cancellable"
    title = "Заказ нельзя отменить"
    detail = (
        "Банк не может закрыть страницу оплаты раньше времени. Если не платить по ней, заказ отменится сам."
    )


class OrderClosed(Conflict):
    """409: the order is paid, refunded, under review, or too old to be paid again."""

    code = "order_closed"
    title = "Заказ нельзя оплатить"
    detail = "Этот заказ уже оплачен, проверяется или устарел. Если нужно, добавьте услуги в корзину снова."


class RefundImpossible(Conflict):
    """409: this sum, these lines, or this moment cannot be refunded; for the staff."""

    code = "refund_impossible"
    title = "Вернуть нельзя"
    detail = "По этому заказу нельзя оформить такой возврат."


class ReviewNotDecidable(Conflict):
    """409: the order under review cannot be decided so; for the staff."""

    code = "settling_impossible"
    title = "Решить так нельзя"
    detail = "Этот заказ нельзя закрыть таким решением."


class RefundDecided(Conflict):
    """409: the request for a refund was approved, rejected, or waited too long."""

    code = "refund_decided"
    title = "Решение уже принято"
    detail = "По этому возврату решение уже принято, или срок запроса истёк. Обновите страницу."


class RefundOwn(Conflict):
    """409: nobody approves the refund that they asked for."""

    code = "refund_own"
    title = "Нужен другой сотрудник"
    detail = "Свой возврат одобрить нельзя: его одобряет другой сотрудник с правом на платежи."


class RefundBankUnavailable(DomainError):
    """502 to the staff: the bank did not say what it holds, so no refund was requested."""

    status = 502
    code = "bank_not_answering"
    title = "Банк не отвечает"
    detail = "Банк сейчас не отвечает, ничего не изменилось. Повторите через минуту."


class StatementRejected(DomainError):
    """422 to the staff: the file is not the bank's statement of this contract and day; the text says why."""

    status = 422
    code = "register_refused"
    title = "Реестр не принят"
    detail = "Этот файл не похож на реестр этого договора за этот день."


class StatementColumnsUnknown(Conflict):
    """409 to the staff: a table whose columns are to be chosen; `columns` are their names."""

    code = "columns_unknown"
    title = "Выберите столбцы"
    detail = "Столбцы этого файла названы иначе. Выберите, где номер заказа и где сумма."
    extension = {"columns": list[str]}
