"""A resident's days as an iCalendar feed behind a secret address: readings, payment, verification."""
