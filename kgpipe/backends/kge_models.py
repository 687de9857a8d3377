"""How five knowledge graph embeddings score a triple, as functions of plain tensors.

Every model turns a subject and a relation into a query vector q and compares it with all entity
vectors e_o at once: by the product q . e_o, or by the distance in TransE. Relations are numbered
with their inverses (see `kge_queries`): each inverse has parameters of its own ("reciprocal
relations", Lacroix et al., "Canonical Tensor Decomposition for Knowledge Base Completion", ICML
2018, section 4.1), except in RESCAL, whose inverse is the transposed matrix.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.backends.kge import Recipe

Parameters = dict[str, Tensor]

# Prefix of what is counted in training rather than learned by gradients.
COUNTED = "running_"
# ConvE: filters and their side, as in the paper, section 5.
_FILTERS = 32
_SIDE = 3
# Added under the root, whose slope is infinite at 0.
_TINY = 1e-9


def start_parameters(recipe: Recipe, *, entities: int, relations: int) -> Parameters:
    """Random parameters, drawn from torch's current generator.

    Args:
        recipe: the model, its dimensions and the standard deviation of the first values.
        entities: how many.
        relations: how many, inverses not counted.
    """
    dim = recipe.dim

    def draw(*shape: int, spread: float = recipe.spread) -> Tensor:
        return torch.randn(*shape) * spread

    parameters = {"entities": draw(entities, dim)}
    if recipe.model == "rescal":
        parameters["relations"] = draw(relations, dim, dim)
    elif recipe.model == "tucker":
        parameters["relations"] = draw(2 * relations, recipe.relation_dim)
        # The mixed matrices shall have the spread of unit noise scaled as in Xavier's rule.
        core = 1 / (recipe.spread * math.sqrt(recipe.relation_dim * dim))
        parameters["core"] = draw(recipe.relation_dim, dim, dim, spread=core)
    else:
        parameters["relations"] = draw(2 * relations, dim)
    if recipe.model == "conve":
        parameters |= _start_convolution(recipe, entities=entities)
    return parameters


def _start_convolution(recipe: Recipe, *, entities: int) -> Parameters:
    rows = recipe.relation_dim
    width = recipe.dim // rows
    flat = _FILTERS * (2 * rows - _SIDE + 1) * (width - _SIDE + 1)
    # Xavier's rule for both layers.
    filters = math.sqrt(2 / (_SIDE * _SIDE * (1 + _FILTERS)))
    projection = math.sqrt(2 / (flat + recipe.dim))
    parameters = {
        "filters": torch.randn(_FILTERS, 1, _SIDE, _SIDE) * filters,
        "projection": torch.randn(flat, recipe.dim) * projection,
        "bias": torch.zeros(entities),
    }
    for name, size in (("image", 1), ("maps", _FILTERS), ("hidden", recipe.dim)):
        parameters[f"{name}_scale"] = torch.ones(size)
        parameters[f"{name}_shift"] = torch.zeros(size)
        parameters[f"{COUNTED}{name}_mean"] = torch.zeros(size)
        parameters[f"{COUNTED}{name}_variance"] = torch.ones(size)
    return parameters


def score_objects(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, *, training: bool
) -> Tensor:
    """Plausibility of every entity as the object of each (subject, relation).

    Args:
        recipe: the model.
        parameters: as `start_parameters` made them; counted ones are updated in training.
        subjects: numbers of entities, (n,).
        relations: numbers of relations, inverses included, (n,).
        training: applies dropout, and the batch's own mean and variance in ConvE.

    Returns:
        Any real numbers, greater is more plausible: (n, entities).
    """
    everyone = functional.dropout(parameters["entities"], recipe.entity_dropout, training)
    query = _QUERIES[recipe.model](recipe, parameters, everyone[subjects], relations, training)
    if recipe.model == "transe":
        squares = query.square().sum(1, keepdim=True) + everyone.square().sum(1)
        return -(squares - 2 * query @ everyone.T).clamp_min(_TINY).sqrt()
    scores = query @ everyone.T
    return scores + parameters["bias"] if "bias" in parameters else scores


def _query_transe(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, training: bool
) -> Tensor:
    """e_s + w_r, compared by -||e_s + w_r - e_o||_2.

    Bordes et al., "Translating Embeddings for Modeling Multi-relational Data", NIPS 2013,
    section 2.
    """
    moves = functional.dropout(parameters["relations"], recipe.relation_dropout, training)
    return subjects + moves[relations]


def _query_complex(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, training: bool
) -> Tensor:
    """Re(<w_r, e_s, conj(e_o)>): the first half of a vector is real, the second imaginary.

    Trouillon et al., "Complex Embeddings for Simple Link Prediction", ICML 2016, section 3.
    """
    turns = functional.dropout(parameters["relations"], recipe.relation_dropout, training)
    real, imaginary = subjects.chunk(2, dim=1)
    turn_real, turn_imaginary = turns[relations].chunk(2, dim=1)
    return torch.cat(
        [
            real * turn_real - imaginary * turn_imaginary,
            real * turn_imaginary + imaginary * turn_real,
        ],
        dim=1,
    )


def _query_rescal(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, training: bool
) -> Tensor:
    """e_s^T W_r e_o, the inverse of a relation being W_r^T.

    Nickel et al., "A Three-Way Model for Collective Learning on Multi-Relational Data", ICML 2011,
    section 3.
    """
    count = len(parameters["relations"])

    def matrix(relation: int) -> Tensor:
        plain = parameters["relations"][relation % count]
        kept = functional.dropout(plain, recipe.relation_dropout, training)
        return kept if relation < count else kept.T

    return _multiply(subjects, relations, matrix)


def _query_tucker(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, training: bool
) -> Tensor:
    """W x_1 e_s x_2 w_r x_3 e_o, with the core tensor W of shape (relation, entity, entity).

    Balazevic et al., "TuckER: Tensor Factorization for Knowledge Graph Completion", EMNLP 2019,
    section 4.
    """
    numbers = relations.bincount().nonzero().squeeze(1)
    places = torch.searchsorted(numbers, relations)
    mixed = torch.einsum("rk,kde->rde", parameters["relations"][numbers], parameters["core"])
    kept = functional.dropout(mixed, recipe.relation_dropout, training)
    return _multiply(subjects, places, kept.__getitem__)


def _multiply(subjects: Tensor, relations: Tensor, matrix: Callable[[int], Tensor]) -> Tensor:
    """Each subject's row times its relation's matrix; one product a relation saves the copies."""
    order = relations.argsort(stable=True)
    products = []
    start = 0
    for number, end in enumerate(relations.bincount().cumsum(0).tolist()):
        if end > start:
            products.append(subjects[order[start:end]] @ matrix(number))
        start = end
    return torch.cat(products)[order.argsort()]


def _query_conve(
    recipe: Recipe, parameters: Parameters, subjects: Tensor, relations: Tensor, training: bool
) -> Tensor:
    """f(vec(f([e_s; w_r] * filters)) W) e_o + b_o, with f = ReLU and batch normalisation.

    Dettmers et al., "Convolutional 2D Knowledge Graph Embeddings", AAAI 2018, section 4; the two
    vectors are laid out as images of `recipe.relation_dim` rows and stacked.
    """

    def normalise(values: Tensor, name: str) -> Tensor:
        return functional.batch_norm(
            values,
            parameters[f"{COUNTED}{name}_mean"],
            parameters[f"{COUNTED}{name}_variance"],
            parameters[f"{name}_scale"],
            parameters[f"{name}_shift"],
            training=training,
        )

    rows = recipe.relation_dim
    kinds = functional.dropout(parameters["relations"], recipe.relation_dropout, training)
    image = torch.stack([subjects, kinds[relations]], dim=1)
    # (n, 1, 2 * rows, width)
    image = image.view(len(subjects), 1, 2 * rows, recipe.dim // rows)
    maps = functional.conv2d(normalise(image, "image"), parameters["filters"])
    maps = functional.relu(normalise(maps, "maps"))
    maps = functional.dropout2d(maps, recipe.map_dropout, training)
    hidden = functional.dropout(
        maps.flatten(1) @ parameters["projection"], recipe.hidden_dropout, training
    )
    return functional.relu(normalise(hidden, "hidden"))


_Query = Callable[[Recipe, Parameters, Tensor, Tensor, bool], Tensor]
_QUERIES: dict[str, _Query] = {
    "rescal": _query_rescal,
    "transe": _query_transe,
    "complex": _query_complex,
    "conve": _query_conve,
    "tucker": _query_tucker,
}
