"""The verified sender, without which nothing goes out."""

from tests.support.mailer import verified_sender

__all__ = ["verified_sender"]
