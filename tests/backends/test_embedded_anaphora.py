import pytest

from tests.backends.embedded_parser import candidates, triples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Mercury is a toxic metal. It is used by miners.",
            ("Mercury", "be used by", "miners"),
        ),
        ("Miners buy mercury. They burn it.", ("Miners", "burn", "mercury")),
        (
            "Minerals Peru SA operates mines. The company exports gold.",
            ("Minerals Peru SA", "export", "gold"),
        ),
        (
            "Miners use mercury. This metal is toxic to fish.",
            ("mercury", "be toxic to", "fish"),
        ),
        (
            "Colombia banned mercury, whereas Bolivia still imports it.",
            ("Bolivia", "import", "mercury"),
        ),
    ],
)
def test_resolved(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "It exports gold.",
        "They burn mercury.",
        "The company exports gold.",
        "Ghana and Togo border Benin. The country exports gold.",
        "Miners buy mercury. “They burn gold,” says a trader.",
        "Miners call themselves garimpeiros.",
        "This leads to deforestation.",
    ],
)
def test_dropped_without_a_clear_antecedent(text: str) -> None:
    assert not {(s, p) for s, p, _ in triples(text)} & {
        (subject, predicate)
        for subject in ("It", "They", "company", "country", "This", "Ghana", "Togo", "Miners")
        for predicate in ("export", "burn", "lead to", "call themselves")
    }


def test_a_guess_costs_confidence() -> None:
    first, second = candidates("Ghana exports gold. It imports mercury.")
    assert second.subject == "Ghana"
    assert second.confidence < first.confidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Nigeria wrote a law. Its plan cost 47 million dollars.",
            ("plan of Nigeria", "cost", "47 million dollars"),
        ),
        (
            "The smallest share belongs to Togo, whose plan costs 8 million dollars.",
            ("plan of Togo", "cost", "8 million dollars"),
        ),
        ("Peru uses its army.", ("Peru", "use", "army")),
    ],
)
def test_owner_of_a_subject(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Tax Estimator is a free online tool. The tool uses a public formula.",
            ("Tax Estimator", "use", "public formula"),
        ),
        (
            "Ghana banned gas by an amendment to Annex A. The amendment binds Togo.",
            ("amendment to Annex A", "bind", "Togo"),
        ),
        ("Nickel is a hard metal. It is mined in Bolivia.", ("Nickel", "be mined in", "Bolivia")),
        (
            "Rivers of Bolivia carry silt, while those of Ecuador carry gold.",
            ("Rivers of Ecuador", "carry", "gold"),
        ),
        (
            "Togo bought new electric pumps. The price of these pumps fell in Peru.",
            ("price of new electric pumps", "fall in", "Peru"),
        ),
        (
            "Togo has a steel bridge. The bridge is old. It spans the Volta.",
            ("steel bridge", "span", "Volta"),
        ),
        (
            "Most of the pilots left as they fear the army of Peru.",
            ("Most of the pilots", "fear", "army of Peru"),
        ),
    ],
)
def test_words_that_a_description_stands_for(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Togo uses another public tool. The tool helps Peru.", "tool"),
        ("Togo uses six tools. The tools help Peru.", "tools"),
        ("Conakry is the capital of Guinea. Lima is the capital.", "Lima"),
    ],
)
def test_what_is_set_apart_is_no_antecedent(text: str, subject: str) -> None:
    assert subject in {found.subject for found in candidates(text)}


@pytest.mark.parametrize(
    "text",
    [
        "The price of these pumps fell in Peru.",
        "Togo sells boats. These figures are low. They include Peru.",
    ],
)
def test_a_phrase_around_an_unknown_is_left_out(text: str) -> None:
    assert not {found.object for found in candidates(text)} & {"Peru"}


def test_subject_of_a_relative_clause_is_as_salient_as_a_subject() -> None:
    text = "The camp is run by the Alto cooperative, which was founded in 2017. It owns two pumps."
    assert ("Alto cooperative", "own", "two pumps") in triples(text)
