from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.types import Retrieved
from kgpipe.verify.trusted import read_trusted, trusted_digest, with_ids
from tests.verify.builders import make_claim


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("note,subject,predicate,object", *rows)) + "\n", encoding="utf-8")
    return path


def test_names_become_the_ids_of_the_claims_entities(tmp_path: Path) -> None:
    path = write(tmp_path / "known.csv", 'x,Perú,borders,"Bolivia"', "y,Lima,capital of,Nowhere")
    named = read_trusted([path])
    assert named == [("Perú", "borders", "Bolivia"), ("Lima", "capital of", "Nowhere")]
    claim = make_claim("Peru", "borders", "Bolivia").model_copy(
        update={"subject_id": "e1", "object_id": "e2"}
    )
    question = Retrieved(claim=claim, aliases={"e2": ("Bolivia", "Lima")})
    assert with_ids(named, [question]) == [
        ("e1", "borders", "e2"),
        ("e2", "capital of", "Nowhere"),
    ]


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.csv", "x,a,b,c"), write(tmp_path / "b.csv", "x,a,b,d")
    assert trusted_digest([first, second]) == trusted_digest([second, first])
    assert trusted_digest([first]) != trusted_digest([second])
    assert trusted_digest([]) == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"subject,object\na,b\n", "predicate"), (b"subject,predicate,object\na,,b\n", "line 2"),
     (b"\xff\xfe\xff", "UTF-8"), (b"", "subject")],
)  # fmt: skip
def test_bad_files_are_named(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told):
        read_trusted([path])
    with pytest.raises(UsageError, match="Cannot read"):
        read_trusted([tmp_path / "none.csv"])
