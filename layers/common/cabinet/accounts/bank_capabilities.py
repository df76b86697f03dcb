"""What each dialect can do, as data: rules ask for a capability, never for a bank's name."""

from dataclasses import dataclass

from cabinet.accounts.supplier_model import Dialect, PaymentMethod


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a bank under a dialect can do."""

    methods: tuple[PaymentMethod, ...] = ("card",)
    """Ways of paying that a contract under the dialect can be for."""
    needs_service_number: bool = False
    """`Merchant.service_number` must say which of the bank's services is paid."""
    asks_before_paying: bool = False
    """The bank asks us before it takes money, and cannot be asked for a payment's state («Город»)."""
    callback: str = "rbs"
    """Last part but one of the path that the bank calls, ``/api/payments/<callback>/callback``."""
    has_receipt_service: bool = False
    """Fiscal receipts are a service of their own (`Merchant.fiscal_url`); else they go with the order."""
    can_refund: bool = False
    """Money can be given back over the interface; else the bank wants a letter."""
    can_cancel: bool = False
    """The page of an unpaid attempt can be closed before its session ends."""


CAPABILITIES: dict[Dialect, Capabilities] = {
    "rbs": Capabilities(methods=("card", "sbp", "saved_card"), can_refund=True, can_cancel=True),
    # It sends no callbacks; a check of its contract tries the address of the same bank's other dialect.
    "gorod_unified": Capabilities(callback="gorod"),
    "gorod": Capabilities(needs_service_number=True, asks_before_paying=True, callback="gorod"),
    "raiffeisen": Capabilities(
        methods=("sbp",), callback="raiffeisen", has_receipt_service=True, can_refund=True
    ),
}
