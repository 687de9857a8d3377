import json
from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.types import Verdict, Vote
from kgpipe.verify.claims_file import read_claims, verdict_row

ROW = {"subject": "Ghana", "predicate": "exports", "object": "gold"}


def test_json_lines_with_faults_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    rows = [
        json.dumps({"id": "c1", **ROW, "label": "1", "sentence": None, "document": None}),
        "{broken",
        json.dumps({"id": "c2", **ROW, "object": "  "}),
        json.dumps({"id": "c1", **ROW}),
        json.dumps({"id": "c3", **ROW, "object": "x" * 10_000, "sentence": " Ghana sells. "}),
        json.dumps([1]),
        json.dumps({"id": 4, **ROW}),
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    claims, rejections = read_claims(path)
    assert [claim.id for claim in claims] == ["c1", "c3"]
    assert len(claims[1].object) == 10_000
    assert claims[1].sentence == "Ghana sells."
    assert [(r.item.rpartition(":")[2], r.reason) for r in rejections] == [
        ("2", "broken_line"), ("3", "empty_field"), ("4", "repeated_id"), ("6", "broken_line"),
        ("7", "broken_line"),
    ]  # fmt: skip


def test_an_open_quote_in_a_csv_spoils_its_own_line_only(tmp_path: Path) -> None:
    path = tmp_path / "claims.CSV"
    path.write_bytes(
        b"\xef\xbb\xbfid,subject,predicate,object,note\r\n"
        b"c1,Ghana,exports,gold,\r\n"
        b'c2,"Ghana,exports,gold,\r\n'
        b'c3,"Fort Worth, Texas",lies in,"a\nb",\r\n'
        b"\r\n"
        b"c4,Ghana,,gold,\r\n"
        b"c5,Ghana\r\n"
        b"c6,\xff,exports,gold,\r\n"
        b"c7,Peru,exports,gold,x,y,z\r\n"
    )
    claims, rejections = read_claims(path)
    assert [(c.id, c.subject, c.object) for c in claims] == [
        ("c1", "Ghana", "gold"), ("c3", "Fort Worth, Texas", "a\nb"), ("c7", "Peru", "gold"),
    ]  # fmt: skip
    assert [r.item for r in rejections] == [f"claims.CSV:{n}" for n in (3, 7, 8, 9)]


def test_a_csv_without_the_columns_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("id,head,tail\n", encoding="utf-8")
    with pytest.raises(UsageError, match="subject, predicate, object"):
        read_claims(path)


def test_a_verdict_is_written_with_its_evidence() -> None:
    vote = Vote(
        judge="embedded", stance="support", source="p1", start=3, end=7, quote="gold",
        log_odds=1.7, reason="stated",
    )  # fmt: skip
    verdict = Verdict(
        claim_id="c1", label="supported", status="ok", reason="stated", probability=0.85,
        evidence=(vote,), votes=(vote,),
    )  # fmt: skip
    row = verdict_row(verdict)
    assert list(row)[:5] == ["id", "label", "status", "reason", "probability"]
    assert row["evidence"] == [{"source": "p1", "start": 3, "end": 7, "quote": "gold"}]
    assert row["votes"][0]["log_odds"] == 1.7
