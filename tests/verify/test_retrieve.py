from collections.abc import Sequence

from kgpipe.backends.search_local import LocalSearch
from kgpipe.settings import VerifySettings
from kgpipe.types import Claim, Passage, Retrieved
from kgpipe.verify.retrieve import retrieve_passages
from tests.verify.builders import make_claim, make_passages

CLAIM = make_claim("mercury", "contaminates", "rivers")
A = "In Peru, mercury contaminates rivers near the mines, a study of 2019 found in all samples."
B = "Rivers of the region carry mercury; it contaminates fish and sediment along the banks."
C = "Tests showed that several rivers hold mercury above the limit for drinking water."


def find(claim: Claim, passages: Sequence[Passage], *, given: Sequence[Passage] = (),
         limit: int = 10) -> Retrieved:  # fmt: skip
    return retrieve_passages(
        Retrieved(claim=claim, passages=tuple(given)),
        settings=VerifySettings(passages=limit),
        search=LocalSearch(passages),
    )


def sources(retrieved: Retrieved) -> list[str]:
    return [passage.source for passage in retrieved.passages]


def owned(text: str, document: str) -> Passage:
    return make_passages(text, prefix=document, document_id=document)[0]


def stated_by(*documents: str) -> Claim:
    return CLAIM.model_copy(update={"documents": documents})


def test_the_only_document_of_a_claim_is_dropped_with_its_copies() -> None:
    passages = [owned(A, "d1"), owned(f"Reprint: {A}", "d2"), owned(B, "d3")]
    assert sources(find(stated_by("d1"), passages)) == ["d30"]


def test_documents_that_state_a_claim_are_witnesses_for_each_other() -> None:
    passages = [owned(A, "d1"), owned(B, "d2")]
    assert sorted(sources(find(stated_by("d1", "d2"), passages))) == ["d10", "d20"]


def test_two_copies_of_one_text_are_no_witnesses_for_each_other() -> None:
    passages = [owned(A, "d1"), owned(f"{A} Reprint.", "d2"), owned(C, "d3")]
    assert sources(find(stated_by("d1", "d2"), passages)) == ["d30"]


def test_passages_for_another_claim_are_dropped() -> None:
    passages = make_passages(A, claim_id="c2") + make_passages(B, claim_id="c1", prefix="mine")
    assert sources(find(CLAIM, passages)) == ["mine0"]


def test_given_pages_come_first_and_only_where_they_touch_the_claim() -> None:
    given = make_passages(C, "Nothing of that kind.", claim_id="c1", prefix="given")
    assert sources(find(CLAIM, make_passages(A), given=given)) == ["given0", "page0"]


def test_own_passages_that_fill_all_places_do_not_hide_the_others() -> None:
    own = [
        owned(f"Mercury contaminates rivers at site {n}, {n * 7} km from camp {n * 13}.", f"d{n}")
        for n in range(60)
    ]
    own = [p.model_copy(update={"source": "own", "document_id": "own"}) for p in own]
    found = find(stated_by("own"), [*own, *make_passages(C)], limit=1)
    assert sources(found) == ["page0"]


def test_the_order_of_the_index_does_not_matter_and_the_limit_holds() -> None:
    passages = make_passages(A, B, C)
    assert find(CLAIM, passages) == find(CLAIM, passages[::-1])
    assert len(find(CLAIM, passages, limit=2).passages) == 2


def test_aliases_find_texts_that_never_use_the_claims_own_words() -> None:
    claim = make_claim("galamsey", "pollutes", "Pra")
    found = retrieve_passages(
        Retrieved(claim=claim, aliases={"s": ("galamsey", "ASGM")}),
        settings=VerifySettings(),
        search=LocalSearch(make_passages("ASGM spoils water.")),
    )
    assert sources(found) == ["page0"]
