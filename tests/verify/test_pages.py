from kgpipe.verify.pages import pages_of_passages
from kgpipe.verify.passages import passages_of_text
from tests.verify.builders import make_passages

TEXT = "\n\n".join(f"Paragraph {n} tells what happened in the town of Ghent." * 3 for n in range(9))


def test_offsets_are_those_of_the_source() -> None:
    passages = passages_of_text(TEXT, source="a")
    (page,) = pages_of_passages([passages[5], passages[1]])
    for passage in (passages[5], passages[1]):
        end = passage.start + len(passage.text)
        assert page.text[passage.start : end] == passage.text
    assert page.text.strip("\n").count("Paragraph") == 6


def test_one_page_a_source_in_the_order_of_its_best_passage() -> None:
    passages = [*make_passages("First.", prefix="x"), *make_passages("Second.", prefix="a")]
    assert [page.source for page in pages_of_passages(passages)] == ["x0", "a0"]
