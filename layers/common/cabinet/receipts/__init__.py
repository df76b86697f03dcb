"""The payment document (квитанция): its nouns, payment QR, PDF sheet and storage."""
