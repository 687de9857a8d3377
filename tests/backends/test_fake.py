import numpy as np

from kgpipe.backends.fake import FakeEmbedder, FakeExtractor, FakeJudge, FakeSearch
from kgpipe.types import Chunk, Claim, Passage, Retrieved

TEXT = "Mercury is toxic. Galamsey uses excavators. Nothing else happened."


def passage(number: int, text: str) -> Passage:
    return Passage(id=f"p{number}", source="s", text=text)


def test_the_extractor_reads_its_sentences() -> None:
    chunk = Chunk(id="c", document_id="d", start=0, end=len(TEXT), text=TEXT, language="en")
    found = FakeExtractor().extract(chunk)
    assert [(c.subject, c.predicate, c.object) for c in found] == [
        ("Mercury", "is", "toxic"),
        ("Galamsey", "uses", "excavators"),
    ]
    assert [TEXT[c.start : c.end] for c in found] == [c.quote for c in found]


def test_like_spellings_lie_closer_than_unlike_ones() -> None:
    gold, golden, quicksilver = FakeEmbedder().embed(["gold mine", "gold mines", "quicksilver"])
    assert gold @ golden > 0.8 > gold @ quicksilver
    assert np.allclose(FakeEmbedder().embed(["gold mine"])[0], gold)


def test_search_ranks_by_shared_words() -> None:
    passages = [passage(1, "gold"), passage(2, "gold and mercury"), passage(3, "fish")]
    found = FakeSearch(passages).search("mercury in gold", limit=5)
    assert [p.id for p in found] == ["p2", "p1"]


def test_the_judge_supports_refutes_and_abstains() -> None:
    claim = Claim(
        id="c", subject_id="s", predicate="use", object_id="o", subject="miners", object="mercury",
        support=(), documents=(), keys=(),
    )  # fmt: skip
    passages = (
        passage(1, "Miners use mercury."),
        passage(2, "Miners do not use mercury."),
        passage(3, "Miners dig."),
    )
    votes = FakeJudge().judge(Retrieved(claim=claim, passages=passages))
    assert [vote.stance for vote in votes] == ["support", "refute"]
    assert votes[0].log_odds == -votes[1].log_odds > 0
