"""What a test sees of the reads of secrets."""

from botocore.exceptions import ClientError

from tests.support.aws_calls import Call, Listener


class Reads(Listener):
    """Counts what the product reads of Secrets Manager, and refuses it while it is `down`."""

    def __init__(self) -> None:
        self.count = 0
        self.is_down = False

    def before(self, call: Call) -> None:
        """Count a read, or refuse it."""
        if call.operation == "GetSecretValue":
            self.count += 1
            if self.is_down:
                raise ClientError({"Error": {"Code": "InternalServiceError"}}, call.operation)
