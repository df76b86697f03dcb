"""What the layers leave of botocore's data is enough for every service that the product calls."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.loaders import Loader
from botocore.session import Session

from infra.build.template import ROOT


def trimming() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trim", ROOT / "layers" / "trim.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    trim = trimming()
    whole, data = Path(botocore.__file__).parent / "data", tmp_path_factory.mktemp("data")
    for part in whole.iterdir():
        if part.is_file():
            shutil.copy(part, data)
        elif part.name in trim.SERVICES:
            shutil.copytree(part, data / part.name)
    trim.narrow_models(data)
    made = Session()
    made.set_credentials("x", "x")
    made.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
    return made


def client(session: Session, service: str) -> BaseClient:
    made = session.create_client(service, region_name="eu-central-1")

    def answer(request: object, **_: object) -> AWSResponse:
        body = b"<ok/>" if service == "s3" else b"{}"
        return AWSResponse("http://aws.test", 200, {}, Raw(body))

    made.meta.events.register("before-send", answer)
    return made


class Raw:
    """A response's body as urllib3 gives it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self.body]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "1"}}}),
        ("sqs", "send_message", {"QueueUrl": "http://q", "MessageBody": "x"}),
        ("sesv2", "send_email", {"Content": {"Raw": {"Data": b"x"}}}),
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
        ("ssm", "get_parameter", {"Name": "n"}),
    ],
)
def test_each_service_is_called_with_what_the_layers_keep(
    session: Session, service: str, operation: str, parameters: dict[str, object]
) -> None:
    getattr(client(session, service), operation)(**parameters)


def test_links_to_files_are_made_with_what_the_layers_keep(session: Session) -> None:
    s3 = session.create_client("s3", region_name="eu-central-1")
    assert "X-Amz-" in s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert s3.generate_presigned_post("b", "k")["fields"]["policy"]
