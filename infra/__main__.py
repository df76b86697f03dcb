"""`python -m infra`: the `cabinet` command, put together from the modules of `infra.cli.commands`."""

import argparse
import importlib
import pkgutil
import sys

from infra.cli import commands
from infra.cli.errors import CommandError


def parser() -> argparse.ArgumentParser:
    """Build the command line from every module of `infra.cli.commands`."""
    top = argparse.ArgumentParser(prog="cabinet", description="Личный кабинет абонента")
    subparsers = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        importlib.import_module(f"infra.cli.commands.{module.name}").register(subparsers)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; a refusal is one sentence and exit code 1."""
    top = parser()
    arguments, rest = top.parse_known_args(argv)
    if rest and not getattr(arguments, "passes_through", False):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return int(arguments.run(arguments))
    except CommandError as refusal:
        print(f"cabinet: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        sentence = _sentence_of(error)
        if sentence is None:
            raise
        print(f"cabinet: {sentence}", file=sys.stderr)
        return 1


def _sentence_of(error: Exception) -> str | None:
    """Return what AWS, or storage behind the domain, has said; None for a fault of ours."""
    from botocore.exceptions import BotoCoreError, ClientError

    from cabinet.core.errors import ServiceUnavailable

    if isinstance(error, ClientError):
        answer = error.response["Error"]
        return f"AWS refused {error.operation_name}: {answer['Code']}, {answer.get('Message', '')}"
    if isinstance(error, BotoCoreError | ServiceUnavailable):
        return f"AWS did not answer ({type(error).__name__}): the same command again"
    return None


if __name__ == "__main__":
    raise SystemExit(main())
