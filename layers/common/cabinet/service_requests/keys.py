"""Keys of the rows that show a subscriber unread answers to requests, in Users."""

from cabinet.aws.dynamo import Key

NEW_ANSWER = "REPLY#"
"""Sorts between PROFILE and SESSION: read with what authorises a request."""


def new_answer_key(user_id: str, request_id: str) -> Key:
    """Return the key of the row that says that a request has an unread answer."""
    return f"USER#{user_id}", f"{NEW_ANSWER}{request_id}"
