"""How much of a resident the desk shows. Pure."""


def masked_email(email: str) -> str:
    """Return enough of an address to tell two apart and to compare with what is said by telephone.

    ``ivan.petrov@example.ru`` → ``iv…v@example.ru``; nothing where there is none.
    """
    name, at, domain = email.rpartition("@")
    if not at:
        return ""
    shown = f"{name[:2]}…{name[-1]}" if len(name) > 3 else f"{name[:1]}…"
    return f"{shown}@{domain}"
