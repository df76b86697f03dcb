"""The error by which a command refuses."""


class CommandError(Exception):
    """A command cannot do what it was asked; the text is the one sentence that the person sees."""
