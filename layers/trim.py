"""Removes from a built layer what no function reads: a smaller layer starts sooner."""

import shutil
import sys
from pathlib import Path

# The services that the product calls; `cabinet` knows no other.
SERVICES = {"dynamodb", "s3", "secretsmanager", "sesv2", "sqs", "ssm", "sts"}

UNUSED = (
    "**/__pycache__",
    "**/*.pyi",
    "bin",
    "tests",
    ".lock",
    "*/tests",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "phonenumbers/locale",
)
# pydantic asks for the version of email-validator, fontpkg finds its families by entry points.
KEPT_RECORDS = {"METADATA", "entry_points.txt"}


def trim(packages: Path) -> None:
    """Remove unused data, tests, stubs and the records that nothing asks for."""
    for service in packages.glob("botocore/data/*/"):
        if service.name not in SERVICES:
            shutil.rmtree(service)
    for pattern in UNUSED:
        for found in list(packages.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for record in packages.glob("*.dist-info/*"):
        if record.name not in KEPT_RECORDS:
            shutil.rmtree(record) if record.is_dir() else record.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
