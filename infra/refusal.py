"""How a command says no."""


class RefusalError(Exception):
    """A command cannot do what it was asked; the text is the one sentence that the person sees."""
