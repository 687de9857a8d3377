from kgpipe.query.paraphrase import synonyms, translate_question


def test_synonyms_come_from_the_table_both_ways() -> None:
    assert "runway" in synonyms("airstrip")
    assert "airstrip" in synonyms("runway")
    assert not synonyms("xyzzy")


def test_a_spanish_question_gets_english_terms_and_keeps_names() -> None:
    said = translate_question("¿Quién contamina los ríos de Perú con mercurio?")
    assert "river" in said.split()
    assert "mercury" in said.split()


def test_an_english_question_is_left_alone() -> None:
    assert not translate_question("Who pollutes the rivers of Peru?")
