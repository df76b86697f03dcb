"""What a report says of a limit that a row goes beyond: which setting of the supplier moves it. Pure."""


def limit_hint(name: str, value: int | None = None) -> str:
    """Return the sentence that names `Supplier.registry_limits.<name>`, and its value if it is not set."""
    now = "" if value is None else f" (сейчас {value})"
    return f"Если ошибки нет, предел меняют в настройке поставщика registry_limits.{name}{now}."
