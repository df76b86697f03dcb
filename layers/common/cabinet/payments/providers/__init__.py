"""The banks: `PaymentProvider` and `SavedCardProvider`, and an adapter of both for each dialect."""
