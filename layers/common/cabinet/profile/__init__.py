"""Use cases of a subscriber's own profile that span several domains."""
