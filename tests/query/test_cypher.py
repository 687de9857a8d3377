import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.errors import UsageError
from kgpipe.query.cypher import format_cypher_answer, name_columns, refuse_writes

READS = [
    "MATCH (n) RETURN n",
    "MATCH (n {name: 'CREATE (x)'}) RETURN n;",
    'RETURN "it\\"s; DELETE n" AS text',
    "MATCH (n) RETURN n.set, n.delete AS x, n {.start, .create, merge: 1} AS m",
    "MATCH (n:Create)-[:DELETE]->(:`SET`) RETURN n // DELETE n",
    "/* MERGE (n) ' */ MATCH (n) RETURN n",
    "RETURN $set AS x, {create: 1, `drop`: 2} AS y",
    "CALL db.labels() YIELD label RETURN label",
    "CALL `db`.`labels`",
    "MATCH (n) CALL { WITH n MATCH (n)-->(m) RETURN m } RETURN m",
    "MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN m } RETURN m",
    "MATCH p = shortestPath((a)-[*1..3]->(b)) RETURN length(p), 1.5, 1e3",
    "MATCH (settings) RETURN settings AS created, '//' AS b",
    "RETURN '\\\\' AS a, \"'\" AS b, '`' AS c",
    "CALL db.index.fulltext.queryNodes('kgpipe_text', 'río') YIELD node RETURN node",
    "SHOW INDEXES",
]
WRITES = {
    "CREATE (n)": "CREATE",
    "MATCH (n) SET n.x = 1": "SET",
    "match (n) detach delete n": "DETACH",
    "MATCH (n) REMOVE n:X": "REMOVE",
    "MERGE (n:X {id: 1})": "MERGE",
    "MATCH (n) FOREACH (x IN [1] | CREATE (:Y))": "FOREACH",
    "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l": "LOAD",
    "DROP INDEX kgpipe_text": "DROP",
    "INSERT (n:X)": "INSERT",
    "MATCH (n) CALL { WITH n DELETE n }": "DELETE",
    "MATCH (n) CALL (n) { SET n.x = 1 } IN TRANSACTIONS": "SET",
    "RETURN 1 /* */ /**/ CREATE (n)": "CREATE",
    "RETURN 1 // x\nCREATE (n)": "CREATE",
    "RETURN 1 // x\rCREATE (n)": "CREATE",
    "RETURN 'a' CREATE (n) //'": "CREATE",
    "RETURN '\\\\' CREATE (n) //'": "CREATE",
    "RETURN `a``b` AS x CREATE (n)": "CREATE",
    "MATCH (n) WHERE n.a > 1.SET n.b = 2": "SET",
    "MATCH (n)-[*1..SET n.x = 1": "SET",
    "CALL apoc.create.node(['X'], {})": "apoc.create.node",
    "CALL db.create.setNodeVectorProperty(n, 'x', [1])": "db.create.setNodeVectorProperty",
    "CALL dbms.killConnection('x')": "dbms.killConnection",
    "CALL `apoc`.`cypher`.`doIt`('CREATE (n)', {})": "apoc.cypher.doIt",
    "ALTER DATABASE x SET ACCESS READ ONLY": "ALTER",
    "STOP DATABASE neo4j": "STOP",
    "TERMINATE TRANSACTION 'x'": "TERMINATE",
    "EXPLAIN CREATE (n)": "CREATE",
    "RETURN 1; MATCH (n) RETURN n": "one query",
    "RETURN '\\u0027 CREATE (n) //'": "\\u",
    "RETURN 'a\\\\u0027'": "\\u",
    "/* /* */ ' */ CREATE (n) /* ' */ RETURN 1": "comment within",
    "// a\u2028CREATE (n)\nRETURN 1": "U+2028",
    "RETURN 1 /* CREATE (n)": "/",
    "RETURN 'open": "'",
    "RETURN `open": "`",
    "  // nothing\n": "empty",
}


@pytest.mark.parametrize("query", READS)
def test_what_reads_passes(query: str) -> None:
    refuse_writes(query)


@pytest.mark.parametrize("query", WRITES)
def test_what_could_write_is_refused(query: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_writes(query)
    assert WRITES[query] in str(caught.value)


def test_a_refusal_shows_the_place() -> None:
    with pytest.raises(UsageError) as caught:
        refuse_writes("MATCH (n)\nWHERE n.x = 1 SET n.y = 2\nRETURN n")
    told = str(caught.value).splitlines()
    assert told[0].startswith("The Cypher query is refused, line 2: SET writes")
    assert told[1:] == ["  WHERE n.x = 1 SET n.y = 2", "                ^"]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\\'")))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_text_hides_what_stands_behind_it(text: str) -> None:
    for query in (f"RETURN '{text}' CREATE (n)", f"/*{text}*/ CREATE (n)", f"//{text}\nCREATE (n)"):
        with pytest.raises(UsageError):
            refuse_writes(query)


NODE = {"labels": ["Entity", "Place"], "properties": {"id": "e", "name": "Peru"}}
CLAIM = {"labels": ["Claim"], "properties": {"subject": "a", "predicate": "b", "object": "c"}}
STEP = {"type": "exports to", "properties": {}, "forward": True}
BACK = {"type": "use", "properties": {}, "forward": False}
PATH = {"nodes": [NODE, NODE, CLAIM], "relationships": [STEP, BACK]}


def test_a_table_draws_what_a_graph_returns() -> None:
    rows = [(NODE, STEP, PATH, ["x", 1], {"k": None}, 2.5, None)]
    table = format_cypher_answer(rows, columns=tuple("abcdefg"), form="table")
    assert table.splitlines()[2].split("  ") == [
        "(Peru :Entity :Place)", "[:exports to]", "(Peru)-[exports to]->(Peru)<-[use]-(a b c)",
        "x, 1", "{k: null}", "2.5",
    ]  # fmt: skip


def test_scripts_get_everything() -> None:
    [line] = format_cypher_answer([(NODE, 1)], columns=("n", "m"), form="jsonl").splitlines()
    assert json.loads(line) == {"n": NODE, "m": 1}
    text = format_cypher_answer([(["=1"], "=1+1")], columns=("n", "m"), form="csv")
    assert text == 'n,m\n"[""=1""]",\'=1+1\n'


def test_no_row_and_no_columns_is_no_text() -> None:
    assert format_cypher_answer([], columns=(), form="table") == ""
    assert format_cypher_answer([], columns=("a",), form="csv") == "a\n"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("MATCH (n) RETURN n.name AS name, count(*) AS `how many` ORDER BY name LIMIT 3",
         ("name", "how many")),
        ("MATCH (n) RETURN DISTINCT n.name, [x IN n.names | toLower(x)] , n {.id, .name};",
         ("n.name", "[x IN n.names | toLower(x)]", "n {.id, .name}")),
        ("MATCH (n) CALL { WITH n RETURN 1 AS one } RETURN 'RETURN, x' AS text, one",
         ("text", "one")),
        ("MATCH (n) RETURN *", ()),
    ],
)  # fmt: skip
def test_columns_are_named_without_rows(query: str, columns: tuple[str, ...]) -> None:
    assert name_columns(query) == columns
