"""From a folder of PDFs to a verified, reviewable, queryable knowledge graph."""

__version__ = "0.1.0"
