from kgpipe.verify.copies import fold_copies
from tests.verify.builders import make_passages

STORY = (
    "The ministry said on Monday that mercury from small mines had reached three rivers in the "
    "north, and that fishing would be closed until the end of the rainy season."
)
OTHER = "Gold buyers in the capital reported higher prices for the third month in a row."


def test_near_copies_fold_into_the_first() -> None:
    passages = make_passages(STORY, OTHER, f"BREAKING: {STORY}", STORY.replace("three", "four"))
    kept, copies = fold_copies(passages)
    assert [passage.source for passage in kept] == ["page0", "page1"]
    assert copies == {"page2": "page0", "page3": "page0"}


def test_a_source_may_repeat_itself() -> None:
    one = make_passages(STORY)[0]
    kept, copies = fold_copies([one, one.model_copy(update={"start": 500})])
    assert (kept, copies) == ([one], {})


def test_copies_of_two_sources_are_all_one_witness() -> None:
    first, second = make_passages(STORY, OTHER)
    both = [p.model_copy(update={"source": "both"}) for p in (first, second)]
    _, copies = fold_copies([first, second, *both])
    assert {copies.get(name, name) for name in ("page0", "page1", "both")} == {"page1"}


def test_independent_texts_stay_apart() -> None:
    assert fold_copies(make_passages(STORY, OTHER)) == (make_passages(STORY, OTHER), {})
    assert fold_copies([]) == ([], {})
