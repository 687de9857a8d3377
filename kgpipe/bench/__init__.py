"""Measurements on public data, one file a benchmark."""
