"""Vectors of the names of entities, for servers that have a vector index.

They are no part of the rows, since a server without such an index has no use for them: they are
added behind a publish, to those entities that lack one or have got another name.
"""

from kgpipe.ports import Embedder, GraphServer, Port
from kgpipe.publish.property_graph_names import node_key

_INDEX = (
    "CREATE VECTOR INDEX kgpipe_entity_embedding IF NOT EXISTS FOR (n:Entity) ON (n.embedding) "
    "OPTIONS {{indexConfig: {{`vector.dimensions`: {dimensions}, "
    "`vector.similarity_function`: 'cosine'}}}}"
)
_MISSING = (
    "MATCH (n:Entity) WHERE n.kgpipe_key STARTS WITH $prefix "
    "AND (n.embedding IS NULL OR n.embedding_of <> n.name) "
    "RETURN n.kgpipe_key, n.name ORDER BY n.kgpipe_key"
)
_STORE = (
    "UNWIND $rows AS row MATCH (n:Entity {kgpipe_key: row.key}) "
    "SET n.embedding = row.vector, n.embedding_of = row.name"
)
# A batch of 384 numbers each is 2 MB on the way.
_BATCH = 500


def add_vectors(dataset: str, *, server: GraphServer, embedder: Port[Embedder]) -> int | None:
    """Give each entity of a dataset the vector of its name; return how many got one.

    None tells that the server has no vector index.

    Raises:
        KgpipeError: the server cannot be reached or refuses; a rerun adds what is missing.
    """
    missing = server.read(_MISSING, prefix=node_key(dataset, ""))
    if not missing:
        return 0
    model = embedder.make()
    dimensions = model.embed([missing[0][1]]).shape[1]
    if not server.define(_INDEX.format(dimensions=dimensions)):
        return None
    for start in range(0, len(missing), _BATCH):
        part = missing[start : start + _BATCH]
        vectors = model.embed([name for _, name in part]).tolist()
        rows = [
            {"key": key, "name": name, "vector": vector}
            for (key, name), vector in zip(part, vectors, strict=True)
        ]
        server.write(_STORE, rows=rows)
    return len(missing)
