"""A property graph behind Bolt, the protocol of Neo4j, through the official driver."""

import logging
import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from kgpipe import __version__
from kgpipe.errors import KgpipeError, UsageError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

# The driver has others, whose libraries it does not bring.
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_NO_ADDRESS = "is not the address of a Bolt server: write bolt://HOST:7687, or neo4j+s://HOST."
# A server that does not answer its greeting within this is not there.
_CONNECT_SECONDS = 20.0
# A leader is elected, a container restarted, in less.
_RETRY_SECONDS = 60.0
# How often a line may break between a commit and its confirmation.
_COMMITS = 5
# A server that ends a query itself says so within this.
_GRACE_SECONDS = 2.0
# Rows that are asked for at a time: more in flight costs memory, fewer wait for the network.
_FETCHED = 10_000
# Of the driver's counters those that tell of a change.
_COUNTERS = (
    "nodes_created", "nodes_deleted", "relationships_created", "relationships_deleted",
    "properties_set", "labels_added", "labels_removed", "indexes_added", "constraints_added",
)  # fmt: skip


class BoltGraph:
    """A `GraphServer`, and the answers to people's queries.

    Args:
        uri: bolt:// or neo4j://, with +s for encryption.
        user: whose name.
        password: kept by the driver alone.
        database: that of the user if None.

    Raises:
        KgpipeError: no server there, or no such user.
        UsageError: the address is none of Bolt.
    """

    def __init__(self, uri: str, *, user: str, password: str, database: str | None = None) -> None:
        from neo4j import GraphDatabase
        from neo4j.exceptions import ConfigurationError, DriverError, Neo4jError

        if urlsplit(uri).scheme not in _SCHEMES:
            raise UsageError(f"{uri} {_NO_ADDRESS}")
        # Nobody's handler would mean the terminal, for each broken connection and unknown label.
        logging.getLogger("neo4j").addHandler(logging.NullHandler())
        self._uri = uri
        self._database = database
        try:
            self._driver: Driver = GraphDatabase.driver(
                uri,
                auth=(user, password),
                user_agent=f"kgpipe/{__version__}",
                telemetry_disabled=True,
                connection_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=_RETRY_SECONDS,
            )
        except (ConfigurationError, ValueError) as error:
            raise UsageError(f"{uri} {_NO_ADDRESS} ({error})") from error
        try:
            self._driver.verify_connectivity()
        except (DriverError, Neo4jError) as error:
            self._driver.close()
            raise self._explained(error) from error

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def define(self, statement: str) -> bool:
        """Make a constraint or an index; return False where the server has none of that kind."""
        from neo4j.exceptions import ClientError

        try:
            self.write(statement)
        except KgpipeError as error:
            if isinstance(error.__cause__, ClientError) and _is_unknown(error.__cause__):
                return False
            raise
        return True

    def is_ready(self) -> bool:
        """Whether the database answers, which it may not yet when its server does."""
        from neo4j.exceptions import DriverError, Neo4jError

        try:
            with self._driver.session(database=self._database) as session:
                session.run("RETURN 1").consume()
        except (DriverError, Neo4jError):
            return False
        return True

    def read(self, query: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        """All rows of a query, asked again where its failure was passing.

        Raises:
            KgpipeError: the server cannot be reached, or refuses.
        """
        from neo4j import READ_ACCESS
        from neo4j.exceptions import DriverError, Neo4jError

        def work(transaction: "ManagedTransaction") -> list[tuple[Any, ...]]:
            return [tuple(record.values()) for record in transaction.run(query, parameters)]

        try:
            with self._driver.session(
                database=self._database, default_access_mode=READ_ACCESS, fetch_size=_FETCHED
            ) as session:
                return session.execute_read(work)
        except (DriverError, Neo4jError) as error:
            raise self._explained(error) from error

    def write(self, statement: str, **parameters: Any) -> Mapping[str, int]:
        """Run one transaction, again where its failure was passing; return what it changed.

        Args:
            statement: one that changes nothing when it is run twice: where the line breaks after
                a commit was sent, nobody knows whether it was done.
            **parameters: its parameters.

        Raises:
            KgpipeError: the server cannot be reached, or refuses.
        """
        return self.write_all([(statement, parameters)])

    def write_all(self, works: Sequence[tuple[str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Run statements, each with its parameters, as one transaction; else as `write`.

        Raises:
            KgpipeError: the server cannot be reached, or refuses.
        """
        from neo4j.exceptions import DriverError, IncompleteCommit, Neo4jError

        def work(transaction: "ManagedTransaction") -> Mapping[str, int]:
            changed: Counter[str] = Counter()
            for statement, parameters in works:
                counters = transaction.run(statement, dict(parameters)).consume().counters
                changed.update({name: getattr(counters, name) for name in _COUNTERS})
            return {name: count for name, count in changed.items() if count}

        # The driver itself repeats what it knows was not done.
        repeated = Retrying(
            retry=retry_if_exception_type(IncompleteCommit),
            stop=stop_after_attempt(_COMMITS),
            reraise=True,
        )
        try:
            with self._driver.session(database=self._database) as session:
                return repeated(session.execute_write, work)
        except (DriverError, Neo4jError) as error:
            raise self._explained(error) from error

    def answer(
        self, query: str, *, most_rows: int, seconds: float
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]], bool]:
        """Run a query of a person's; return column names, rows and whether there were more rows.

        Nodes become {"labels", "properties"}, relationships {"type", "properties"}, paths
        {"nodes", "relationships"} whose relationships tell whether they point `forward`; dates,
        points and bytes become text.

        Args:
            query: Cypher that only reads (`query.cypher.refuse_writes`).
            most_rows: how many are read.
            seconds: after which the query is given up; a server with time limits ends it too.

        Raises:
            UsageError: the server does not understand the query.
            KgpipeError: it took too long, or failed.
        """
        found: list[tuple[tuple[str, ...], list[tuple[Any, ...]], bool]] = []
        failed: list[Exception] = []

        def ask() -> None:
            # What goes wrong in a thread would be printed; it is raised by the one that waits.
            try:
                found.append(self._ask(query, most_rows, seconds))
            except (KgpipeError, OSError) as error:
                failed.append(error)

        # A daemon: should the server never answer, it does not hold up the end of the process.
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(seconds + _GRACE_SECONDS)
        if failed:
            raise failed[0]
        if not found:
            raise KgpipeError(
                f"The query took longer than {seconds:g} s. Ask for less, or allow more with "
                "--timeout."
            )
        return found[0]

    def _ask(
        self, query: str, most_rows: int, seconds: float
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]], bool]:
        from neo4j import READ_ACCESS
        from neo4j.exceptions import ClientError, DriverError, Neo4jError

        try:
            with (
                self._driver.session(
                    database=self._database, default_access_mode=READ_ACCESS
                ) as session,
                session.begin_transaction(timeout=seconds) as transaction,
            ):
                result = transaction.run(query)
                records = list(islice(result, most_rows + 1))
                rows = [tuple(map(_plain, record.values())) for record in records[:most_rows]]
                return tuple(result.keys()), rows, len(records) > most_rows
        except ClientError as error:
            if (error.code or "").startswith("Neo.ClientError.Statement."):
                raise UsageError(f"The server refuses the query: {_said(error)}") from error
            raise self._explained(error) from error
        except (DriverError, Neo4jError) as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> KgpipeError:
        from neo4j.exceptions import AuthError, DriverError

        if isinstance(error, AuthError):
            return UsageError(
                f"{self._uri} refuses user and password: name them with --user and "
                "KGPIPE_NEO4J_PASSWORD or --password-file."
            )
        if isinstance(error, DriverError):
            return KgpipeError(
                f"The graph database {self._uri} cannot be reached: {error}. Start it, or check "
                "the address; what was written stays, and running the same command again goes on."
            )
        return KgpipeError(
            f"The graph database {self._uri} failed: {_said(error)}. What was written stays, and "
            "running the same command again goes on."
        )


def _said(error: Exception) -> str:
    """The server's own message."""
    return str(getattr(error, "message", None) or error).strip().rstrip(".") + "."


def _is_unknown(error: Exception) -> bool:
    """Whether a server says that it has no such kind of index."""
    code = str(getattr(error, "code", ""))
    return code.endswith((".SyntaxError", ".IndexNotApplicable", ".NotSupported"))


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    from neo4j.graph import Node, Path, Relationship

    found: Any
    match value:
        case None | bool() | int() | str():
            found = value
        case float():
            found = value if math.isfinite(value) else str(value)
        case Node():
            found = {"labels": sorted(value.labels), "properties": _plain(dict(value.items()))}
        case Relationship():
            found = {"type": value.type, "properties": _plain(dict(value.items()))}
        case Path():
            starts = zip(value.nodes, value.relationships, strict=False)
            steps = [{**_plain(step), "forward": step.start_node == node} for node, step in starts]
            found = {"nodes": [_plain(node) for node in value.nodes], "relationships": steps}
        case list() | tuple():
            found = [_plain(one) for one in value]
        case dict():
            found = {name: _plain(value[name]) for name in sorted(value)}
        case bytes() | bytearray():
            found = value.hex()
        case _:
            found = str(value)
    return found
