from pathlib import Path

import pytest

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.bench.names_clusterings import compare_clusterings, read_forms, score_owners
from kgpipe.errors import KgpipeError
from tests.bench.made_names import made_names


def test_a_form_has_one_entity_in_a_document(tmp_path: Path) -> None:
    forms = read_forms(made_names(tmp_path))
    assert [(form.document, form.entity) for form in forms if form.name == "Ghana"] == [
        ("one", 1),
        ("two", 0),
    ]
    assert {form.kind for form in forms} == {"organisation", "place", "other"}
    with pytest.raises(KgpipeError, match="is missing"):
        read_forms(tmp_path / "out" / "dedupe")


def test_pairs_count_within_documents(tmp_path: Path) -> None:
    forms = read_forms(made_names(tmp_path))
    apart = score_owners(forms, {form.name: form.name for form in forms})
    assert apart["pairwise_recall"] == 0
    same = score_owners(forms, {form.name: 1 for form in forms})
    # Of 6 pairs in either document, 1 is right in each.
    assert (same["pairwise_recall"], same["pairwise_precision"]) == (1, round(2 / 12, 3))


def test_every_way_is_scored(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra bench brings scikit-learn")
    rows = compare_clusterings(read_forms(made_names(tmp_path)), FakeEmbedder())
    assert [row["vetoes"] for row in rows] == [False] * 10 + [True] * 3
    (default,) = [row for row in rows if row["way"] == "pairs"]
    assert default["pairwise_precision"] == 1
    assert default["pairwise_recall"] == 0.5
