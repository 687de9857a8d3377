import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch.nn import functional

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms import location_geoclip
from kgpipe.geo.mechanisms.location_geoclip import load_geoclip

needs_weights = pytest.mark.skipif(
    find_spec("geoclip") is None, reason="pip install --no-deps geoclip==1.3.0 brings the weights"
)
# Longitude first.
MANAUS, BOA_VISTA, BERLIN, SYDNEY = (-60.0, -3.1), (-60.7, 2.8), (13.4, 52.5), (151.2, -33.9)


@needs_weights
def test_near_places_are_nearer() -> None:
    with torch.no_grad():
        found = functional.normalize(load_geoclip()(torch.tensor([MANAUS, BOA_VISTA, BERLIN])))
    assert found.shape == (3, 512)
    cosines = found @ found.T
    assert cosines[0, 1] > cosines[0, 2] + 0.1


@needs_weights
def test_agrees_with_the_package_but_for_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = find_spec("geoclip")
    assert spec is not None and spec.submodule_search_locations
    # Its own encoder without its __init__, which needs a CLIP backbone.
    shell = ModuleType("geoclip_parts")
    shell.__path__ = [str(Path(spec.submodule_search_locations[0], "model"))]
    for name in ("", ".misc", ".rff", ".rff.layers", ".rff.functional", ".location_encoder"):
        monkeypatch.setitem(sys.modules, f"geoclip_parts{name}", shell)
        if name:
            monkeypatch.delitem(sys.modules, f"geoclip_parts{name}")
    theirs = import_module("geoclip_parts.location_encoder").LocationEncoder().eval()
    places = torch.tensor([MANAUS, BERLIN, SYDNEY])
    with torch.no_grad():
        # Angles reach thousands in float32, and the finest scale shows it.
        torch.testing.assert_close(
            load_geoclip()(places), theirs(places.flip(1)), atol=5e-3, rtol=1e-2
        )


def test_without_the_package_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location_geoclip, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install --no-deps geoclip"):
        load_geoclip()


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "model" / "weights" / "location_encoder_weights.pth"
    file.parent.mkdir(parents=True)
    torch.save({"LocEnc0.head.0.bias": torch.zeros(7)}, file)
    package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(location_geoclip, "find_spec", lambda name: package)
    with pytest.raises(UsageError, match=r"other weights than those of geoclip 1\.3\.0"):
        load_geoclip()
