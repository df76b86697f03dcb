"""How a command says no."""


class CommandError(Exception):
    """A command cannot do what it was asked; the text is the one sentence that the person sees."""
