"""What runs around the system: the `cabinet` command, the local stack, simulators, sample data.

The command is put together from ``infra/cli/commands/``: one module a command, each with a function
``register(subparsers)`` that adds its argparse parser and sets ``run`` on it, a callable that takes the
parsed arguments and returns the exit code. A staff's command also calls
``infra.cli.environment.add_options`` and, when run, ``infra.cli.environment.select_environment(arguments)``,
which points the process at the local stack or a deployed one.
"""
