from pathlib import Path

import pytest

from kgpipe.bench.names_data import make_names, read_roots
from kgpipe.errors import KgpipeError
from tests.bench.made_names import made_names


def test_roots_are_phrases_mentions_and_lists_in_latin_script(tmp_path: Path) -> None:
    roots = read_roots(made_names(tmp_path))
    assert {"Rio Tapajos", "Ministry of Mines", "Madre de Dios", "Bank of Ghana", "Itaituba",
            "Republic of Ghana", "Norway"} <= set(roots)  # fmt: skip
    assert "加纳" not in roots
    assert roots == sorted(roots)
    assert read_roots(tmp_path / "dedupe") == roots


def test_any_number_of_distinct_names_by_a_seed() -> None:
    roots = ["Ghana", "Bank of Ghana", "Lake Volta"]
    made = make_names(roots, 500, seed=1)
    assert len({name.name for name in made}) == len(made) == 500
    assert made == make_names(roots, 500, seed=1) != make_names(roots, 500, seed=2)
    assert sorted(name.name for name in made[:3]) == sorted(roots)
    assert {name.variant for name in made[3:]} == {"near", "far"}
    assert len(make_names(roots, 2)) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"cia_factbook_passages\.jsonl is missing"):
        read_roots(tmp_path)
