"""Requests («Заявки»): emergencies, complaints, appeals, paid services, and what the staff answer."""
