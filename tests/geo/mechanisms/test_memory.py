import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.memory import LocationQueue


def places(*numbers: int) -> Tensor:
    return torch.tensor([[float(one), one / 2] for one in numbers])


def numbers(past: Tensor) -> list[int]:
    return [int(one) for one in past[:, 0]]


def test_first_in_is_first_out() -> None:
    queue = LocationQueue(4)
    assert numbers(queue.exchange(places(1, 2))) == []
    assert numbers(queue.exchange(places(3))) == [1, 2]
    assert numbers(queue.exchange(places(4, 5))) == [1, 2, 3]
    assert numbers(queue.exchange(places(6))) == [2, 3, 4, 5]
    assert numbers(queue.exchange(places(7))) == [3, 4, 5, 6]


def test_it_never_holds_the_batch_at_hand() -> None:
    queue = LocationQueue(8)
    for epoch in range(3):
        for batch in ((1, 2), (3, 4), (5, 6)):
            past = numbers(queue.exchange(places(*batch)))
            assert not set(past) & set(batch)
            assert epoch == 0 or len(past) >= 4


def test_a_batch_larger_than_the_queue_leaves_its_last() -> None:
    queue = LocationQueue(2)
    queue.exchange(places(1, 2, 3))
    assert numbers(queue.exchange(places(9))) == [2, 3]


def test_tiles_without_a_location_are_not_put_in() -> None:
    queue = LocationQueue(3)
    queue.exchange(torch.cat([places(1), torch.full((1, 2), torch.nan), places(2)]))
    assert numbers(queue.exchange(torch.full((2, 2), torch.nan))) == [1, 2]
    assert numbers(queue.exchange(places(3))) == [1, 2]


def test_a_checkpoint_goes_on_where_it_ended() -> None:
    queue = LocationQueue(4)
    queue.exchange(places(1, 2))
    queue.exchange(places(3))
    resumed = LocationQueue(4)
    resumed.load_state_dict(queue.state_dict())
    for batch in (places(4, 5), places(6)):
        torch.testing.assert_close(resumed.exchange(batch), queue.exchange(batch))


def test_no_gradient_runs_through_it() -> None:
    queue = LocationQueue(4)
    queue.exchange(places(1).requires_grad_())
    assert not queue.exchange(places(2)).requires_grad


def test_places_are_not_rounded_under_autocast() -> None:
    queue = LocationQueue(4)
    # Steps of bfloat16 are half a degree here.
    place = torch.tensor([[-67.123456, -13.654321]])
    with torch.autocast("cpu", torch.bfloat16):
        queue.exchange(place)
        torch.testing.assert_close(queue.exchange(place + 1), place, rtol=0, atol=0)
