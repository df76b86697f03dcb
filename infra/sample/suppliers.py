"""The two suppliers of the sample: one with every service, one without requests and paperless.

`${LOCAL_ORIGIN}` is filled from the environment by `cabinet supplier apply`: the banks' simulators and the
receiver of webhooks are there.
"""

from pathlib import Path

import yaml

CENTER = "center"
WATER = "voda"

CENTER_INN = "7451001232"
CAPITAL_REPAIR_INN = "7447004569"
WATER_INN = "7453007896"

DATA = Path(__file__).parent / "data"
LOGO_FILE = "voda-logo.svg"
LOGO = (DATA / LOGO_FILE).read_text("utf-8")
PROFILES = {name: (DATA / f"{name}.yaml").read_text("utf-8") for name in (CENTER, WATER)}


def supplier_name(supplier_id: str) -> str:
    """Return the supplier's name as subscribers see it."""
    return str(yaml.safe_load(PROFILES[supplier_id])["name"])
