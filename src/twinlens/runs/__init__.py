"""The main path: a pair or many, one judge, verdicts with every claim checked against the pixels."""
