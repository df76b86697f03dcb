"""Cold start of the built functions against a bare boto3 + pydantic handler: spawn → first reply.

    ./cabinet build && .local/venv/bin/python bench/cold_start.py [runs] [--each]

`queries` is measured without a call and with two; with --each every HTTP function, by what is asked of it
most, up to the answer that nobody is signed in or that the form is empty. All run under awslambdaric from
the built layers, on an interpreter without other packages, in turns, against a Runtime API and a two-call
AWS of this script. The figure to hold: 1.4 × the bare handler.
"""

from __future__ import annotations

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import awslambdaric

from infra.build.template import Template

BUILT = Path(__file__).resolve().parent.parent / ".aws-sam" / "build"
LIMIT = 1.4
# The settings that the template gives to every function; a table's name may be anything here.
TEMPLATE = Template.load()
SETTINGS = TEMPLATE.function_environment(
    {f"{name}Table": name for name in ("Users", "Accounts", "Payments", "Messages")}
    | {"AWS::StackName": "bench", "AWS::AccountId": "0", "SigningKey": "bench"}
)
SECRET = "a-signing-key-of-the-bench-0123456789abcdef0123456789abcdef01234"
RIC_PARTS = ("awslambdaric", "runtime_client*.so", "snapshot_restore_py.py", "simplejson")

type Case = tuple[str, list[Path], dict[str, Any]]
"""Handler, what is on the path, the event."""

BARE = """
import json
import boto3
from pydantic import BaseModel

class Answer(BaseModel):
    found: bool

table = boto3.client("dynamodb")

def without_a_call(event, context):
    return {"statusCode": 200, "body": Answer(found=False).model_dump_json()}

def with_calls(event, context):
    boto3.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]
    got = table.get_item(TableName="t", Key={"pk": {"S": "1"}, "sk": {"S": "1"}})
    return {"statusCode": 200, "body": Answer(found="Item" in got).model_dump_json()}
"""


USUAL = {
    "auth": [("POST", "/api/auth/sessions"), ("POST", "/api/auth/registrations")],
    "subscriber_profile": [("GET", "/api/profile"), ("POST", "/api/profile/password")],
    "binding": [("GET", "/api/bindings")],
    "queries": [("GET", "/api/home"), ("GET", "/api/accounts/uk:1/meters")],
    "readings": [("GET", "/api/accounts/uk:1/readings/form")],
    "cart": [("GET", "/api/cart"), ("GET", "/api/orders")],
    "payment_callback": [("GET", "/api/none")],
    "receipts": [("GET", "/api/accounts/uk:1/documents/1/pdf")],
    "subscriber_requests": [("GET", "/api/accounts/uk:1/requests")],
    "notices": [("GET", "/api/notices")],
    "staff": [("GET", "/api/staff/today"), ("POST", "/api/staff/sessions")],
}
"""What begins a use of each function, by method and path; of a bank's callback nothing but its start."""


class RuntimeApi(BaseHTTPRequestHandler):
    """Lambda's Runtime API for one invocation, and the answers of DynamoDB and Secrets Manager."""

    protocol_version = "HTTP/1.1"
    event: bytes = b"{}"
    replies: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    served = threading.Event()

    def do_GET(self) -> None:
        """Hand out the one event; a second request for one waits until the process is ended."""
        if self.served.is_set():
            time.sleep(5)
            return
        self.served.set()
        deadline = str(int(time.time() * 1000) + 30_000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": "bench",
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
            "Lambda-Runtime-Deadline-Ms": deadline,
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:bench",
        }
        self._answer(self.event, headers)

    def do_POST(self) -> None:
        """Take the reply, or answer an AWS call."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "")
        if not target:
            self.replies.put((time.perf_counter(), body))
            self._answer(b"{}", {}, 202)
        elif target.endswith("GetSecretValue"):
            self._answer(json.dumps({"SecretString": SECRET}).encode())
        else:
            self._answer(b'{"Responses": {}}')

    def _answer(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that does not mind the ends of processes that were killed."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class Start(NamedTuple):
    """Seconds of one cold start: by the clock, and of the processor (a busy machine stretches it less)."""

    clock: float
    processor: float


def cold_start(server: Server, handler: str, path: list[Path], event: dict[str, Any]) -> Start:
    """Spawn the runtime and wait for its reply."""
    address = f"127.0.0.1:{server.server_address[1]}"
    RuntimeApi.event = json.dumps(event).encode()
    RuntimeApi.served.clear()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_ENDPOINT_URL": f"http://{address}",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "LAMBDA_TASK_ROOT": str(path[-1]),
        "MAIL_QUEUE_URL": "bench",
        **SETTINGS,
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-S", "-m", "awslambdaric", handler],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ended, reply = RuntimeApi.replies.get(timeout=30)
    finally:
        process.kill()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = -9
    assert b"statusCode" in reply, f"{handler}: {reply.decode()}"
    return Start(ended - started, used.ru_utime + used.ru_stime)


def request(path: str, cookie: str | None = None, method: str = "GET") -> dict[str, Any]:
    """Return API Gateway's event of a request of our site."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": [cookie] if cookie else [],
        "headers": {
            "host": "cabinet.example.ru",
            "accept": "application/json",
            "content-type": "application/json",
            "x-requested-with": "cabinet",
        },
        "body": "{}",
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "requestId": "bench",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def session_cookie() -> str:
    """Return a cookie that is signed as the function expects; its session is not in the table."""
    from datetime import timedelta
    from unittest.mock import patch

    from cabinet import signed_tokens
    from cabinet.api_secrets import ApiSecrets

    with patch.object(signed_tokens, "api_secrets", return_value=ApiSecrets.parse(SECRET)):
        token = signed_tokens.sign(
            signed_tokens.Purpose.SESSION, {"sub": "u", "sid": "s"}, timedelta(hours=1)
        )
    return f"__Host-session={token}"


def queries_cases(runtime: Path, bare: Path) -> dict[str, Case]:
    """Return the summary asked for by nobody and by somebody, each after a bare handler of as many calls."""
    layer, path = BUILT / "CommonLayer" / "python", "/api/accounts/uk%3A1234567899/summary"
    handler, queries = "queries.lambda_function.handler", [runtime, layer, BUILT / "QueriesFunction"]
    return {
        "bare, no AWS call": ("bare.without_a_call", [runtime, layer, bare], {}),
        "queries, nobody signed in (no AWS call)": (handler, queries, request(path)),
        "bare, the same two calls": ("bare.with_calls", [runtime, layer, bare], {}),
        "queries, signed in (secret, DynamoDB)": (handler, queries, request(path, session_cookie())),
    }


def each_function(runtime: Path, bare: Path) -> dict[str, Case]:
    """Return the usual first request of every HTTP function of the template, with the layers that it has."""
    common = BUILT / "CommonLayer" / "python"
    cases: dict[str, Case] = {"bare, no AWS call": ("bare.without_a_call", [runtime, common, bare], {})}
    for name, properties in TEMPLATE.resources("AWS::Serverless::Function"):
        function, _, entry = properties["Handler"].partition(".")
        if entry == "lambda_function.handler":
            layers = [BUILT / layer["Ref"] / "python" for layer in properties.get("Layers", [])]
            path = [runtime, common, *layers, BUILT / name]
            for method, asked in USUAL[function]:
                event = request(asked, method=method)
                cases[f"{function}: {method} {asked}"] = (properties["Handler"], path, event)
    return cases


def main() -> int:
    """Measure in turns, print the table, fail when a ratio is over the limit."""
    each = "--each" in sys.argv
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    runs = numbers[0] if numbers else 15
    server = Server(("127.0.0.1", 0), RuntimeApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as made:
        runtime, bare = Path(made) / "runtime", Path(made) / "bare"
        runtime.mkdir()
        bare.mkdir()
        (bare / "bare.py").write_text(BARE)
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(bare)], check=True)
        installed = Path(awslambdaric.__file__).parent.parent
        for part in RIC_PARTS:
            for found in installed.glob(part):
                (runtime / found.name).symlink_to(found)
        cases = (each_function if each else queries_cases)(runtime, bare)
        taken: dict[str, list[Start]] = {name: [] for name in cases}
        for _ in range(runs):
            for name, case in cases.items():
                taken[name].append(cold_start(server, *case))
    return report(taken, runs)


def report(taken: dict[str, list[Start]], runs: int) -> int:
    """Print medians and the ratio of each pair."""
    print(f"cold start, spawn → first reply, median of {runs}, in turns")
    print(f"{'':42}{'clock':>9}{'ratio':>7}{'processor':>12}{'ratio':>7}")
    worst = 0.0
    bare = Start(1, 1)
    for name, starts in taken.items():
        median = Start(*(statistics.median(column) for column in zip(*starts, strict=True)))
        ratio = Start(median.clock / bare.clock, median.processor / bare.processor)
        if name.startswith("bare"):
            bare, shown = median, ("", "")
        else:
            worst, shown = max(worst, ratio.clock), (f"{ratio.clock:.2f}", f"{ratio.processor:.2f}")
        clock, processor = (f"{seconds * 1000:.0f} ms" for seconds in median)
        print(f"{name:42}{clock:>9}{shown[0]:>7}{processor:>12}{shown[1]:>7}")
    print(f"at most {LIMIT} by the clock: {'held' if worst <= LIMIT else 'NOT held'}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
