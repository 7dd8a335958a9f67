"""Other programs that judge: their logs as runs, our pairs as their tasks and data sets."""
