"""Accuracy against gold labels, and the report."""
