"""The `cabinet` command: what its subcommands share."""
