"""`cabinet serve`: the product on a machine of one's own, against AWS-compatible services."""

from __future__ import annotations

import argparse

from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "serve", help="run the product here; the environment names what it works with (docs/serve.md)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="processes that answer HTTP")
    parser.add_argument("--management-port", type=int, default=9000, help="where Prometheus asks")
    parser.add_argument(
        "--alert-rules", action="store_true", help="print the alarms as Prometheus's rules, and end"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    if arguments.alert_rules:
        from infra.build.template import Template
        from serve.prometheus_alerts import alert_rules

        print(alert_rules(Template.load()), end="")
        return 0
    from serve import main
    from serve.settings import VariablesMissing

    try:
        options = main.Options(arguments.host, arguments.port, arguments.workers, arguments.management_port)
        return main.run(options)
    except VariablesMissing as missing:
        raise CommandError(f"the environment lacks {missing}: see docs/serve.md") from None
    except OSError as error:
        where = f"{arguments.host}:{arguments.port} or :{arguments.management_port}"
        raise CommandError(f"{where} cannot be listened on: {error.strerror}") from error
