"""Lambda's context, with plenty of time by default."""

from dataclasses import dataclass


@dataclass
class Context:
    """Lambda's context."""

    left_ms: int = 300_000
    aws_request_id: str = "test"
    function_name: str = "test"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn"

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms
