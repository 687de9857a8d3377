import json
import math
from pathlib import Path

import pytest

from kgpipe.backends.embed import MINILM_NAME
from kgpipe.errors import KgpipeError
from kgpipe.verify.sentence_model import (
    Chances,
    Features,
    SentenceModel,
    judge_features,
    read_features,
    read_model,
    sentence_digest,
    shipped_model,
    write_model,
)
from kgpipe.verify.windows import read_sentences

MODEL = SentenceModel("made", (2.0, 0.5, -1.0), (1.0, -2.0, 0.5, -0.5, 0.0), {"pairs": 3})


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("It was found in 83% of them.", 1.0),
        ("Three patients died.", 1.0),
        ("SARS-CoV-2 is the cause of COVID-19.", 0.0),
        ("It began in 2019.", 0.0),
    ],
)
def test_a_figure_is_no_date_and_no_part_of_a_name(text: str, figure: float) -> None:
    (window,) = read_sentences(text, "en")
    assert read_features("Anything.", window, 0.25).speaks == (0.25, figure)


def test_agreement_is_read_off_the_shared_words() -> None:
    (window,) = read_sentences("Masks do not prevent infection.", "en")
    agreeing, contrary, value, negation = read_features("Masks stop infection.", window, 1.0).holds
    assert (agreeing, value, negation) == (0.0, -1.0, 1.0)
    assert contrary == pytest.approx(2 / 3)


def test_both_probabilities_are_logistic() -> None:
    chances = judge_features(Features((0.5, 1.0), (0.5, 0.25, 1.0, 0.0)), MODEL)
    assert chances.speaks == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert chances.holds == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_silence_speaks_for_neither_side() -> None:
    assert Chances(0.0, 1.0).log_odds == 0
    assert Chances(0.9, 0.5).log_odds == pytest.approx(0)
    assert 0 < Chances(0.5, 0.8).log_odds < Chances(0.9, 0.8).log_odds < math.log(4)
    assert Chances(0.7, 0.2).log_odds == pytest.approx(-Chances(0.7, 0.8).log_odds)


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    write_model(MODEL, tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == MODEL


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    with pytest.raises(KgpipeError, match="Cannot read"):
        read_model(path)
    path.write_text("[]")
    with pytest.raises(KgpipeError, match="no sentence model"):
        read_model(path)
    write_model(MODEL, path)
    tree = json.loads(path.read_text())
    tree["holds"] = dict(reversed(tree["holds"].items()))
    path.write_text(json.dumps(tree))
    with pytest.raises(KgpipeError, match="other features"):
        read_model(path)


def test_the_shipped_weights_are_those_of_the_embedded_model_and_point_the_expected_way() -> None:
    model = shipped_model()
    assert model.embedder == MINILM_NAME
    assert model.speaks[0] > 0
    agreeing, contrary, value, negation, _ = model.holds
    assert contrary < 0 < agreeing
    assert negation < 0 < value


def test_the_digest_changes_with_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sentence_digest()
    (tmp_path / "data" / "verify").mkdir(parents=True)
    write_model(MODEL, tmp_path / "data" / "verify" / "sentence.json")
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    assert sentence_digest() != before
