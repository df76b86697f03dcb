"""A payment of billing whose sum a newer registry corrects is one payment, with the newer sum."""

import pytest

from tests.support.factories.registries import PAYMENT, WHOLE, RegistryImporter, packed


def amounts(importer: RegistryImporter) -> list[int]:
    return sorted(item["amount"] for key, item in importer.stored().items() if key[1].startswith("PAYMENT#"))


def paid(*sums: str, number: int) -> bytes:
    return packed({"payments": [PAYMENT | {"sum": amount} for amount in sums]}, number=number)


def test_a_payment_corrected_by_a_newer_registry_shows_once(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": WHOLE["accounts"]}))
    importer.import_file(paid("10000.00", number=2))
    item = importer.import_file(paid("1000.00", number=3))
    assert (item["status"], amounts(importer)) == ("applied", [1000_00])


def test_an_older_registry_that_comes_late_does_not_undo_the_correction(importer: RegistryImporter) -> None:
    importer.import_file(packed({"accounts": WHOLE["accounts"]}))
    importer.import_file(paid("10000.00", number=2))
    importer.import_file(paid("1000.00", number=4))
    importer.import_file(paid("10000.00", number=3))
    assert amounts(importer) == [1000_00]


@pytest.mark.parametrize("order", [("10000.00", "500.00"), ("500.00", "10000.00")])
def test_only_the_corrected_one_of_a_days_payments_changes(
    importer: RegistryImporter, order: tuple[str, str]
) -> None:
    importer.import_file(packed({"accounts": WHOLE["accounts"]}))
    importer.import_file(paid(*order, number=2))
    corrected = ["1000.00" if amount == "10000.00" else amount for amount in order]
    importer.import_file(paid(*corrected, number=3))
    assert amounts(importer) == [500_00, 1000_00]
