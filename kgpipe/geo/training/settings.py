"""What an encoder of tiles is made of and how it is trained: the section `[geo]` of kgpipe.toml.

Every default is a working one for some ten thousand small tiles on two processor cores.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from kgpipe.errors import UsageError
from kgpipe.types import Record

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]


class LossWeights(Record):
    """How much each loss counts; 0 switches it off.

    Attributes:
        reconstruction: of masked patches (CROMA, SatMAE).
        inter: sensors of one place against each other, and the joint embedding with each.
        intra: two augmented views of one picture (MoSAiC, a reconstruction).
        labels: multi-label supervised contrastive (MoSAiC, a reconstruction).
        location: tiles against locations, with the queue of past ones (GAIR).
        text: tiles against descriptions made of their labels and places.
        points: points inside of tiles against locations and descriptions (GAIR's NILI).
    """

    reconstruction: Weight = 0.2
    inter: Weight = 1.0
    intra: Weight = 1.0
    labels: Weight = 0.1
    location: Weight = 0.2
    text: Weight = 0.5
    points: Weight = 0.2


class Augmentation(Record):
    """How two views of a tile differ; strengths are shares of the scaled range 0 to 1.

    Attributes:
        crop_from: smallest share of a tile's area that a view shows.
        turn: whether views are flipped and turned by right angles.
        brightness: most that is added to all bands.
        contrast: most by which the distance from a band's mean grows or shrinks.
        gain: most by which one band grows or shrinks, so that an embedding does not tell by its
            colours which rendering a picture comes from.
        noise: standard deviation of what is added to each pixel.
        blur: share of the views that are blurred.
    """

    crop_from: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    turn: bool = True
    brightness: Share = 0.2
    contrast: Share = 0.4
    gain: Share = 0.25
    noise: Share = 0.02
    blur: Share = 0.2


class GeoSettings(Record):
    """Architecture, losses and course of a training.

    Attributes:
        encoder: `croma` (2D-ALiBi, any picture side) or `satmae` (band groups).
        groups: of band names, for `satmae`; () for SatMAE's own, or one group a sensor.
        stem: `conv` puts convolutions under the patches, which helps small sets; `patch` is
            the papers'.
        standardise: sensors whose tiles are each brought to mean 0 and standard deviation 1, band
            by band, before they are encoded. Renderings of RGB differ in light more than what they
            show; of S1 and S2 the absolute values tell what is there.
        faintest: standard deviation of a band, of the scaled range 0 to 1, that is not blown up
            when it is brought to 1; about a step of an 8-bit picture.
        descriptors: sensors whose tiles are embedded by descriptors by hand too (gradients and
            levels), which small sets cannot teach. These, levels and cells are of each sensor
            alone: the joint embedding of two has none of them.
        levels: sensors whose tiles are embedded by each band's mean and deviation too, which
            standardising takes away.
        cells: how many cells across a tile have a share of the embedding each, so that it tells
            where in the tile something lies; 0 for none, else 2 or more.
        cell_width: numbers in such a share; `width` holds all of them and more.
        sensors: which of a set's sensors to learn from; () for all.
        dim: numbers in a token.
        depth: blocks of a sensor's encoder; the radar's and the joint one have half of them.
        heads: of attention.
        patch: side of a patch in pixels.
        width: numbers in an embedding, the space that all share.
        joint: whether radar and optical tokens are joined by CROMA's cross encoder.
        projector: numbers in what contrastive losses within a sensor compare.
        decoder: numbers in a token of the decoder that reconstructs.
        mask: share of the patches that reconstruction hides.
        clip: pixels are scaled from mean - clip * std .. mean + clip * std to 0 .. 1.
        temperature: of the contrastive losses whose scale is not learned.
        label_similarity: how alike two label sets are.
        queue: past locations that serve as negatives (GAIR: 4096).
        location_features: frequencies in each of the location encoder's scales (GAIR: 256).
        location_hidden: width of its hidden layers (GAIR: 1024).
        augment: how views differ.
        weights: of the losses.
        steps: how many batches to learn from, rounded up to whole epochs, where `epochs` is 0.
        epochs: how often to see every tile; 0 for as often as `steps` takes.
        batch: tiles in a step.
        rate: learning rate at its highest.
        decay: AdamW's weight decay.
        warmup: share of the steps during which the rate rises.
        seed: of all chance.
        threads: of the processor; 0 for all cores.
        cache_mb: sets whose pixels are smaller than this are kept in memory.
    """

    encoder: Literal["croma", "satmae"] = "croma"
    groups: tuple[tuple[str, ...], ...] = ()
    stem: Literal["conv", "patch"] = "conv"
    standardise: tuple[str, ...] = ("RGB",)
    faintest: Annotated[float, Field(gt=0.0)] = 0.005
    descriptors: tuple[str, ...] = ("RGB",)
    levels: tuple[str, ...] = ()
    cells: Annotated[int, Field(ge=0)] = 0
    cell_width: Count = 8
    sensors: tuple[str, ...] = ()
    dim: Count = 96
    depth: Annotated[int, Field(ge=2)] = 2
    heads: Count = 4
    patch: Count = 8
    width: Count = 256
    joint: bool = True
    projector: Count = 128
    decoder: Count = 64
    mask: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.75
    clip: Annotated[float, Field(gt=0.0)] = 2.0
    temperature: Annotated[float, Field(gt=0.0)] = 0.2
    label_similarity: Literal["jaccard", "any", "per_label"] = "jaccard"
    queue: Count = 1024
    location_features: Count = 128
    location_hidden: Count = 256
    augment: Augmentation = Augmentation()
    weights: LossWeights = LossWeights()
    steps: Count = 600
    epochs: Annotated[int, Field(ge=0)] = 0
    batch: Annotated[int, Field(ge=2)] = 128
    rate: Annotated[float, Field(gt=0.0)] = 1e-3
    decay: Weight = 0.05
    warmup: Share = 0.1
    seed: int = 0
    threads: Annotated[int, Field(ge=0)] = 0
    cache_mb: Annotated[int, Field(ge=0)] = 2048


# Fields that change no weight: a training may go on under others.
OPERATIONAL = {"cache_mb"}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    # For a demonstration and the fast tests: under a minute on two cores.
    "demo": {"dim": 64, "depth": 2, "width": 64, "projector": 64, "steps": 200, "batch": 64},
    # The base size of CROMA (arXiv 2311.00566); wants a GPU.
    "croma-base": {
        "stem": "patch", "dim": 768, "depth": 12, "heads": 16, "width": 512, "decoder": 512,
        "batch": 512, "steps": 30_000, "rate": 1e-4,
    },
    # SatMAE's encoder by band groups, at a size for a processor.
    "satmae": {"encoder": "satmae", "stem": "patch"},
}  # fmt: skip


def choose_settings(
    *, preset: str = "default", config: Path | None = None, changes: Sequence[str] = ()
) -> GeoSettings:
    """The preset, with the section `[geo]` of a file over it, and single changes over both.

    Args:
        preset: one of `PRESETS`.
        config: a TOML file; its other sections are not looked at.
        changes: "key=value", a field of a section within as "weights.text=0"; values as in TOML, a
            string with or without quotes.

    Raises:
        UsageError: an unknown preset or key, an unreadable file, a value out of range.
    """
    if preset not in PRESETS:
        raise UsageError(f"Unknown preset {preset!r}: use one of {', '.join(PRESETS)}.")
    tree: dict[str, Any] = dict(PRESETS[preset])
    if config is not None:
        tree = _merge(tree, _read_section(config))
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise UsageError(f"{change!r} is no change of a setting: write key=value.")
        within: dict[str, Any] = {}
        *sections, name = key.strip().split(".")
        leaf = within
        for section in sections:
            leaf = leaf.setdefault(section, {})
        leaf[name] = _parse(value.strip())
        tree = _merge(tree, within)
    try:
        settings = GeoSettings.model_validate(tree)
    except ValidationError as error:
        faults = "; ".join(
            f"`{'.'.join(map(str, fault['loc']))}`: {fault['msg']} (got {fault['input']!r})"
            for fault in error.errors()
        )
        raise UsageError(
            f"Settings of geo: {faults}. Known: {', '.join(GeoSettings.model_fields)}."
        ) from error
    if settings.dim % settings.heads:
        raise UsageError(f"dim = {settings.dim} is no multiple of heads = {settings.heads}.")
    if settings.cells == 1:
        raise UsageError("cells = 1 tells nothing of where things lie: 0 for none, else 2 or more.")
    if settings.width <= (placed := settings.cell_width * settings.cells**2):
        raise UsageError(
            f"width = {settings.width} leaves no room beside the cells, which take {placed} of it."
        )
    return settings


def _read_section(path: Path) -> dict[str, Any]:
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8")).get("geo", {})
    except OSError as error:
        raise UsageError(f"Cannot read settings file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    if not isinstance(section, dict):
        raise UsageError(f"{path}: `geo` must be a section, [geo].")
    return section


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _parse(value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value
