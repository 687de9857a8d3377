import io
from pathlib import Path

import pytest
from PIL import Image

from kgpipe.backends.page_picture import draw_page
from kgpipe.errors import ItemError


def test_a_page_is_drawn_at_two_pixels_a_point(sample: Path) -> None:
    path = sample / "pdf" / "01-mercury-brief.pdf"
    picture = Image.open(io.BytesIO(draw_page(path, 1)))
    assert picture.format == "PNG" and picture.mode == "RGB"
    assert picture.height > picture.width > 1000
    assert len(picture.getcolors(maxcolors=2**24) or []) > 2, "there is something on it"


def test_faults_are_named(sample: Path, tmp_path: Path) -> None:
    path = sample / "pdf" / "01-mercury-brief.pdf"
    for number in (0, 99):
        with pytest.raises(ItemError, match="no_page"):
            draw_page(path, number)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ItemError, match="corrupt"):
        draw_page(broken, 1)
