import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.geo_hand import hand_features, standardise_tiles


def _tiles() -> NDArray[np.float32]:
    return np.random.default_rng(0).random((4, 3, 48, 48)).astype(np.float32)


def test_parts_are_there_at_48_pixels() -> None:
    found = hand_features(_tiles())
    # 3 * 16 levels, 64 colours, 8 * 8 * 3 means, 5 * 5 blocks of 4 * 9 directions.
    assert found.shape == (4, 48 + 64 + 192 + 900)
    assert np.isfinite(found).all()
    # Roots of shares.
    assert np.allclose((found[:, :48] ** 2).sum(axis=1), 1)


def test_colours_tell_what_gradients_do_not() -> None:
    tiles = np.zeros((2, 3, 48, 48), dtype=np.float32)
    tiles[0, 0], tiles[1, 2] = 0.8, 0.8
    red, blue = hand_features(tiles)
    assert not np.allclose(red[:112], blue[:112])
    assert np.allclose(red[-900:], blue[-900:])


def test_gradients_tell_the_direction_of_an_edge() -> None:
    across = np.zeros((1, 3, 48, 48), dtype=np.float32)
    across[..., 24:, :] = 1
    down = across.transpose(0, 1, 3, 2)
    one, other = hand_features(across)[0, -900:], hand_features(down.copy())[0, -900:]
    assert one.reshape(-1, 9).sum(axis=0).argmax() != other.reshape(-1, 9).sum(axis=0).argmax()
    # Fainter, the edge is still an edge.
    assert np.allclose(hand_features(across * 0.5)[0, -900:], one, atol=0.02)


def test_standardised_tiles_do_not_know_their_rendering() -> None:
    tiles = _tiles() * 0.5 + 0.2
    gain = np.array([1.3, 0.9, 1.1], dtype=np.float32)[:, None, None]
    rendered = tiles * gain - 0.1
    # Next to the deviation of a tile, .02 is little.
    assert np.allclose(standardise_tiles(rendered), standardise_tiles(tiles), atol=0.03)
    flat = standardise_tiles(np.full((1, 3, 8, 8), 0.4, dtype=np.float32))
    assert np.allclose(flat, 0.5)


def test_what_was_not_seen_is_black() -> None:
    tiles = _tiles()
    tiles[0, :, :8, :8] = np.nan
    assert np.isfinite(hand_features(tiles)).all()
