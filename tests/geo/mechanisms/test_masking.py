"""Masks remove the share that was asked for, and tokens find back to their places."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from torch import Generator  # noqa: E402

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.masking import fill_removed, random_masking, take_tokens  # noqa: E402


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("tokens", "ratio", "kept"),
    [(225, 0.75, 56), (100, 0.9, 10), (10, 0.7, 3), (16, 0.0, 16), (3, 0.9, 1)],
)
def test_keeps_the_share_rounded_down(tokens: int, ratio: float, kept: int) -> None:
    keep, mask, restore = random_masking(4, tokens, ratio=ratio, generator=seeded(1))
    assert keep.shape == (4, kept)
    assert mask.shape == restore.shape == (4, tokens)
    assert mask.sum(dim=1).tolist() == [tokens - kept] * 4


def test_the_mask_is_true_where_a_token_is_not_kept() -> None:
    keep, mask, _ = random_masking(3, 20, ratio=0.6, generator=seeded(2))
    for row in range(3):
        assert sorted(keep[row].tolist()) == (~mask[row]).nonzero().flatten().tolist()


def test_items_of_a_batch_have_masks_of_their_own() -> None:
    mask = random_masking(8, 64, ratio=0.75, generator=seeded(3)).mask
    assert len({tuple(row) for row in mask.tolist()}) == 8


def test_each_token_is_removed_as_often_as_any_other() -> None:
    mask = random_masking(4000, 16, ratio=0.75, generator=seeded(4)).mask
    # Four standard deviations of a share of 0.75 among 4,000.
    assert (mask.float().mean(dim=0) - 0.75).abs().max() < 0.028


def test_a_seed_gives_one_mask() -> None:
    first, again, other = (
        random_masking(2, 50, ratio=0.5, generator=seeded(seed)).keep for seed in (7, 7, 8)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_seed_gives_one_mask_on_any_device() -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    here = random_masking(2, 50, ratio=0.5, generator=seeded(7))
    there = random_masking(2, 50, ratio=0.5, generator=seeded(7), device="cuda")
    assert there.keep.device.type == "cuda"
    assert all(torch.equal(a, b.cpu()) for a, b in zip(here, there, strict=True))


def test_independent_masks_cover_different_cells_of_each_frame() -> None:
    mask = random_masking(16, 36, ratio=0.75, generator=seeded(5), sets=3).mask
    frames = mask.reshape(16, 3, 36)
    assert not (frames[:, 0] == frames[:, 1]).all(dim=1).any()
    assert not (frames[:, 1] == frames[:, 2]).all(dim=1).any()
    # The share holds for all frames together, not for each.
    assert (mask.sum(dim=1) == 81).all()
    assert len(set(frames.sum(dim=2).flatten().tolist())) > 1


def test_consistent_masks_cover_the_same_cells_of_each_frame() -> None:
    masking = random_masking(16, 36, ratio=0.75, generator=seeded(5), sets=3, consistent=True)
    frames = masking.mask.reshape(16, 3, 36)
    assert torch.equal(frames[:, 0], frames[:, 1])
    assert torch.equal(frames[:, 0], frames[:, 2])
    assert (frames.sum(dim=2) == 27).all()
    # The kept cells come in one order in each frame.
    order = masking.keep.reshape(16, 3, 9) % 36
    assert torch.equal(order[:, 0], order[:, 2])


@pytest.mark.parametrize("consistent", [False, True])
def test_tokens_find_back_to_their_places(consistent: bool) -> None:
    keep, mask, restore = random_masking(
        4, 9, ratio=0.5, generator=seeded(6), sets=2, consistent=consistent
    )
    tokens = torch.rand(4, 18, 5)
    filler = torch.full((5,), -1.0)
    filled = fill_removed(take_tokens(tokens, keep), filler, restore=restore)
    assert torch.equal(filled[~mask], tokens[~mask])
    assert (filled[mask] == -1).all()


@pytest.mark.parametrize("ratio", [1.0, -0.1, 75.0])
def test_refuses_a_share_that_is_none(ratio: float) -> None:
    with pytest.raises(UsageError, match="from 0 to below 1"):
        random_masking(2, 9, ratio=ratio)
