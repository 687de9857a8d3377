import numpy as np

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.verify.relation import (
    RELATION_SIGNALS,
    WindowVectors,
    embed_predicates,
    learn_space,
    relation_signals,
)

EMBEDDER = MiniLmEmbedder()
PREDICATES = ("birthPlace", "author", "spouse")
SAID = {
    "birthPlace": ("someone was born in something.", "A native of something, someone sings."),
    "author": ("someone wrote the novel something.", "something is a book by someone."),
    "spouse": ("someone married something in May.", "someone and his wife something."),
}


def windows(*texts: str) -> WindowVectors:
    vectors = np.asarray(EMBEDDER.embed(texts), dtype=np.float64)
    return WindowVectors(vectors, np.ones(len(texts)), np.arange(len(texts)))


def learned() -> tuple[list[WindowVectors], list[int]]:
    return [windows(*SAID[name]) for name in PREDICATES], [0, 1, 2]


def test_windows_tell_their_own_relation_from_others() -> None:
    claims, owners = learned()
    space = learn_space(claims, owners, PREDICATES, embed_predicates(PREDICATES, EMBEDDER))
    told = RELATION_SIGNALS.index("told")
    lead = RELATION_SIGNALS.index("said_lead")
    for place, claim in enumerate(claims):
        signals = [relation_signals(claim, number, space) for number in range(3)]
        assert max(range(3), key=lambda number: signals[number][told]) == place
        assert signals[place][lead] > 0


def test_no_windows_say_nothing() -> None:
    claims, owners = learned()
    space = learn_space(claims, owners, PREDICATES, embed_predicates(PREDICATES, EMBEDDER))
    nothing = WindowVectors(np.zeros((0, 384)), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert not relation_signals(nothing, 0, space).any()


def test_the_order_of_claims_does_not_matter() -> None:
    claims, owners = learned()
    words = embed_predicates(PREDICATES, EMBEDDER)
    forth = learn_space(claims, owners, PREDICATES, words)
    back = learn_space(claims[::-1], owners[::-1], PREDICATES, words)
    assert np.allclose(forth.matrix, back.matrix, atol=1e-9)


def test_a_space_can_be_learned_from_nothing() -> None:
    words = embed_predicates(PREDICATES, EMBEDDER)
    space = learn_space([], [], PREDICATES, words)
    assert np.isfinite(relation_signals(windows("someone met something"), 0, space)).all()
