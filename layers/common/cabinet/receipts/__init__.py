"""The payment document (квитанция): its model, payment QR, PDF sheet and storage."""
