from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.errors import KgpipeError  # noqa: E402
from kgpipe.geo.training.checkpoints import (  # noqa: E402
    FILE_NAME,
    Checkpoint,
    read_checkpoint,
    take_weights,
    write_checkpoint,
)


def checkpoint_of(module: Any) -> Checkpoint:
    return Checkpoint("digest", 3, module.state_dict(), {"state": {}}, [{"epoch": 1}])


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    module = torch.nn.Linear(2, 3)
    write_checkpoint(tmp_path, checkpoint_of(module))
    found = read_checkpoint(tmp_path)
    assert found is not None
    assert (found.digest, found.epoch, found.log) == ("digest", 3, [{"epoch": 1}])
    assert torch.equal(found.learner["weight"], module.weight)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"something else"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(KgpipeError, match=FILE_NAME):
        read_checkpoint(tmp_path)


def test_weights_are_taken_where_they_fit(tmp_path: Path) -> None:
    old = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 4))
    write_checkpoint(tmp_path, checkpoint_of(old))
    new = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 5))
    assert take_weights(new, tmp_path) == (2, 4)
    assert torch.equal(new[0].weight, old[0].weight)


def test_a_model_that_shares_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="to start from"):
        take_weights(torch.nn.Linear(1, 1), tmp_path)
    write_checkpoint(tmp_path, checkpoint_of(torch.nn.Linear(2, 3)))
    with pytest.raises(KgpipeError, match="another architecture"):
        take_weights(torch.nn.Linear(7, 7), tmp_path)
