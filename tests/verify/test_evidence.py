import json
from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.types import Entity
from kgpipe.verify.evidence import prepare_claims, read_evidence_lines
from tests.verify.builders import make_claim, make_passages


def test_broken_lines_are_named_by_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    good = {
        "id": "p1",
        "text": "Gold is mined.",
        "url": "https://example.org/a",
        "more": 1,
        "lang": None,
    }
    lines = [
        b"\xef\xbb\xbf" + json.dumps(good).encode(),
        b"{not json",
        b"",
        b'{"id": "p2"}',
        b'{"id": "p3", "text": "\xff"}',
        b'{"id": "p4", "text": "\\ud800"}',
        b'{"id": "p5", "text": "  "}',
        json.dumps(good).encode(),
        b"[" * 100_000,
        json.dumps({"id": "p1", "text": "Peru.", "claim_id": "c1", "lang": "es"}).encode(),
    ]
    path.write_bytes(b"\r\n".join(lines))
    passages, rejections = read_evidence_lines(path)
    assert [(p.source, p.text, p.claim_id, p.language) for p in passages] == [
        ("p1", "Gold is mined.", None, "en"),
        ("p1", "Peru.", "c1", "es"),
    ]
    assert [(r.item, r.reason) for r in rejections] == [
        ("pages.jsonl:2", "broken_line"), ("pages.jsonl:4", "broken_line"),
        ("pages.jsonl:5", "broken_line"), ("pages.jsonl:6", "broken_line"),
        ("pages.jsonl:7", "empty_text"), ("pages.jsonl:8", "repeated_id"),
        ("pages.jsonl:9", "broken_line"),
    ]  # fmt: skip


def test_a_missing_file_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent"):
        read_evidence_lines(tmp_path / "absent.jsonl")


def test_claims_get_their_names_and_their_private_passages() -> None:
    claims = [make_claim("Ghana", "exports", "gold", id=id_) for id_ in ("c1", "c2")]
    private = make_passages("Only for the first.", claim_id="c1")
    ghana = Entity(id="s", kind="place", name="Ghana", names=("Ghana", "Republic of Ghana"))
    first, second = prepare_claims(claims, entities=[ghana], passages=private)
    assert first.passages == tuple(private)
    assert second.passages == ()
    assert first.aliases == {"s": ("Ghana", "Republic of Ghana")}
