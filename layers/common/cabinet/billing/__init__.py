"""What is owed: receipts, their service and charge lines, payments on an account."""
