"""What is measured about twinlens and fitted for it: `python -m benchmarks` lists it."""
