from kgpipe.evaluate.cases import Origin, cluster_of, codes_of, make_cases, rate_cases
from kgpipe.evaluate.gold import GoldLabel, VerdictRow


def test_a_label_says_more_of_a_claim_than_the_graph() -> None:
    label = GoldLabel(id="a", label="refuted", votes={}, predicate="use", group="g", negated=True)
    origin = Origin(wording="we · used · it", predicate="used", document="d.pdf", source_kind="PDF")
    verdict = VerdictRow(id="a", label="supported", probability=0.9)
    [case] = make_cases({"a": verdict}, [label], {"a": origin})
    assert (case.predicate, case.document, case.source_kind) == ("use", "d.pdf", "PDF")
    assert (case.claim, case.wording) == ("not: use", "we · used · it")


def test_only_settled_labels_with_a_verdict_become_cases() -> None:
    labels = [
        GoldLabel(id="a", label=None, votes={}),
        GoldLabel(id="b", label="supported", votes={}),
        GoldLabel(id="c", label="unclear", votes={}),
    ]
    verdicts = {one: VerdictRow(id=one, label="supported", probability=0.5) for one in "ac"}
    cases = make_cases(verdicts, labels)
    assert [case.id for case in cases] == ["c"]
    assert cluster_of(cases[0]) == "id:c"
    gold, predicted = codes_of(cases)
    assert (gold.tolist(), predicted.tolist()) == ([2], [0])
    # People who do not know say nothing of a probability.
    assert rate_cases(cases).places.tolist() == []
