from kgpipe.cli.geo_options import Radar, read_cutting
from kgpipe.geo.data.cutting import Cutting


def test_without_options_every_source_has_its_own_defaults() -> None:
    assert read_cutting() is None


def test_options_become_settings() -> None:
    assert read_cutting(side=0) == Cutting(side=None)
    assert read_cutting(side=48) == Cutting(side=48)
    assert read_cutting(
        side=64, resolution=20, bands=["VV,VH"], radar=Radar.db, scale=255, offset=-1000
    ) == Cutting(
        side=64, resolution=20, bands=(("VV", "VH"),), radar="db", scale=255, offset=-1000
    )  # fmt: skip
