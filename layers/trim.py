"""Removes from a built layer what no function reads: a smaller layer starts sooner."""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# The services that the product calls; `cabinet` knows no other.
SERVICES = {"dynamodb", "s3", "secretsmanager", "sesv2", "sqs", "ssm", "sts"}
# Their names among the endpoints: one differs from its service's.
ENDPOINTS = SERVICES - {"sesv2"} | {"email"}

UNUSED = (
    "**/__pycache__",
    "**/*.pyi",
    "bin",
    "tests",
    ".lock",
    "*/tests",
    "boto3/examples",
    "pydantic/v1",
    "botocore/data/*/*/examples-1.json",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "phonenumbers/locale",
)
# botocore asks each of S3's parameters for its prose when it first calls.
KEEP_DOCUMENTATION_FOR = {"clientContextParams"}
# pydantic asks for the version of email-validator, fontpkg finds its families by entry points.
KEPT_RECORDS = {"METADATA", "entry_points.txt"}


def trim(packages: Path) -> None:
    """Remove unused data, tests, stubs and the records that nothing asks for."""
    for service in packages.glob("botocore/data/*/"):
        if service.name not in SERVICES:
            shutil.rmtree(service)
    narrow_models(packages / "botocore" / "data")
    for pattern in UNUSED:
        for found in list(packages.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for record in packages.glob("*.dist-info/*"):
        if record.name not in KEPT_RECORDS:
            shutil.rmtree(record) if record.is_dir() else record.unlink()


def narrow_models(data: Path) -> None:
    """Cut from botocore's data what every start would read: prose, and the endpoints of other services."""
    for model in data.glob("*/*/service-2.json.gz"):
        model_data = _without_prose(json.loads(gzip.decompress(model.read_bytes())))
        model.write_bytes(gzip.compress(json.dumps(model_data, separators=(",", ":")).encode(), mtime=0))
    for endpoints in data.glob("endpoints.json"):
        model_data = json.loads(endpoints.read_bytes())
        for partition in model_data["partitions"]:
            services = partition["services"]
            partition["services"] = {name: services[name] for name in services if name in ENDPOINTS}
        endpoints.write_text(json.dumps(model_data, separators=(",", ":")))


def _without_prose(part: Any) -> Any:  # noqa: ANN401 - any of JSON's types
    if isinstance(part, dict):
        # Prose is a text; what is a mapping under this name is a member that a service calls so.
        return {
            key: value if key in KEEP_DOCUMENTATION_FOR else _without_prose(value)
            for key, value in part.items()
            if key != "documentation" or not isinstance(value, str)
        }
    return [_without_prose(entry) for entry in part] if isinstance(part, list) else part


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
