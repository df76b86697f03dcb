"""What runs around the system: command, build, local stack, simulators, sample data, backup, checks.

The command is put together from ``infra/cli/commands/``: one module a command, each with a function
``register(subparsers)`` that adds its argparse parser and sets ``run`` on it, a callable that takes the
parsed arguments and returns the exit code. A command on a stack is given to
``infra.cli.environment.run_on_stack`` instead, which adds ``--stack`` and ``--data`` and first points the
process at the local stack or a deployed one.
"""
