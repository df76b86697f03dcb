"""moto made fast enough: its state is made once and put back for each test, and it knows only our services.

To provision the state each time took a third of a second. At each start moto writes seven rules for each of
its 180 services, and it tries them one after the other at each call.
"""

import copy
import copyreg
import threading
from datetime import UTC, datetime
from typing import Any

import boto3
from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError, ServiceException

from infra.build.template import Template
from tests.support import moto_objects
from tests.support.aws_calls import Call
from tests.support.memory_tables import MemoryTables
from tests.support.provision import provision

# A copied queue needs locks of its own; they have no copies of themselves.
copyreg.pickle(type(threading.RLock()), lambda _: (threading.RLock, ()))
copyreg.pickle(threading.Condition, lambda _: (threading.Condition, ()))

SERVICES = {
    "cloudformation", "cloudfront", "cloudwatch", "dynamodb", "s3", "secretsmanager", "ses", "sesv2", "sns",
    "sqs", "sts",
}  # fmt: skip
"""What the product, its commands and the tests call in moto; a call of another service is answered 404."""


def keep_our_services() -> None:
    """Let moto forget the services that nothing here calls."""
    ours = [(service, pattern) for service, pattern in backend_url_patterns if service in SERVICES]
    absent = SERVICES - {service for service, _ in ours}
    assert not absent, f"moto names these services otherwise now: {absent}"
    backend_url_patterns[:] = ours


class Provisioned:
    """The template's resources, empty, as they are in moto right after creation."""

    def __init__(self, template: Template, region: str) -> None:
        """Make them; must run inside ``mock_aws``."""
        self._places = {"dynamodb": region, "sqs": region, "secretsmanager": region, "s3": "aws"}
        self.session = boto3.Session()
        self.environment = provision(template, self.session, region)
        dynamodb = self.session.client("dynamodb", region_name=region)
        self._schemas = {
            name: dynamodb.describe_table(TableName=name)["Table"]
            for name in dynamodb.list_tables()["TableNames"]
        }
        self._state = {service: copy.deepcopy(vars(self._backend(service))) for service in self._places}

    def put_back(self) -> None:
        """Give a fresh ``mock_aws`` the same resources."""
        for service, state in self._state.items():
            vars(self._backend(service)).update(copy.deepcopy(state))

    def respond(self, call: Call) -> tuple[int, dict[str, Any]] | None:
        """Answer the calls that tests make many times; all else, and each error, is moto's to answer.

        The same backend answers, without the request, the signature and the response of HTTP around it.
        """
        try:
            match call.operation:
                case "GetSecretValue":
                    return 200, self._secret_value(call.parameters)
                case "SendMessageBatch":
                    return 200, self._send_messages(call.parameters)
                case operation if call.service == "s3":
                    return moto_objects.respond(operation, call.parameters)
        except (JsonRESTError, ServiceException, KeyError):
            pass
        return None

    def _secret_value(self, asked: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._backend("secretsmanager").get_secret_value(
            asked["SecretId"], asked.get("VersionId"), asked.get("VersionStage")
        )
        return found | {"CreatedDate": datetime.fromtimestamp(found["CreatedDate"], UTC)}

    def _send_messages(self, asked: dict[str, Any]) -> dict[str, Any]:
        entries = {
            entry["Id"]: {"MessageAttributes": {}, "DelaySeconds": None} | entry for entry in asked["Entries"]
        }
        queue = asked["QueueUrl"].rpartition("/")[2]
        sent, failed = self._backend("sqs").send_message_batch(queue, entries)
        successful = [
            {"Id": each.user_id, "MessageId": each.id, "MD5OfMessageBody": each.body_md5} for each in sent
        ]
        return {"Successful": successful, "Failed": failed}

    def memory_tables(self) -> MemoryTables:
        """Return the same tables in memory, empty."""
        return MemoryTables(self._schemas)

    def _backend(self, service: str) -> Any:
        return get_backend(service)[DEFAULT_ACCOUNT_ID][self._places[service]]
