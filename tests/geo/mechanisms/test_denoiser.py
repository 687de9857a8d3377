import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch

from kgpipe.geo.mechanisms.denoiser import Denoiser, signal_and_noise


def test_the_network_keeps_the_shape_and_starts_blind() -> None:
    network = Denoiser(concepts=3, width=8)
    x = torch.randn(2, 3, 12, 12)
    found = network(x, torch.tensor([0.1, 0.9]), torch.tensor([0, 2]))
    assert found.shape == x.shape
    # Whatever it sees, until it has learned.
    assert torch.equal(found[0], found[1])


def test_signal_and_noise_keep_the_variance() -> None:
    times = torch.linspace(0, 1, 11)
    signal, noise = signal_and_noise(times)
    assert signal.shape == (11, 1, 1, 1)
    torch.testing.assert_close(signal**2 + noise**2, torch.ones(11, 1, 1, 1))
    assert signal[0] == 1 and noise[0] == 0 and 0.01 < signal[-1] < 0.05


def test_time_and_category_matter() -> None:
    network = Denoiser(concepts=3, width=8)
    torch.nn.init.normal_(network.head.weight)
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    time, category = torch.tensor([0.3]), torch.tensor([1])
    found = network(x, time, category)
    assert not torch.allclose(network(x, torch.tensor([0.4]), category), found)
    assert not torch.allclose(network(x, time, torch.tensor([2])), found)
