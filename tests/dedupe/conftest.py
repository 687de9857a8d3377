import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.ports import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real sentence model: a fake would not put exports beside imports."""
    return MiniLmEmbedder()
