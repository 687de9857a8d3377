"""Names become entities, triples become claims."""
