"""Starts the local stack in order and stops it in order; what `./cabinet local` runs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvicorn

from infra.build import progress, sam, web
from infra.build.template import ROOT, Template
from infra.cli.environment import ENVIRONMENT_FILE, remember_data_dir
from infra.cli.errors import CommandError
from infra.local import deployment, dev_server, previous_run, routes, sample_loader, serve_app
from infra.local.app import DEMO_FILE, create_local_app
from infra.local.gateway import Gateway
from infra.local.ministack import MiniStack, StateUnusableError, free_port, is_busy
from infra.simulators import webhook_receiver
from infra.simulators.bank import credentials as bank_contracts
from infra.simulators.esia.keys import put_secret
from serve.http_worker import HEADER_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILT = ROOT / ".local" / "build" / "native"
_AWS = "aws"
_DEPLOYED = "deployed"


@dataclass(frozen=True)
class Options:
    """The options of `./cabinet local`, as its `--help` lists them."""

    port: int
    data: Path
    fresh: bool = False
    reload: bool = False
    by_lambda: bool = False
    serve: bool = False
    web: bool = True


@dataclass
class RunningStack:
    """A started stack."""

    options: Options
    aws: MiniStack
    names: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The site's origin."""
        return f"http://127.0.0.1:{self.options.port}"


def run(options: Options) -> int:
    """Start everything, print `ready`, serve until stopped, stop everything."""
    _listen_to_signals()
    if is_busy(options.port):
        raise CommandError(
            f"port {options.port} is busy: stop what listens there, or choose another with --port"
        )
    with ExitStack() as stopping:
        stopping.enter_context(_lock_data_dir(options.data))
        previous_run.end(options.data / _AWS / "lock")
        if options.fresh:
            _reset_data_dir(options.data)
        stack = RunningStack(options, _start_aws(stopping, options))
        # npm and the local AWS each keep one processor busy: the site is built beside the other steps.
        site = (
            stopping.enter_context(ThreadPoolExecutor(1)).submit(web.build) if _lacks_site(options) else None
        )
        with progress.step("building the functions and layers" if _must_build() else "nothing to build"):
            sam.build(sam.native_architecture(), BUILT)
        _wait_for_aws(stopping, stack)
        _deploy(stack)
        put_secret(stack.aws.endpoint, deployment.STACK)
        bank_contracts.put_secrets(stack.aws.endpoint, deployment.STACK)
        webhook_receiver.put_secret(stack.aws.endpoint, deployment.STACK)
        if site is not None:
            with progress.step("building the site"):
                site.result()
        _write_environment(stack)
        with _served(stack) if options.serve else _gateway_app(stack):
            sample_loader.load(stack.origin, options.data, stack.aws.save)
            if not options.reload:
                _say_ready(stack)
                signal.pause()
        if options.reload:
            _say_ready(stack)
            _serve_reloading(stack)
    return 0


def _listen_to_signals() -> None:
    """Make every polite end an exception, so that what was started is stopped on the way out."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(0 if number != signal.SIGHUP else 1)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


@contextmanager
def _lock_data_dir(data: Path) -> Iterator[None]:
    """Hold the data folder: two stacks on one state would ruin it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"a local stack already runs on {data}: stop it, or choose another --data"
            ) from None
        yield


def _reset_data_dir(data: Path) -> None:
    for path in data.iterdir():
        if path.name != "lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _start_aws(stopping: ExitStack, options: Options) -> MiniStack:
    """Start the local AWS, on the port of the last time when it is free: queues' addresses name it."""
    remembered = options.data / "aws.port"
    port = int(remembered.read_text()) if remembered.exists() else free_port()
    if is_busy(port):
        port = free_port()
    remembered.write_text(str(port))
    aws = MiniStack.start(port, options.data / "aws.log", options.data / _AWS)
    stopping.callback(_stop_aws, aws)
    return aws


def _wait_for_aws(stopping: ExitStack, stack: RunningStack) -> None:
    """Wait until the local AWS answers; begin anew when its data is torn or was never written."""
    with progress.step("waiting for the local AWS"):
        is_usable = _is_usable(stack)
    if not is_usable:
        progress.info(
            "the saved data is not whole (the last run was killed while it was made): beginning anew"
        )
        stack.aws.stop()
        _reset_data_dir(stack.options.data)
        stack.aws = _start_aws(stopping, stack.options)
        stack.aws.wait()


def _is_usable(stack: RunningStack) -> bool:
    try:
        stack.aws.wait()
    except StateUnusableError:
        return False
    is_expected = any((stack.options.data / name).exists() for name in (_DEPLOYED, DEMO_FILE))
    return not is_expected or deployment.is_deployed(stack.aws.endpoint)


def _stop_aws(aws: MiniStack) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # the state is being written: let it finish
        signal.signal(number, signal.SIG_IGN)
    with progress.step("stopping the local AWS; its data stays"):
        aws.stop()


def _must_build() -> bool:
    return not sam.is_current(sam.native_architecture(), BUILT)


def _deploy(stack: RunningStack) -> None:
    """Deploy when the build, the settings or the port changed since the last time."""
    stamp = stack.options.data / _DEPLOYED
    settings = local_settings(stack.origin)
    wanted = json.dumps([sam.fingerprint(), settings, stack.aws.port, stack.options.serve])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        stack.names = deployment.physical_names(stack.aws.endpoint)
        stack.aws.save()
        return
    stamp.unlink(missing_ok=True)
    with progress.step("deploying template.yaml"):
        stack.names = deployment.deploy(
            stack.aws.endpoint, BUILT, settings, with_events=not stack.options.serve
        )
        routes.create(stack.aws.endpoint, Template.load(), stack.names)
    stack.aws.save()
    stamp.write_text(wanted, "utf-8")


def local_settings(origin: str) -> dict[str, str | None]:
    """Return the functions' settings that are not the template's: all that the local stack changes."""
    return {
        "LOCAL_STACK": "1",
        "SITE_ORIGIN": origin,
        "CLIENT_ADDRESS_HEADER": "x-forwarded-for",
        "ORIGIN_TOKEN": None,
        "API_VERSION": web.api_version(),
        "ESIA_URL": f"{origin}/local/esia",
        "ESIA_CLIENT_ID": "CABINET",
        "OUTBOUND_LOCAL_ORIGIN": origin,
        "AWS_ENDPOINT_URL_SESV2": f"{origin}/local/ses",
        # A line for each request: the local AWS waits 50 ms for a function's first one before it answers.
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
    }


def _lacks_site(options: Options) -> bool:
    """Return whether the site must be built; say why not otherwise."""
    if not options.web:
        return False
    if not web.exists():
        progress.info("no site: there is no web/package.json")
        return False
    if web.is_current():
        progress.info("the site is up to date")
        return False
    return True


def _write_environment(stack: RunningStack) -> None:
    """Leave for the staff's commands what the functions see, and let this process see it as well."""
    lambda_ = deployment.client(stack.aws.endpoint, "lambda")
    configured = lambda_.get_function_configuration(FunctionName=stack.names["QueriesFunction"])
    environment = configured["Environment"]["Variables"] | stack.aws.environment()
    environment["POWERTOOLS_LOG_LEVEL"] = "INFO"  # a line for each request is for the Lambdas alone
    path = stack.options.data / ENVIRONMENT_FILE
    path.write_text(json.dumps(environment, ensure_ascii=False, indent=1), "utf-8")
    remember_data_dir(stack.options.data)
    quiet = {"POWERTOOLS_LOG_LEVEL": os.environ["POWERTOOLS_LOG_LEVEL"]}
    os.environ.update(environment | quiet)


@contextmanager
def _gateway_app(stack: RunningStack) -> Iterator[None]:
    """Serve the front from a thread; stop it gracefully on the way out."""
    gateway = Gateway(stack.aws.endpoint, stack.names["Api"], Template.load())
    api = gateway if stack.options.by_lambda else None
    app = create_local_app(stack.aws.endpoint, stack.names, stack.options.data, api=api)
    config = uvicorn.Config(
        app,
        "127.0.0.1",
        stack.options.port,
        log_level="warning",
        timeout_graceful_shutdown=3,
        lifespan="off",
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="front", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise CommandError(f"port {stack.options.port} could not be served")
        thread.join(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)


@contextmanager
def _served(stack: RunningStack) -> Iterator[None]:
    """Serve by processes of their own; stop them in order on the way out."""
    environment = os.environ | {serve_app.SETTINGS_VARIABLE: _settings(stack)} | serve_app.ENVIRONMENT
    process = subprocess.Popen([sys.executable, "-m", serve_app.__name__], cwd=ROOT, env=environment)
    try:
        while not is_busy(stack.options.port):
            if process.poll() is not None:
                raise CommandError(f"port {stack.options.port} could not be served")
            threading.Event().wait(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _settings(stack: RunningStack) -> str:
    """Return the settings of a process that serves the front."""
    settings: dict[str, Any] = {
        "endpoint": stack.aws.endpoint,
        "names": stack.names,
        "data": str(stack.options.data),
        "port": stack.options.port,
    }
    return json.dumps(settings)


def _serve_reloading(stack: RunningStack) -> None:
    os.environ[dev_server.SETTINGS_VARIABLE] = _settings(stack)
    uvicorn.run(
        "infra.local.dev_server:create",
        factory=True,
        host="127.0.0.1",
        port=stack.options.port,
        reload=True,
        reload_dirs=[str(ROOT / part) for part in ("functions", "layers/common", "infra", "serve")],
        log_level="warning",
        h11_max_incomplete_event_size=HEADER_BYTES,
    )


def _say_ready(stack: RunningStack) -> None:
    demo = sample_loader.demo(stack.options.data)
    progress.line(f"ready {stack.origin}")
    if demo:
        first = demo["accounts"][-1]
        progress.line(f"  sign in: {demo['email']}  password: {demo['password']}")
        progress.line(f"  account: {first['number']}  house: {first['house']}  flat: {first['flat']}")
        progress.line(f"  surname: {first['surname']}")
        progress.line(f"  other accounts, to bind, and the desk's people: {stack.origin}/local/demo")
    progress.line("  Ctrl-C stops everything; the data stays")
