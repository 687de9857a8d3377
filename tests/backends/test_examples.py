from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.backends.examples import (
    Example,
    ExampleFact,
    example_reply,
    mark_leaks,
    names_in,
    names_in_prompt,
    read_examples,
)
from kgpipe.backends.lean_facts import read_facts
from kgpipe.backends.windows import cut_windows
from kgpipe.errors import UsageError
from kgpipe.text.prompts import read_prompt
from kgpipe.types import Candidate, Chunk

LINE = (
    '{"text": "Dredges scar it.", '
    '"facts": [{"says": "x", "subject": "a", "predicate": "b", "object": "c"}]}'
)
NAMES = ["dredges on the Upara", "mercury", "the survey"]


def faults(subject: str, obj: str, text: str) -> str:
    candidate = Candidate(subject=subject, predicate="p", object=obj, quote="q", fault="")
    [marked] = mark_leaks([candidate], names=NAMES, text=text)
    return marked.fault


@pytest.mark.parametrize(
    ("subject", "obj", "text", "leaks"),
    [
        ("dredges", "fish", "Boats harm fish.", True),
        ("fish", "Upara", "Boats harm fish.", True),
        ("The survey", "fish", "The fish die.", True),
        ("dredges", "fish", "Dredges harm fish.", False),
        ("mercury", "fish", "Mercury harms fish.", False),
        ("mercury", "fish", "Hg harms fish.", True),
        # Invented, but not from the example: another check's business.
        ("cyanide", "fish", "Boats harm fish.", False),
        ("dredges of Ghana", "fish", "Boats harm fish.", False),
    ],
)
def test_a_leak_is_a_name_of_the_examples_that_the_text_lacks(
    subject: str, obj: str, text: str, leaks: bool
) -> None:
    assert faults(subject, obj, text) == ("leaked_example" if leaks else "")


def test_another_fault_stays() -> None:
    found = Candidate(subject="a", predicate="b", object="c", quote="q", fault="cut_off")
    [marked] = mark_leaks([found], names=NAMES, text="a c")
    assert marked.fault == "cut_off"


def test_the_names_of_the_built_in_prompt_are_known() -> None:
    names = names_in_prompt(read_prompt("extract").text)
    assert set(names) == {"dredges on the Upara", "mercury", "2019"}
    assert names_in_prompt(read_prompt("extract_lean").text) == []


def test_examples_are_read_and_shown_in_the_format_that_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(f"{LINE}\n\n{LINE}\n")
    examples = read_examples(path)
    assert names_in(examples) == ["a", "c", "a", "c"]
    example = Example(
        text="Dredges scar it.",
        facts=(ExampleFact(says="scar it", subject="Dredges", predicate="scar", object="it"),),
    )
    text = example.text
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language="en")
    [window] = cut_windows(chunk, by_sentence=True)
    found = read_facts(example_reply(example), window, chunk)
    assert found is not None
    assert [(c.subject, c.object, c.quote) for c in found] == [("Dredges", "it", text)]


@pytest.mark.parametrize("content", ["{", '{"text": "a"}', '{"text": "a", "facts": [1]}', "[]"])
def test_a_broken_examples_file_says_what_it_should_hold(tmp_path: Path, content: str) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match='"facts"'):
        read_examples(path)
    with pytest.raises(UsageError, match="Cannot read"):
        read_examples(tmp_path / "none.jsonl")


def test_the_built_in_examples_pass_the_checks_that_a_models_answers_must_pass() -> None:
    examples = read_examples(asset_path("prompts/extract_lean_examples.jsonl"))
    languages = [example.language for example in examples]
    assert languages == ["es", "es", "pt", "pt", "fr", "fr", "en", "en"]
    for example in examples:
        chunk = Chunk(
            id="c", document_id="d", start=0, end=len(example.text), text=example.text,
            language=example.language,
        )  # fmt: skip
        [window] = cut_windows(chunk, by_sentence=False)
        found = read_facts(example_reply(example), window, chunk)
        assert found is not None
        assert [(c.fault, c.confidence) for c in found] == [("", 1.0)] * len(example.facts)
        shows_limits = example in examples[::2]
        assert [c.negated for c in found] == [False, shows_limits, False, False]
        assert [c.hedged for c in found] == [False, False, shows_limits, shows_limits]
        assert found[0].time is not None
