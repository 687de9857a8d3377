import json
from typing import Any

import pytest

from kgpipe.backends.fake import FakeChatModel
from kgpipe.errors import ItemError
from kgpipe.types import Claim
from kgpipe.verify.queries import claim_queries, verbalise
from kgpipe.verify.verbalise import find_fault, verbalise_claim, verbaliser_name
from tests.verify.builders import make_claim

GOLD = make_claim("Peru", "exports", "gold")
MINERS = make_claim("artisanal miners", "exposedTo", "mercury vapour", id="c7", documents=("d",))


def changed(claim: Claim, **fields: Any) -> Claim:
    return claim.model_copy(update=fields)


DENIED = changed(GOLD, negated=True)
TONNES = make_claim("Peru", "exports", "5 t of gold", time="2019", place="the Andes")


def says(reply: str) -> FakeChatModel:
    return FakeChatModel(lambda request: reply)


def sentence(text: str) -> FakeChatModel:
    return says(json.dumps({"sentence": text}))


def test_a_claim_gets_a_sentence_and_keeps_all_else() -> None:
    said = "Artisanal miners are exposed to mercury vapour."
    chat = sentence(f" {said}\n")
    verbalised = verbalise_claim(MINERS, chat=chat)
    assert verbalised == changed(MINERS, sentence=said)
    assert (verbalise(verbalised), claim_queries(verbalised)[0]) == (said, said)
    [request] = chat.requests
    assert request.output_schema
    assert "predicate: exposed To\n" in request.messages[-1].content
    # The marker of a block is a hash of its text, which a text cannot know.
    assert request.messages[-1].content.count("<data-") == 1


def test_the_model_is_told_time_place_and_denial_and_no_more_of_a_name_than_a_query_needs() -> None:
    shown = []
    for claim in (changed(TONNES, negated=True), make_claim("x" * 10_000, "is", "y")):
        chat = sentence("")
        with pytest.raises(ItemError):
            verbalise_claim(claim, chat=chat)
        shown.append(chat.requests[0].messages[-1].content)
    assert "predicate: not exports\n" in shown[0]
    assert "place: the Andes\ntime: 2019\n" in shown[0]
    assert "predicate: is\n" in shown[1]
    assert "place" not in shown[1]
    assert len(shown[1]) < 1000


@pytest.mark.parametrize(
    ("claim", "said", "fault"),
    [
        (GOLD, "Peru exports gold.", ""),
        (GOLD, "Gold is exported by Peru.", ""),
        (GOLD, "Peru sells things.", "end_missing"),
        (make_claim("gold mines", "harm", "rivers near old towns"), "Gold mines harm rivers.",
         "end_missing"),
        (GOLD, "Peru exports 5 t of gold.", "number_changed"),
        (TONNES, "In 2019 Peru exported 5 t of gold from the Andes.", ""),
        (TONNES, "In 2019 Peru exported 5 tonnes of gold from the Andes.", ""),
        (TONNES, "In 2019 Peru exported 50 t of gold from the Andes.", "number_changed"),
        (TONNES, "In 2019 Peru exported more than 5 t of gold.", "number_changed"),
        (TONNES, "Peru exported 5 t of gold from the Andes.", "number_changed"),
        (GOLD, "Peru and Bolivia export gold.", "name_added"),
        (GOLD, "Bolivia, like Peru, exports gold.", "name_added"),
        (GOLD, "The country of Peru exports gold.", ""),
        (GOLD, "Peru exports gold as its largest foreign industry.", "words_added"),
        (GOLD, "Peru may export gold.", "hedge_added"),
        (GOLD, "Peru exports gold. It does.", "not_one_sentence"),
        (make_claim("St. Louis", "is in", "Missouri"), "St. Louis is in Missouri.", ""),
        (make_claim("Perú", "exporta", "oro"), "El Perú exporta oro.", ""),
        # A denied claim stays denied, and an affirmed one affirmed.
        (DENIED, "Peru does not export gold.", ""),
        (DENIED, "Peru doesn't export gold.", ""),
        (DENIED, "Peru exports gold.", "polarity_changed"),
        (DENIED, "Peru exports no gold without papers.", "polarity_changed"),
        (GOLD, "Peru does not export gold.", "polarity_changed"),
        (make_claim("Peru", "prohibits", "mercury"), "Peru allows mercury.", "polarity_changed"),
        (make_claim("Peru", "exports to", "Brazil"), "Brazil exports to Peru.", "ends_swapped"),
        (make_claim("Ghana", "produces", "gold"), "Gold is produced by Ghana.", ""),
        (make_claim("Ghana", "produces", "gold"), "Gold is produced in Ghana.", ""),
        (make_claim("Ghana", "produces", "gold"), "Is gold produced by Ghana?", "question"),
        (make_claim("Ghana", "produces", "gold"), "Ghana stopped producing gold.",
         "polarity_changed"),
        (make_claim("Ghana", "produces", "gold"), "Only Ghana produces gold.", "polarity_changed"),
        (make_claim("Ghana", "reduced", "exports"), "The exports of Ghana rose.", "ends_swapped"),
        (make_claim("Ghana", "reduced", "exports"), "Ghana raised exports.", "predicate_missing"),
        (make_claim("mineros", "no usan", "mercurio"), "Los mineros usan mercurio.",
         "polarity_changed"),
        (make_claim("mineros", "no usan", "mercurio"), "Los mineros no usan mercurio.", ""),
    ],
)  # fmt: skip
def test_a_sentence_must_say_the_claim_and_no_more(claim: Claim, said: str, fault: str) -> None:
    assert find_fault(said, claim) == fault
    if fault:
        with pytest.raises(ItemError, match=fault):
            verbalise_claim(claim, chat=sentence(said))


@pytest.mark.parametrize(
    "reply", ["", "Peru exports gold.", '{"sentence": 7}', '{"sentence": " "}']
)
def test_a_reply_that_cannot_be_read_is_a_fault(reply: str) -> None:
    with pytest.raises(ItemError, match="unparsable_reply"):
        verbalise_claim(GOLD, chat=says(reply))


def test_the_name_changes_with_the_model() -> None:
    assert verbaliser_name("a").startswith("verbalise:a:")
    assert verbaliser_name("a") != verbaliser_name("b")
