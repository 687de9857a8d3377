from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")

from kgpipe.errors import KgpipeError  # noqa: E402
from kgpipe.geo.training import export as exporting  # noqa: E402
from kgpipe.geo.training.aligner import Aligner  # noqa: E402
from kgpipe.geo.training.export import TOLERANCE, export  # noqa: E402
from kgpipe.geo.training.settings import choose_settings  # noqa: E402
from kgpipe.ids import content_digest  # noqa: E402

PICTURE = {"RGB": ("R", "G", "B")}


def make(*changes: str) -> Aligner:
    torch.manual_seed(0)
    small = ["dim=16", "heads=2", "width=8", "location_hidden=16", "location_features=8"]
    settings = choose_settings(preset="demo", changes=[*small, *changes])
    return Aligner(settings, bands=PICTURE, side=16, sentence=5)


# All parts of a model with radar and optical tiles are exported in test_encoder.
@pytest.mark.parametrize("changes", [[], ["stem=patch"], ["encoder=satmae"]])
def test_tiles_of_any_number_and_size_are_embedded_as_by_torch(
    changes: list[str], tmp_path: Path
) -> None:
    aligner = make(*changes)
    digests = export(aligner, tmp_path, side=16, losses=["intra"], sentence=5)
    # Heads that no loss trained are not written.
    assert list(digests) == ["tiles_RGB.onnx"]
    file = tmp_path / "tiles_RGB.onnx"
    assert digests["tiles_RGB.onnx"] == content_digest(file.read_bytes())
    assert list(tmp_path.iterdir()) == [file]
    # A size and a batch that the export itself did not try.
    pixels = torch.rand(5, 3, 48, 24)
    session = onnxruntime.InferenceSession(str(file))
    embedding, grid = session.run(["embedding", "grid"], {"pixels": pixels.numpy()})
    tower = aligner.tower("RGB")
    with torch.no_grad():
        tokens = tower(pixels)
        wanted = torch.nn.functional.normalize(tower.embed(tokens, pixels), dim=-1)
        cells = tower.cells(tokens, pixels)
    assert np.abs(embedding - wanted.numpy()).max() < TOLERANCE
    assert np.abs(grid - cells.numpy()).max() < TOLERANCE


def test_a_file_that_computes_something_else_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = exporting._write

    def write_then_change(part: exporting._Part, path: Path) -> None:
        write(part, path)
        with torch.no_grad():
            for weights in part.module.parameters():
                weights.add_(0.1)

    monkeypatch.setattr(exporting, "_write", write_then_change)
    with pytest.raises(KgpipeError, match=r"tiles_RGB\.onnx computes another embedding"):
        export(make(), tmp_path, side=16, losses=[], sentence=0)
    assert not (tmp_path / "tiles_RGB.onnx").exists()
