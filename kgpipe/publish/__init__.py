"""The graph as RDF, Cypher and tables."""
