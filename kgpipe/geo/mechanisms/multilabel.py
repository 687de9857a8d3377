"""Supervised contrastive loss for tiles that have several labels each.

Part of MoSAiC, arXiv 2507.08683, as a reconstruction: only its abstract was readable, so the
equation is the one that pytorch-metric-learning documents for its MultiSupConLoss, with the rule of
who is similar left open. SupCon: Khosla et al., arXiv 2004.11362, equation 2.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.contrastive import unit
from kgpipe.geo.mechanisms.precision import in_float32

# [N, L] labels of 0 and 1 -> [N, N] similarities >= 0.
Similarity = Callable[[Tensor], Tensor]
Weighting = Literal["jaccard", "any", "per_label"] | Similarity

# A finite stand-in for minus infinity, so that a single row has no 0 * inf in its gradient.
_NEVER = -1e9


def jaccard(labels: Tensor) -> Tensor:
    """|y_i and y_p| / |y_i or y_p|; 0 where both have no label. [N, L] -> [N, N]."""
    shared = labels @ labels.T
    counts = labels.sum(dim=1)
    return shared / (counts[:, None] + counts[None, :] - shared).clamp(min=1)


def overlap(labels: Tensor) -> Tensor:
    """1 where any label is shared, else 0. [N, L] -> [N, N]."""
    return (labels @ labels.T > 0).float()


@in_float32
def multilabel_supcon(
    z: Tensor,
    labels: Tensor,
    *,
    weighting: Weighting = "jaccard",
    temperature: float = 0.1,
    threshold: float = 0.5,
) -> Tensor:
    """Mean over the anchors of -sum_p w_ip log softmax_{a != i}(z_i z_a / T)_p.

    With s_ip the similarity of the labels and N(i) = {p != i: s_ip >= threshold, s_ip > 0}, the
    weight is w_ip = s_ip / |N(i)| within N(i) and 0 beyond. "per_label" (MulSupCon, AAAI 2024) is
    another rule: SupCon for each label of the anchor, averaged over the labels that another row has
    too. With one label a row all of them equal SupCon. An anchor without a positive is skipped but
    stays a negative of the others; without any anchor the loss is 0.

    Args:
        z: [N, D], of one or several sensors and views together.
        labels: [N, L] of 0 and 1.
        weighting: "jaccard", "any" (an overlap), "per_label", or a function labels -> similarities.
        temperature: divides the cosines.
        threshold: of the similarity; "per_label" has none.
    """
    truth = labels.float()
    if weighting == "per_label":
        weights = _per_label(truth)
    else:
        named = {"jaccard": jaccard, "any": overlap}
        similarity = named[weighting] if isinstance(weighting, str) else weighting
        weights = _similar(similarity(truth), threshold=threshold)  # [N, N]
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    rows = unit(z)
    logits = (rows @ rows.T / temperature).masked_fill(itself, _NEVER)
    each = -(weights * torch.log_softmax(logits, dim=1).masked_fill(itself, 0)).sum(dim=1)  # [N]
    anchors = (weights.sum(dim=1) > 0).sum()
    return each.sum() / anchors.clamp(min=1)


def _similar(similarity: Tensor, *, threshold: float) -> Tensor:
    """s_ip / |N(i)| within N(i), [N, N] -> [N, N]."""
    positive = (similarity >= threshold) & (similarity > 0)
    positive.fill_diagonal_(False)
    return similarity * positive / positive.sum(dim=1, keepdim=True).clamp(min=1)


def _per_label(truth: Tensor) -> Tensor:
    """For each label of the anchor 1 / |others that have it|, averaged; [N, L] -> [N, N]."""
    others = truth.sum(dim=0) - truth  # [N, L]: how many beside the anchor, where it has the label
    usable = truth * (others > 0)  # [N, L]
    share = usable / others.clamp(min=1) / usable.sum(dim=1, keepdim=True).clamp(min=1)
    return (share @ truth.T).fill_diagonal_(0)
