"""Notices («Уведомления»): boards on which the staff publish and which subscribers read."""
