from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.crops import read_crops


def _write(path: Path, **more: NDArray[np.generic]) -> Path:
    s1 = np.full((3, 2, 8, 8), -12.5, dtype=np.float16)
    s2 = np.full((3, 12, 8, 8), 2500, dtype=np.int16)
    s2[1, :, 0, 0] = 0
    np.savez(path, **({"s1": s1, "s2": s2} | more))  # type: ignore[arg-type]
    return path


def test_values_have_units(tmp_path: Path) -> None:
    pixels, fractions = read_crops(_write(tmp_path / "a.npz"), rows=None, tiles=3)
    values = pixels.read(np.array([0, 1]))
    assert (values["S1"] == -12.5).all()
    assert values["S2"][0].max() == pytest.approx(0.25)
    assert np.isnan(values["S2"][1, :, 0, 0]).all()
    assert {sensor: array.dtype for sensor, array in values.items()} == {
        "S1": np.float32, "S2": np.float32,
    }  # fmt: skip
    assert list(fractions.columns) == []


def test_thirteen_bands_are_level_1c(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", s2=np.ones((3, 13, 8, 8), dtype=np.int16))
    pixels, _ = read_crops(path, rows=None, tiles=3)
    assert pixels.bands["S2"][9:11] == ("B09", "B10")
    assert pixels.bands["S1"] == ("VV", "VH")


def test_names_of_bands_are_believed(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.npz",
        s2=np.ones((3, 2, 8, 8), dtype=np.int16),
        s2_bands=np.array(["B08", "B04"]),
    )
    assert read_crops(path, rows=None, tiles=3)[0].bands["S2"] == ("B08", "B04")


def test_bands_without_names_are_not_guessed(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz", s2=np.ones((3, 10, 8, 8), dtype=np.int16))
    with pytest.raises(UsageError, match="s2_bands"):
        read_crops(path, rows=None, tiles=3)


def test_rows_choose_crops(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.npz",
        fractions=np.array([[0.1, 0.9], [0.5, 0.5], [1, 0]]),
        classes=np.array(["water", "forest"]),
    )
    pixels, fractions = read_crops(path, rows=np.array([2, 1]), tiles=2)
    assert fractions["water"].tolist() == [1, 0.5]
    assert np.isnan(pixels.read(np.array([1]))["S2"]).any()


def test_a_file_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.npz")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(KgpipeError, match="cut short"):
        read_crops(path, rows=None, tiles=3)


@pytest.mark.parametrize(
    ("rows", "tiles", "message"), [(None, 4, "4 rows"), (np.array([3]), 1, "names crop 3")]
)
def test_crops_must_fit_the_csv(
    tmp_path: Path, rows: NDArray[np.intp] | None, tiles: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_crops(_write(tmp_path / "a.npz"), rows=rows, tiles=tiles)


def test_a_file_without_sensors_says_what_it_has(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones(3))
    with pytest.raises(UsageError, match="its arrays: x"):
        read_crops(tmp_path / "a.npz", rows=None, tiles=3)
