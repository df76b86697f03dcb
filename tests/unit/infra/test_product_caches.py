"""Between tests every cached function of the product forgets; none may be overlooked."""

import sys
from typing import Any

from tests.support import all_apps
from tests.support.aws import PRODUCT_PACKAGES, product_caches


def _is_ours(cached: Any) -> bool:
    """Whether it is the product's and may know of a test: `urlsplit` is cached too, and a cell's reader."""
    is_made_by_another = "<locals>" in cached.__qualname__
    return cached.__module__.partition(".")[0] in PRODUCT_PACKAGES and not is_made_by_another


def test_every_cached_function_is_found_by_its_modules_source() -> None:
    all_apps.site()
    known = {id(cached) for _, cached in product_caches()}
    overlooked = [
        f"{name}.{attribute}"
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in PRODUCT_PACKAGES
        for attribute, value in list(vars(module).items())
        if hasattr(value, "cache_clear") and _is_ours(value) and id(value) not in known
    ]
    assert overlooked == []
    assert known
