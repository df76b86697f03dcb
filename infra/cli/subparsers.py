"""What a command needs of argparse to add itself: the type that `add_subparsers` returns is not public."""

from argparse import ArgumentParser
from typing import Protocol


class Subparsers(Protocol):
    """Where parsers of commands, or of a command's actions, are added."""

    def add_parser(self, name: str, *, help: str, add_help: bool = True) -> ArgumentParser:
        """Return a new parser for `name`; `help` is its line in the list of commands,
        `add_help` whether it has an option ``--help``.
        """
        ...
