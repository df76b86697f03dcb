"""What an account's own item says of its receipts and meters must be what their rows say."""

from cabinet.accounts.model import Account
from cabinet.aws.dynamo import Table
from cabinet.billing.explanation import total_charged
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt
from cabinet.billing.receipt_copies import charges_by_month, copied_receipts
from cabinet.metering.meter_summaries import meter_summary
from cabinet.metering.model import Meter
from tests.support.aws import Aws


def assert_accounts_agree_with_their_rows(aws: Aws) -> None:
    """Compare every account that an import has written with its receipts and meters."""
    rows = {(row["pk"], row["sk"]): row for row in aws.tables.items_of(Table.ACCOUNTS.physical_name)}
    for (pk, sk), row in rows.items():
        if sk != "ACCOUNT" or row.get("meter_terms") is None:
            continue
        account = Account.model_validate(row)
        newest = {
            kind: Receipt.model_validate(rows[receipt_key(account.account_id, period, kind)])
            for kind, period in account.latest_periods.items()
        }
        copies = copied_receipts(account)
        assert copies is not None, account.account_id
        assert {copy.kind: copy for copy in copies} == {
            kind: receipt.model_copy(update={"charges": [], "changed_at": None})
            for kind, receipt in newest.items()
        }
        charged: dict[str, int] = {}
        for (partition, name), other in rows.items():
            if partition == pk and name.startswith("RECEIPT#"):
                amount = total_charged([Receipt.model_validate(other)])
                charged[other["period"]] = charged.get(other["period"], 0) + amount
        assert charges_by_month(account) == charged
        assert account.meter_summaries == {
            other["meter_id"]: meter_summary(Meter.model_validate(other))
            for (partition, name), other in rows.items()
            if partition == pk and name.startswith("METER#")
        }
