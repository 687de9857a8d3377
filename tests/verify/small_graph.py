"""A graph whose scores can be computed by hand."""

from kgpipe.verify.known_graph import Triple

# Neighbours: a {c, d}, b {c, d}, c {a, b, e}, d {a, b}, e {c}.
TRIPLES: list[Triple] = [
    ("a", "knows", "c"),
    ("b", "knows", "c"),
    ("c", "lives", "e"),
    ("a", "lives", "d"),
    ("b", "lives", "d"),
]
