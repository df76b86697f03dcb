"""What waits for an outgoing registry, and the content of sent registries."""

import csv
import io
import zipfile
from datetime import date

from cabinet.accounts import paperless
from cabinet.accounts.model import Account, Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Transaction
from cabinet.core.money import parse_rubles
from cabinet.metering import export_queue
from cabinet.metering.model import Meter
from tests.support.aws import Aws

READ_ON = date(2026, 10, 20)


def account_of(supplier_id: str, number: str) -> Account:
    account_id = f"{supplier_id}:{number}"
    return Account(
        account_id=account_id, supplier_id=supplier_id, number=number, holder="", address=Address()
    )


def reading_waits(
    supplier_id: str, number: str, reading_id: str, value: str = "1", meter_no: str = "m"
) -> None:
    """Let one reading wait, as a submission does."""
    account, meter = account_of(supplier_id, number), Meter(meter_id=meter_no, number=meter_no, service="")
    row = dynamo.get(dynamo.Table.ACCOUNTS, export_queue.queue_key(account.account_id))
    line = export_queue.export_line(
        account.number, meter, "T1", reading_id, value, READ_ON, READ_ON, "subscriber"
    )
    transaction = Transaction()
    export_queue.update_queue(
        transaction, account.account_id, row, [export_queue.QueueChange(meter.meter_id, "T1", line)]
    )
    transaction.commit()


def rows_of(content: bytes) -> list[list[str]]:
    registry, _header, *rows, control = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert registry[0] == "#registry"
    assert control[:2] == ["#control", str(len(rows))]
    return rows


def refuse_paper(number: str) -> None:
    """Refuse paper for an account, so that it waits for its registry."""
    transaction = Transaction()
    record = {"enabled": True, "at": "2026-10-20T05:00:00+00:00", "version": "v1", "sha256": "ab"}
    paperless.record_decision(transaction, f"uk-test:{number}", "u1", record, None)
    transaction.commit()


def delivered_files(aws: Aws, supplier_id: str) -> dict[str, bytes]:
    """Return what billing fetches; the workbooks beside are for people."""
    delivered = everything_delivered(aws, supplier_id)
    return {key: body for key, body in delivered.items() if not key.endswith(".xlsx")}


def everything_delivered(aws: Aws, supplier_id: str) -> dict[str, bytes]:
    s3, bucket = aws.client("s3"), aws.environment["EXCHANGE_BUCKET"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"outbound/{supplier_id}/").get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}


def unpacked(content: bytes) -> dict[str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig").splitlines() for name in archive.namelist()}


def control_sum(content: bytes) -> int:
    """Return the sum of a registry, in kopecks, by the control rows of its files."""
    controls = [rows[-1].split(";") for rows in unpacked(content).values()]
    return sum(parse_rubles(total) for mark, _, total in controls if mark == "#control")
