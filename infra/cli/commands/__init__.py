"""The commands of `./cabinet`, one module each; `infra/__init__.py` says how one plugs in."""
