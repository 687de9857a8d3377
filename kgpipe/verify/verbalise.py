"""A claim as one plain sentence by a language model, where neither user nor template has one.

The sentence is what is searched for, and what language models judge: so it must say the claim.
One that surely does not is rejected, and the parts of the claim stand as they are. What passes may
still shade the meaning: the checks are of words, not of sense.
"""

import json
from collections import Counter

from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import ItemError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel
from kgpipe.text.cues import cue_languages, cue_words
from kgpipe.text.lenient_json import find_objects
from kgpipe.text.prompts import data_block, read_prompt
from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import Token, are_related, content_tokens, singular, stop_words, tokenize
from kgpipe.types import Claim
from kgpipe.verify.amounts import find_amounts
from kgpipe.verify.lexicon import are_opposites
from kgpipe.verify.mentions import find_mention, read_target
from kgpipe.verify.queries import clip_name, spell_predicate

# Raise it when the same reply would be read differently.
_VERSION = 2
_PROMPT = "verbalise"
# Two names of the longest sort, and what is said of them.
_MAX_SENTENCE_CHARS = 900
# "takes place", "the country": a sentence needs a word or two; more tell what no part does.
_MAX_NEW_WORDS = 2
# Words that make less, or something else, of what is stated.
_TURNING = frozenset(
    {
        "all", "always", "barely", "cease", "ceased", "ceases", "every", "except", "fail", "failed",
        "fails", "fewer", "former", "formerly", "hardly", "if", "least", "less", "never", "once",
        "only", "rarely", "scarcely", "seldom", "some", "sometimes", "stop", "stopped", "stops",
        "unless", "until", "without",
    }
)  # fmt: skip
# What a passive sentence has between its ends ("is mined in", "mined by").
_PASSIVE = frozenset({"by", "por", "par", "is", "are", "was", "were", "be", "been", "being"})
# How much of a rejected reply is told.
_SHOWN_CHARS = 200
_SCHEMA = json.dumps(
    {
        "title": "sentence",
        "type": "object",
        "properties": {"sentence": {"type": "string", "maxLength": _MAX_SENTENCE_CHARS}},
        "required": ["sentence"],
        "additionalProperties": False,
    }
)


def verbaliser_name(chat_name: str) -> str:
    """The name of a model that puts claims into words; it changes with the prompt and the rules."""
    digest = content_id(_PROMPT, _VERSION, read_prompt(_PROMPT).digest).partition("-")[2]
    return f"{_PROMPT}:{chat_name}:{digest[:12]}"


def verbalise_claim(claim: Claim, *, chat: ChatModel) -> Claim:
    """The claim with a sentence of the model's; its id and all else stay.

    Raises:
        ItemError: the reply cannot be read (unparsable_reply); or it leaves out an end
            (end_missing) or the predicate (predicate_missing), swaps the ends (ends_swapped), asks
            (question), changes a number (number_changed), denies what the claim states, or the
            reverse (polarity_changed), doubts it (hedge_added), adds a name (name_added) or other
            words (words_added), or is no single sentence (not_one_sentence).
        ServiceError: the model cannot be reached.
    """
    reply = chat.reply(
        ChatRequest(
            model=chat.name,
            messages=(
                Message(role="system", content=read_prompt(_PROMPT).text),
                Message(role="user", content=data_block(_show(claim))),
            ),
            output_schema=_SCHEMA,
            # The longest sentence, and the braces around it.
            max_tokens=400,
        )
    )
    said = next((answer.get("sentence") for answer in find_objects(reply.text)), None)
    if not isinstance(said, str) or not said.strip():
        raise ItemError("unparsable_reply", f"the model wrote {reply.text[:_SHOWN_CHARS]!r}")
    sentence = " ".join(said.split())
    if fault := find_fault(sentence, claim):
        raise ItemError(fault, f"the model wrote {sentence[:_SHOWN_CHARS]!r}")
    return claim.model_copy(update={"sentence": sentence})


def find_fault(sentence: str, claim: Claim) -> str:
    """Why a sentence does not say the claim, "" if it does; see `verbalise_claim`."""
    parts = list(_parts(claim).values())
    tokens = tokenize(sentence)
    known = {token.form for part in parts for token in tokenize(part)}
    new = [token for token in tokens if not _is_known(token.form, known)]
    said, stated = _count_cues(sentence, "negation"), _count_cues(" ".join(parts), "negation")
    added = [token for token in content_tokens(sentence) if token in new]
    denied = sum((said - stated).values()) == int(claim.negated) and stated <= said
    checks = {
        "end_missing": not all(_names(sentence, tokens, end) for end in _ends(claim)),
        "number_changed": _amounts(sentence) not in (_amounts(*parts), _amounts(" ".join(parts))),
        "ends_swapped": _swaps(sentence, tokens, claim),
        "polarity_changed": not denied
        or any(_opposes(token.form, known) or token.form in _TURNING for token in new),
        "hedge_added": not _count_cues(sentence, "hedge") <= _count_cues(" ".join(parts), "hedge"),
        "name_added": any(_is_new_name(sentence, token, known) for token in tokens),
        "words_added": len(added) > _MAX_NEW_WORDS,
        "predicate_missing": not _says_predicate(tokens, claim),
        "question": sentence.rstrip().endswith("?"),
        "not_one_sentence": _count_sentences(sentence) > max(map(_count_sentences, parts)),
    }
    return next((fault for fault, found in checks.items() if found), "")


def _parts(claim: Claim) -> dict[str, str]:
    parts = {
        "subject": claim.subject,
        "predicate": spell_predicate(claim.predicate),
        "object": claim.object,
        "place": claim.place or "",
        "time": claim.time or "",
    }
    return {name: said for name, part in parts.items() if (said := clip_name(part))}


def _show(claim: Claim) -> str:
    parts = _parts(claim)
    if claim.negated:
        parts["predicate"] = f"not {parts['predicate']}"
    return "\n".join(f"{name}: {said}" for name, said in parts.items())


def _ends(claim: Claim) -> tuple[str, str]:
    return clip_name(claim.subject), clip_name(claim.object)


def _names(sentence: str, tokens: list[Token], end: str) -> bool:
    """Whether the sentence names an end in full; its numbers are compared apart."""
    names = read_target((end,)).names
    found = find_mention(sentence, tokens, names)
    return not names or (found is not None and found.strength == 1.0)


def _swaps(sentence: str, tokens: list[Token], claim: Claim) -> bool:
    """Whether the object stands before the subject, and no passive turns them round again."""
    subject, object_ = (
        find_mention(sentence, tokens, read_target((end,)).names) for end in _ends(claim)
    )
    if subject is None or object_ is None or subject.first <= object_.first:
        return False
    return not any(token.form in _PASSIVE for token in tokens[object_.first : subject.first])


def _says_predicate(tokens: list[Token], claim: Claim) -> bool:
    """Whether a content word of the predicate is left, in whatever form."""
    words = [token.form for token in content_tokens(spell_predicate(claim.predicate))]
    said = {token.form for token in tokens}
    return not words or any(_is_known(word, said) for word in words)


def _amounts(*texts: str) -> set[object]:
    return {
        (amount.values, amount.unit, amount.date, amount.code, amount.bound)
        for text in texts
        for amount in find_amounts(text)
    }


def _count_cues(text: str, kind: str) -> Counter[str]:
    """The words of a kind in any language: which one the claim is in is not known."""
    cues = {cue for language in cue_languages() for cue in cue_words(kind, language)}
    return Counter(token.form for token in tokenize(text) if token.form in cues)


def _is_known(form: str, known: set[str]) -> bool:
    return form in known or any(are_related(form, word) for word in known)


def _opposes(form: str, known: set[str]) -> bool:
    return any(are_opposites(form, word) for word in known)


def _is_new_name(sentence: str, token: Token, known: set[str]) -> bool:
    """Whether a capital makes a name of a word that no part has.

    The first word has one anyway: there it may be a function word, or a form of a known one.
    """
    if not sentence[token.start].isupper():
        return False
    if token.start == 0:
        return token.form not in stop_words() and not _is_known(token.form, known)
    named = {singular(form) for form in known}
    return token.form not in stop_words("en") and singular(token.form) not in named


def _count_sentences(text: str) -> int:
    return len(split_sentences(text, "en"))
