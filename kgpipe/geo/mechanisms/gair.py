"""GAIR's objective: tile, ground view and location of one place, drawn together.

GAIR, arXiv 2503.16683. The slot of the street view takes any ground modality: a photo, or the text
of an entity that lies there.
"""

from torch import Tensor

from kgpipe.geo.mechanisms.contrastive import info_nce, info_nce_with_queue

# Fixed in the paper.
TEMPERATURE = 0.07


def gair_loss(
    tile: Tensor,
    ground: Tensor,
    location: Tensor,
    past_locations: Tensor,
    *,
    temperature: float = TEMPERATURE,
) -> Tensor:
    """Half the sum of four cross entropies, as the paper adds them up, without the teachers.

    Tile and ground view find each other (2 x `info_nce`, which is a mean of two); each of them
    finds its location among past ones. The paper adds 0.2 times `cosine_distillation` of the ground
    and the tile encoder from frozen teachers, where there are teachers.

    Args:
        tile: [B, D] from `LocalInterpolation` at the ground view's place.
        ground: [B, D].
        location: [B, D] from `LocationEncoder`.
        past_locations: [K, D] from the same encoder, of what `LocationQueue` returned.
        temperature: divides the cosines.
    """
    paired = 2 * info_nce(ground, tile, temperature=temperature)
    placed = info_nce_with_queue(ground, location, past_locations, temperature=temperature)
    placed = placed + info_nce_with_queue(tile, location, past_locations, temperature=temperature)
    return (paired + placed) / 2
