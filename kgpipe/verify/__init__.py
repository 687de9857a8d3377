"""Claims meet evidence and get verdicts."""
