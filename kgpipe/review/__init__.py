"""Experts' labels: what to review, export and import."""
