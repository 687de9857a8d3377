from pathlib import Path

import pytest

from kgpipe.dedupe.aliases import (
    alias_digests,
    built_in_aliases,
    group_names,
    other_names,
    read_aliases,
)
from kgpipe.dedupe.normalise import form_of
from kgpipe.errors import UsageError
from kgpipe.settings import DedupeSettings


def test_built_in_tables_are_consistent() -> None:
    rows = built_in_aliases()
    canonical = {form_of(row.canonical).key for row in rows}
    targets: dict[str, set[str]] = {}
    for row in rows:
        targets.setdefault(form_of(row.alias).key, set()).add(form_of(row.canonical).key)
    assert not {key: names for key, names in targets.items() if len(names) > 1}
    # No canonical name is itself an alias of another, so one look-up is enough.
    assert not {key for key in canonical if targets.get(key, {key}) != {key}}


def test_countries_that_are_easily_confused_stay_apart() -> None:
    names = {form_of(row.alias).key: row.canonical for row in built_in_aliases()}
    assert names["brasil"] == "Brazil"
    assert names[form_of("République démocratique du Congo").key].startswith("Democratic")
    assert "congo" not in names
    assert "guiana" not in names


def test_user_table(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_bytes(
        "\ufeffcanonical,alias,kind\nmercury,azogue,substance\n\nmercury,azogues,\n".encode()
    )
    assert [(row.alias, row.kind) for row in read_aliases(path)] == [
        ("azogue", "substance"),
        ("azogues", ""),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,alias\nmercury,Hg\n", "line 1: the columns are alias, name"),
        (b"", "line 1: the columns are missing"),
        (b"canonical,alias\nmercury,Hg\nmercury\n", "line 3: wrong number of fields"),
        (b"canonical,alias\nmercury,Hg,extra\n", "line 2: wrong number of fields"),
        (b"canonical,alias\n,Hg\n", "line 2: canonical and alias must not be empty"),
        (b"canonical,alias,kind\nmercury,Hg,metal\n", "line 2: unknown kind 'metal'; use one of"),
        (b"canonical,alias\nmercury,Hg\ngold,HG\n", "line 3: 'HG' stands for another"),
        (b"canonical,alias\nmercury,merc\xfario\n", "not UTF-8"),
        (b"canonical,alias,identifier\nmercury,Hg,Q925\n", "line 2: the identifier 'Q925' is no"),
        (b"canonical,alias,identifier\na,b,urn:x:1\na,c,\na,d,urn:x:2\n",
         "line 4: 'a' has another identifier in line 2"),
    ],
)  # fmt: skip
def test_malformed_table_names_the_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "aliases.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_aliases(path)


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the alias table"):
        alias_digests(DedupeSettings(aliases=str(tmp_path / "none.csv")))


def test_digests_change_with_the_users_table(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text("canonical,alias\nmercury,azogue\n")
    before = alias_digests(DedupeSettings(aliases=str(path)))
    path.write_text("canonical,alias\nmercury,azougue\n")
    after = alias_digests(DedupeSettings(aliases=str(path)))
    assert len(before) == 3
    assert before[:2] == after[:2] == alias_digests(DedupeSettings())
    assert before[2] != after[2]


def test_a_long_text_has_no_other_names() -> None:
    groups = group_names(built_in_aliases())
    assert other_names("mercury", groups)
    assert other_names("mercury " * 1250, groups) == ()
