"""Web Push: messages encrypted for one browser (RFC 8291) and signed by our key (RFC 8292)."""
