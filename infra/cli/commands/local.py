"""`cabinet local`: the whole system on this machine."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from infra.cli.environment import DATA
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("local", help="run the whole system on this machine")
    parser.add_argument("--port", type=int, default=8000, help="where to serve (127.0.0.1)")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where the data stays")
    parser.add_argument("--fresh", action="store_true", help="begin with no data")
    serving = parser.add_mutually_exclusive_group()
    serving.add_argument(
        "--reload", action="store_true", help="serve the API anew after every change of the sources"
    )
    serving.add_argument(
        "--lambda", action="store_true", dest="by_lambda", help="serve the API by the emulated Lambdas"
    )
    serving.add_argument(
        "--serve",
        action="store_true",
        help="requests, queues and schedules by `cabinet serve`, without Lambdas",
    )
    parser.add_argument("--no-web", action="store_true", help="do not build the site")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Start, serve until stopped, stop."""
    # The functions serve in this process: their INFO logs would mix with the lines of the start.
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")
    from cabinet.aws.clients import CONNECTIONS
    from infra.local import stack
    from serve.settings import THREADS

    os.environ.setdefault(CONNECTIONS, str(THREADS))

    options = stack.Options(
        port=arguments.port,
        data=arguments.data.resolve(),
        fresh=arguments.fresh,
        reload=arguments.reload,
        by_lambda=arguments.by_lambda,
        serve=arguments.serve,
        web=not arguments.no_web,
    )
    return stack.run(options)
