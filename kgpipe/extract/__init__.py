"""Chunks become grounded triples."""
