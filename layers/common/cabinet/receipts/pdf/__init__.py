"""A small writer of tagged PDF 1.7: text, rules and structure — what a printed sheet needs, no more."""
