"""What people are told: outbox, mail, notices, requests, reminders."""
