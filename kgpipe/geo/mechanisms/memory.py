"""Where the tiles of past batches lay: more negatives than a batch has room for.

GAIR, arXiv 2503.16683, section on the spatially explicit loss: the queue holds coordinates, not
embeddings, so that all are encoded by the encoder as it is now and none is stale (MoCo, arXiv
1911.05722, keeps embeddings and needs a second, slow encoder for that).
"""

import torch
from torch import Tensor, nn


class LocationQueue(nn.Module):
    """First in, first out; it has no weights, and its content is saved with the checkpoint.

    Args:
        size: locations it holds (GAIR: 4096).
    """

    locations: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        # NaN marks a place not yet filled; the oldest location stands first.
        self.register_buffer("locations", torch.full((size, 2), torch.nan))

    def exchange(self, lonlat: Tensor) -> Tensor:
        """Return the locations of past batches, then put this batch's in.

        One call does both, so that what it returns never holds the batch at hand. A place of this
        batch that an earlier epoch put in is left out too: it is no negative of itself.

        Args:
            lonlat: [B, 2] degrees; rows with NaN (tiles that nobody located) are not put in.

        Returns:
            [K, 2], K <= size, oldest first.
        """
        batch = lonlat.detach().to(self.locations)
        past = self.locations[~self.locations.isnan().any(dim=1)]  # [n, 2]
        same = (past[:, None, :] == batch[None, :, :]).all(dim=2).any(dim=1)  # [n]
        located = batch[~batch.isnan().any(dim=1)]
        size = len(self.locations)
        self.locations = torch.cat([self.locations, located])[-size:]
        return past[~same]
