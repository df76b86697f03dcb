"""The entry that Lambda calls."""

from cabinet.web.lambda_entry import load_handler

handler = load_handler("staff.app")
