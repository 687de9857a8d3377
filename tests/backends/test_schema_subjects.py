import pytest

from kgpipe.backends.schema_subjects import SUBJECT_FEATURES, subject_features
from tests.backends.schema_reader import extractor, index_of, read


@pytest.mark.parametrize(
    ("text", "mention", "subject", "link"),
    [
        ("Trane was founded in 1913.", "1913", "Trane", "clause_subject"),
        ("Trane, Ohio, is old.", "Ohio", "Trane", "adjacent"),
        ("Trane's owner is Ana Silva.", "Ana Silva", "Trane", "possessive"),
        ("Ana Silva is the owner of Trane.", "Ana Silva", "Trane", "of_after"),
        ("Trane is run by Ana Silva.", "Ana Silva", "Trane", "before_agent"),
        ("Trane is big. It was founded in 1913.", "1913", "Trane", "topic"),
    ],
)
def test_links(text: str, mention: str, subject: str, link: str) -> None:
    found = read(text)
    features = subject_features(found, index_of(found, mention), 0, extractor().table)
    assert features.shape == (len(found.entities), len(SUBJECT_FEATURES))
    row = next(i for i, entity in enumerate(found.entities) if found.names[entity] == subject)
    assert features[row, SUBJECT_FEATURES.index(link)] == 1
