from pathlib import Path

from kgpipe.evaluate.notes import write_notes
from kgpipe.evaluate.report import evaluate_graph
from kgpipe.evaluate.sample import estimate_whole
from tests.evaluate.builders import make_graph, write_gold
from tests.evaluate.test_sample import facts


def test_a_small_sample_is_called_a_demonstration_first(tmp_path: Path) -> None:
    scores = evaluate_graph(make_graph(), write_gold(tmp_path)).verification
    notes = write_notes(documents=2, verification=scores, whole=None)
    assert notes[0].startswith("Small sample (2 documents, 2 judged claims)")
    assert any("bootstrap of 1,000 resamples" in note for note in notes)


def test_without_gold_nothing_is_claimed() -> None:
    [note] = write_notes(documents=None, verification=(), whole=None)
    assert note.startswith("No gold was given")


def test_how_the_whole_was_estimated_is_said() -> None:
    for fitted, words in ((False, "prediction-powered"), (True, "from the labels alone")):
        whole = estimate_whole(facts(300, labelled=60, fitted=fitted))
        assert words in write_notes(documents=None, verification=(), whole=whole)[-1]
