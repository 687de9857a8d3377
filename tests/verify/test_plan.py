from kgpipe.types import Retrieved
from kgpipe.verify.plan import Query, plan_queries
from tests.verify.builders import make_claim

CLAIM = make_claim("Peru", "prohibits", "mercury")


def test_statement_question_languages_then_the_rest() -> None:
    question = Retrieved(claim=CLAIM, aliases={"s": ("Peru", "PE"), "o": ("Hg",)})
    planned = plan_queries(question, languages=("es", "pt"))
    assert [query.language for query in planned] == ["", "", "es", "pt", "", "", ""]
    assert [q.text for q in planned if not q.language] == [
        "Peru prohibits mercury", "Peru prohibits", "Peru mercury", "Peru allow mercury",
        "Peru PE Hg",
    ]  # fmt: skip
    assert "mercurio" in planned[2].text


def test_what_cannot_be_verified_or_translated_is_not_asked() -> None:
    unverifiable = Retrieved(claim=make_claim("_:b", "is", "x"), aliases={"s": ("a",)})
    assert plan_queries(unverifiable, languages=("es",)) == []
    question = Retrieved(claim=make_claim("Zzyx", "xyzzy", "Foo"))
    assert plan_queries(question, languages=("es",)) == plan_queries(question)
    assert plan_queries(question)[0] == Query("Zzyx xyzzy Foo")
