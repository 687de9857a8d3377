import pytest

from kgpipe.backends.embedded_clauses import SUBJECT_FACTOR
from kgpipe.backends.embedded_relation import CONFIDENCE
from tests.backends.embedded_parser import candidates, triples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Miners use mercury.", {("Miners", "use", "mercury")}),
        (
            "The convention on trade was signed in 2013 in Tokyo.",
            {
                ("convention on trade", "be signed in", "2013"),
                ("convention on trade", "be signed in", "Tokyo"),
            },
        ),
        ("Rivers are contaminated by mercury.", {("Rivers", "be contaminated by", "mercury")}),
        ("Mercury is a toxic metal.", {("Mercury", "be", "toxic metal")}),
        ("Gold is a part of the economy.", {("Gold", "be part of", "economy")}),
        ("Cyanide is toxic to fish.", {("Cyanide", "be toxic to", "fish")}),
        ("Villagers depend on fish.", {("Villagers", "depend on", "fish")}),
        (
            "The police seized dredges and pumps.",
            {("police", "seize", "dredges"), ("police", "seize", "pumps")},
        ),
        (
            "Women and children collect the ore.",
            {("Women", "collect", "ore"), ("children", "collect", "ore")},
        ),
        (
            "The miners who use mercury have contaminated rivers.",
            {("miners", "use", "mercury"), ("miners", "contaminate", "rivers")},
        ),
        (
            "The mercury that miners use comes from China.",
            {("miners", "use", "mercury"), ("mercury", "come from", "China")},
        ),
        (
            "The rivers contaminated by mercury are found in Peru.",
            {("rivers", "be contaminated by", "mercury"), ("rivers", "be found in", "Peru")},
        ),
        ("Malaria is an infectious disease.", {("Malaria", "be", "infectious disease")}),
        (
            "There are 500,000 artisanal miners in Peru.",
            {("500,000 artisanal miners", "be in", "Peru")},
        ),
        (
            "The treaty on rivers entered into force in August 2017.",
            {("treaty on rivers", "enter into force in", "August 2017")},
        ),
        ("Mining takes place in Peru.", {("Mining", "take place in", "Peru")}),
        ("Mining has an impact on water quality.", {("Mining", "have impact on", "water quality")}),
        (
            "The plants release toxic metals such as mercury and lead.",
            {("toxic metals", "include", "mercury"), ("toxic metals", "include", "lead")},
        ),
    ],
)
def test_patterns(text: str, expected: set[tuple[str, str, str]]) -> None:
    assert expected <= triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "There is no doubt.",
        "It is difficult to measure the emissions of the sector.",
        "The government deployed soldiers to stop illegal mining.",
        "For example, prices rose in recent years.",
    ],
)
def test_figures_of_speech_and_purposes_are_no_facts(text: str) -> None:
    vacuous = {"doubt", "emissions of the sector", "illegal mining", "example", "recent years"}
    assert not {obj for _, _, obj in triples(text)} & vacuous


def test_apposition_describes_the_name_and_acronyms_do_not() -> None:
    text = "Puerto Maldonado, the capital of Madre de Dios, is located in southeastern Peru."
    assert ("Puerto Maldonado", "be", "capital of Madre de Dios") in triples(text)
    text = "Artisanal gold mining (ASGM) uses mercury."
    assert triples(text) == {("Artisanal gold mining", "use", "mercury")}


def test_confidence_follows_the_pattern() -> None:
    direct, indirect = candidates("Miners mix mercury with ore.")
    assert direct.confidence == CONFIDENCE["object"]
    assert indirect.confidence == CONFIDENCE["object+preposition"]
    inherited = candidates("Peru sells gold and buys mercury.")[1]
    expected = CONFIDENCE["object"] * SUBJECT_FACTOR["shared"]
    assert inherited.confidence == pytest.approx(expected)


def test_as_many_numbers_as_subjects_are_paired() -> None:
    assert triples("Tambopata and Manu lost 16 hectares and 9 hectares.") == {
        ("Tambopata", "lose", "16 hectares"),
        ("Manu", "lose", "9 hectares"),
    }
    both = triples("Tambopata and Manu sell gold and silver.")
    assert {subject for subject, _, target in both if target == "gold"} == {"Tambopata", "Manu"}


@pytest.mark.parametrize(
    "text",
    ["This note quotes the area.", "Figures are quoted from open data.", "The text names Peru."],
)
def test_what_a_text_says_of_itself_is_left_out(text: str) -> None:
    assert triples(text) == set()


def test_facts_about_figures_and_past_notes_stay() -> None:
    assert triples("The figures include quarries.") == {("figures", "include", "quarries")}
    assert triples("The note was sent to Peru.") == {("note", "be sent to", "Peru")}


def test_name_comes_before_its_description() -> None:
    assert ("Huepetuhe", "be", "largest site") in triples("The largest site is Huepetuhe.")


def test_clause_begun_by_a_noun_is_not_taken_into_the_object() -> None:
    text = "While gas stoves are used by Benin, large steel ovens are sold in Togo."
    assert triples(text) == {
        ("gas stoves", "be used by", "Benin"),
        ("large steel ovens", "be sold in", "Togo"),
    }
