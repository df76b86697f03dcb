"""Payment documents as PDF: a short-lived link to the sheet of one receipt."""
