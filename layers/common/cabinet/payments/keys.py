"""Keys of the Payments table: the one place that spells them."""

from datetime import date

from cabinet.aws.dynamo import Key
from cabinet.core.sharding import shard_for

GSI_DUE = ("due", "due_shard", "due_at")
GSI_BY_SUBSCRIBER = ("by_subscriber", "subscriber", "created_at")
DUE_SHARDS = 8
EXPORT_QUEUE_SHARDS = 4
JOURNAL_SHARDS = 8
ORDER_INDEX_SHARDS = 4

CARD_SHARDS = 4
AUTOPAY_SHARDS = 16

REVIEW_SHARD = "REVIEW"
"""Partition of the `due` index where the orders wait that a person must decide."""
UNMATCHED_SHARD = "STRAYS"
"""Partition of the `due` index where genuine callbacks about unknown orders wait."""
APPROVALS_SHARD = "APPROVALS"
"""Partition of the `due` index where refunds wait for a second person, by when they expire."""
NO_BANK_ORDER = "-"
"""Used in the key of an unmatched callback that names no identifier."""
_MAX_SORT_KEY = 200


def cart_key(user_id: str) -> Key:
    """Return the key of a user's cart: one item, whose `count` is the number of lines."""
    return f"CART#{user_id}", "CART"


def cards_key(user_id: str) -> Key:
    """Return the key of a user's saved cards: one item."""
    return f"CARDS#{user_id}", "CARDS"


def card_shards() -> list[str]:
    """Return the partitions of the `due` index where cards wait that have ended, or will expire."""
    return [f"CARDS#{shard}" for shard in range(CARD_SHARDS)]


def card_shard(user_id: str) -> str:
    """Return the partition of the `due` index for a user's cards."""
    return f"CARDS#{shard_for(user_id, CARD_SHARDS)}"


def autopay_partition(user_id: str) -> str:
    """Return the partition of a user's autopay: the rules and what they did."""
    return f"AUTOPAY#{user_id}"


def autopay_key(user_id: str, account_id: str) -> Key:
    """Return the key of a user's autopay rule for an account."""
    return autopay_partition(user_id), f"RULE#{account_id}"


def autopay_history_prefix(account_id: str) -> str:
    """Return how the keys begin of what a rule did; they sort by time."""
    return f"HISTORY#{account_id}#"


def autopay_failures_partition(supplier_id: str) -> str:
    """Return the partition of what autopay could not charge, in the index `by_subscriber`."""
    return f"AUTOPAYFAILED#{supplier_id}"


def autopay_claim_key(account_id: str, receipt_id: str) -> Key:
    """Return the key of the row by which a receipt of an account is charged by autopay once."""
    return f"AUTOPAID#{account_id}", receipt_id


def autopay_hold_key() -> Key:
    """Return the key of the hold: while this row exists, autopay charges nobody."""
    return "AUTOPAYHOLD", "-"


def autopay_shards() -> list[str]:
    """Return the partitions of the `due` index where autopay rules wait for their time."""
    return [f"AUTOPAY#{shard}" for shard in range(AUTOPAY_SHARDS)]


def autopay_shard(user_id: str) -> str:
    """Return the partition of the `due` index for a user's rules."""
    return f"AUTOPAY#{shard_for(user_id, AUTOPAY_SHARDS)}"


def order_key(order_id: str) -> Key:
    """Return the key of an order."""
    return f"ORDER#{order_id}", "ORDER"


def refund_approval_key(order_id: str, refund_id: str) -> Key:
    """Return the key of a request for a refund that another person is to approve."""
    return order_key(order_id)[0], f"APPROVAL#{refund_id}"


def account_orders_partition(account_id: str) -> str:
    """Return the partition that lists the orders of an account, by time."""
    return f"ORDERSOF#{account_id}"


def supplier_orders_partition(supplier_id: str, shard: int) -> str:
    """Return one shard of a supplier's orders by time, in the index `by_subscriber`: no user is called so."""
    return f"ORDERED#{supplier_id}#{shard}"


def due_shards() -> list[str]:
    """Return the partitions of the `due` index that reconciliation visits."""
    return [f"DUE#{shard}" for shard in range(DUE_SHARDS)]


def due_shard(order_id: str) -> str:
    """Return the partition of the `due` index for an order."""
    return f"DUE#{shard_for(order_id, DUE_SHARDS)}"


def merchants_partition(dialect: str) -> str:
    """Return the partition that lists the contracts under which orders were ever made."""
    return f"CONTRACTS#{dialect}"


def bank_outage_partition() -> str:
    """Return the partition of the contracts whose bank does not answer."""
    return "BANKSILENCE"


def bank_outage_key(contract: str) -> Key:
    """Return the key of one contract's silence."""
    return bank_outage_partition(), contract


def unmatched_key(number: str, bank_order_id: str) -> Key:
    """Return the key of a genuine callback about an order that we do not have."""
    return f"STRAY#{number}", bank_order_id[:_MAX_SORT_KEY]


def export_queue_key(supplier_id: str, payment_id: str) -> Key:
    """Return the key of a payment that no registry has carried out yet, in its supplier's export queue."""
    return export_queue_partition(supplier_id, shard_for(payment_id, EXPORT_QUEUE_SHARDS)), payment_id


def export_queue_partition(supplier_id: str, shard: int) -> str:
    """Return one shard of a supplier's export queue of payments."""
    return f"PAYOUT#{supplier_id}#{shard}"


def supplier_payments_partition(supplier_id: str, shard: int) -> str:
    """Return one shard of a supplier's payments and refunds by day, in the index `by_subscriber`."""
    return f"TAKINGS#{supplier_id}#{shard}"


def registries_partition(supplier_id: str) -> str:
    """Return the partition of a supplier's outgoing registries."""
    return f"REGISTRIES#{supplier_id}"


def taken_rows_partition(supplier_id: str, number: int) -> str:
    """Return the partition of the payments that an outgoing registry carries."""
    return f"REGISTERED#{supplier_id}#{number:010d}"


def journal_partition(contract: str, day: date, shard: int) -> str:
    """Return one shard of what a contract with a bank took in and refunded on a day."""
    return f"JOURNAL#{contract}#{day.isoformat()}#{shard}"


def journal_key(contract: str, day: date, payment_id: str) -> Key:
    """Return the key of one payment or refund in the journal."""
    return journal_partition(contract, day, shard_for(payment_id, JOURNAL_SHARDS)), payment_id
