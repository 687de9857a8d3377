"""Metrics and intervals; pure functions on numbers."""
