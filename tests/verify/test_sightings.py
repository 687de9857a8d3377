from kgpipe.verify.rivals import NO_RIVALS
from kgpipe.verify.sightings import ClaimReading, Page, drop_copies, read_pages, weigh
from kgpipe.verify.spotting import read_pattern

STORY = (
    "Kelly Clarkson grew up with her mother. She was born in Fort Worth, Texas, in 1982. "
    "Years later she moved to Los Angeles. "
) + " ".join(f"Sentence number {n} of the page says nothing at all." for n in range(40))


def read(*texts: str, subject: str = "Kelly Clarkson", object_: str = "Fort Worth") -> ClaimReading:
    pages = [Page(f"p{number}", text) for number, text in enumerate(texts)]
    return read_pages(read_pattern((subject,)), read_pattern((object_,)), pages, rivals=NO_RIVALS)


def test_a_sighting_knows_where_its_subject_stands() -> None:
    (sighting,) = read(STORY).windows
    assert STORY[sighting.start : sighting.end].startswith("She was born in Fort Worth")
    assert (sighting.subject, sighting.before, sighting.object) == (0.0, 1.0, 1.0)
    assert sighting.gap == -1
    assert sighting.near > 0
    assert sighting.masked.startswith("She was born in something, Texas")


def test_both_ends_are_masked() -> None:
    (sighting,) = read("Fort Worth is where Kelly Clarkson was born.").windows
    assert sighting.masked == "something is where someone was born."
    assert weigh(sighting) == 1.0


def test_the_same_sentence_is_one_window() -> None:
    sentence = "Kelly Clarkson was born in Fort Worth."
    assert len(read(sentence, f"News. {sentence} More news.").windows) == 1


def test_near_copies_are_one_page() -> None:
    pages = [Page(str(n), f"Headline {n}\n\n{STORY}") for n in range(50)]
    other = Page("other", "Kelly Clarkson won a contest in Los Angeles that nobody else had won.")
    assert drop_copies([*pages, other]) == [pages[0], other]


def test_without_a_name_there_is_nothing_to_read() -> None:
    assert read(STORY, object_="?!") == ClaimReading((), ())
    assert read("Nobody is named here.").windows == ()
