"""A publication of the staff."""

import uuid

from cabinet.core import clock
from cabinet.notices.model import Board, Publication


def publication(board: Board, title: str, text: str, publication_id: str = "") -> Publication:
    return Publication(
        publication_id=publication_id or uuid.uuid4().hex, supplier_id="uk-test", where="",
        boards=[board.name], kind="common", title=title, text=text,
        published_at=clock.timestamp(clock.now()),
    )  # fmt: skip
