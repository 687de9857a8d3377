"""The graph as Parquet tables for data frames and query engines: the tables of CSV, typed.

Needs pyarrow (extra `parquet`). The same graph gives the same bytes with the same pyarrow.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kgpipe.errors import needs_extra
from kgpipe.publish.tables import TABLES, Boxes, Cell, Column, collect_rows
from kgpipe.settings import PublishSettings
from kgpipe.text.locate import Box
from kgpipe.tiles import EntityLinks
from kgpipe.types import Graph

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(
    graph: Graph, folder: Path, *, settings: PublishSettings, links: Sequence[EntityLinks] = ()
) -> list[Path]:
    """Write one Parquet file a table into an existing folder.

    Raises:
        UsageError: pyarrow is not installed.
        KeyError: a dangling reference (see `check.check_graph`).
    """
    with needs_extra("parquet"):
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415
    types = _arrow_types()
    paths = []
    for table, rows in collect_rows(graph, settings=settings, links=links).items():
        columns = TABLES[table]
        schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
        values = list(zip(*rows, strict=True)) or [()] * len(columns)
        arrays = [
            pa.array([_as_arrow(cell, kind) for cell in cells], types[kind])
            for cells, kind in zip(values, columns.values(), strict=True)
        ]
        paths.append(folder / f"{table}.parquet")
        # Zstandard: a third of the size of the default, and read by pandas, DuckDB and Spark.
        pq.write_table(pa.table(arrays, schema=schema), paths[-1], compression="zstd")
    return paths


def _arrow_types() -> "dict[Column, pa.DataType]":
    import pyarrow as pa  # noqa: PLC0415

    edges = [("page", pa.int64()), *((name, pa.float64()) for name in Box._fields)]
    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "day": pa.date32(),
        "texts": pa.list_(pa.string()),
        "boxes": pa.list_(pa.struct(edges)),
    }


def _as_arrow(cell: Cell, kind: Column) -> object:
    if kind == "boxes" and cell is not None:
        return [{"page": page, **box._asdict()} for page, box in cast(Boxes, cell)]
    return cell
