from kgpipe.dedupe.contexts import MAX_CONTEXT_CHARS, Mention, place_mentions

OWN = {"Bush": "bush", "George W. Bush": "george", "Kate Bush": "kate", "Ghana": "ghana"}
NONE: frozenset[str] = frozenset()


def _place(*contexts: str, name: str = "Bush", listed: frozenset[str] = NONE) -> dict[int, str]:
    mentions = [Mention(name, "", (context,)) for context in contexts]
    return place_mentions(mentions, OWN, common=NONE, listed=listed)


def test_a_mention_goes_to_the_longer_name_beside_it() -> None:
    assert _place(
        "George W. Bush spoke; Bush said no.", "Kate Bush sings. Bush rests.", "Bush left."
    ) == {0: "george", 1: "kate"}


def test_two_longer_names_in_one_context_say_nothing() -> None:
    assert _place("Kate Bush met George W. Bush, and Bush left.") == {}


def test_mentions_without_evidence_follow_where_nearly_all_agree() -> None:
    said = "George W. Bush spoke, and Bush left."
    assert _place(said, said, said, "Bush left.") == dict.fromkeys(range(4), "george")
    assert _place(said, said, "Bush left.") == {0: "george", 1: "george"}


def test_the_nearest_context_counts_first() -> None:
    mention = Mention("Bush", "", ("Kate Bush sings.", "George W. Bush; Kate Bush"))
    assert place_mentions([mention], OWN, common=NONE) == {0: "kate"}


def test_listed_names_places_and_other_names_stay() -> None:
    said = "Kate Bush sings."
    assert _place(said, listed=frozenset({"bush"})) == {}
    assert place_mentions([Mention("Bush", "place", (said,))], OWN, common=NONE) == {}
    assert _place("The Bank of Ghana", name="Ghana") == {}


def test_a_context_of_any_length_is_read_in_part() -> None:
    assert _place("Bush " * MAX_CONTEXT_CHARS + "Kate Bush") == {}
