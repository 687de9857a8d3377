"""A language model as judge: it sees the passages of one source alone, and must quote them."""

import json
import math
from collections.abc import Mapping, Sequence

from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import ItemError, ServiceError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel
from kgpipe.text.align import find_quote
from kgpipe.text.lenient_json import find_objects
from kgpipe.text.prompts import data_block, read_prompt
from kgpipe.text.tokens import content_tokens
from kgpipe.types import Claim, Passage, Prior, Retrieved, Stance, Vote
from kgpipe.verify.queries import spell_predicate, verbalise

# Raise it when the same replies would be read differently.
_VERSION = 2
_PROMPTS = ("judge", "judge_true", "judge_prior")
# Log-odds of a quoted stance where the server gives no log-probabilities: that of one plain
# sentence by the embedded judge, so that one source decides and two are sure.
_QUOTED = 1.7
# Language models are over-confident: the best 9B one was right in 9 of 10 facts of FactBench with
# evidence. So one source is never as sure as `sure_at` asks for by default (odds of 19 to 1).
_MOST = 2.9
# What servers give at most (OpenAI).
_TOP_LOGPROBS = 20
_ANSWERS = {"true": True, "yes": True, "false": False, "no": False}
_MAX_QUOTE_CHARS = 600
_MAX_RIVAL_CHARS = 100
_SCHEMA = json.dumps(
    {
        "title": "judgement",
        "type": "object",
        "properties": {
            "stance": {"type": "string", "enum": ["support", "refute", "neutral"]},
            "quote": {"type": "string", "maxLength": _MAX_QUOTE_CHARS},
            "instead": {"type": "string", "maxLength": _MAX_RIVAL_CHARS},
        },
        "required": ["stance", "quote", "instead"],
        "additionalProperties": False,
    }
)
_STANCES: dict[str, Stance] = {"support": "support", "refute": "refute", "neutral": "neutral"}


def llm_judge_name(chat_name: str) -> str:
    """The judge's name; it changes with the model, the prompts and the reading of replies."""
    prompts = content_id("prompts", _VERSION, *(read_prompt(name).digest for name in _PROMPTS))
    return f"llm:{chat_name}:{prompts.removeprefix('prompts-')[:12]}"


class LlmJudge:
    """A `Judge` and `Believer` on a chat model; one or two calls a source, one a claim."""

    def __init__(self, chat: ChatModel) -> None:
        self.name = llm_judge_name(chat.name)
        self._chat = chat

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """One vote a source.

        A stance whose quote does not stand in a passage is void: the vote is neutral, and its
        reason is quote_not_found. So is one that the model's own log-probabilities contradict
        (undecided), and a reply that cannot be read (unparsable_reply).

        Raises:
            ServiceError: the model cannot be reached.
        """
        sources: dict[str, list[Passage]] = {}
        for passage in retrieved.passages:
            sources.setdefault(passage.source, []).append(passage)
        return [self._judge_source(retrieved, group) for group in sources.values()]

    def believe(self, claim: Claim) -> list[Prior]:
        """The probability that the model gives the claim without evidence; none if it gives none.

        It is 1 or 0 where the server gives no log-probabilities.

        Raises:
            ServiceError: the model cannot be reached.
        """
        request = self._request("judge_prior", data_block(verbalise(claim)))
        try:
            reply = self._chat.reply(request)
        except ServiceError:
            raise
        except ItemError:
            return []
        log_odds = true_log_odds(reply.first_token)
        answer = _ANSWERS.get(reply.text.strip().strip(".").casefold())
        if log_odds is None and answer is None:
            return []
        belief = _sigmoid(log_odds) if log_odds is not None else float(bool(answer))
        return [Prior(judge=self.name, probability=round(belief, 4))]

    def _judge_source(self, retrieved: Retrieved, passages: Sequence[Passage]) -> Vote:
        shown = _show(retrieved, passages)
        try:
            reply = self._chat.reply(self._request("judge", shown, schema=_SCHEMA))
        except ServiceError:
            raise
        except ItemError as error:
            return self._void(passages[0], error.reason)
        answer = _read(reply)
        if answer is None:
            return self._void(passages[0], "unparsable_reply")
        stance, quote, instead = answer
        if stance == "neutral":
            return self._void(passages[0], "neutral")
        found = _find(passages, quote)
        if found is None:
            return self._void(passages[0], "quote_not_found")
        passage, start, end = found
        weight = self._weigh(stance, shown)
        if weight == 0.0:
            return self._void(passage, "undecided")
        return Vote(
            judge=self.name,
            stance=stance,
            source=passage.source,
            start=passage.start + start,
            end=passage.start + end,
            quote=passage.text[start:end],
            log_odds=weight,
            reason="quoted",
            rival=_find_rival(retrieved.claim, passage, instead) if stance == "refute" else "",
        )

    def _weigh(self, stance: Stance, shown: str) -> float:
        """Log-odds by the probability of the token "True"; 0 if it contradicts the stance."""
        sign = 1.0 if stance == "support" else -1.0
        try:
            reply = self._chat.reply(self._request("judge_true", shown))
        except ServiceError:
            raise
        except ItemError:
            return sign * _QUOTED
        log_odds = true_log_odds(reply.first_token)
        if log_odds is None:
            return sign * _QUOTED
        bounded = round(max(-_MOST, min(_MOST, log_odds)), 4)
        return bounded if bounded * sign > 0 else 0.0

    def _void(self, passage: Passage, reason: str) -> Vote:
        return Vote(
            judge=self.name,
            stance="neutral",
            source=passage.source,
            start=passage.start,
            end=passage.start + len(passage.text),
            quote=passage.text,
            log_odds=0.0,
            reason=reason,
        )

    def _request(self, prompt: str, content: str, *, schema: str = "") -> ChatRequest:
        one_word = not schema
        return ChatRequest(
            model=self._chat.name,
            messages=(
                Message(role="system", content=read_prompt(prompt).text),
                Message(role="user", content=content),
            ),
            output_schema=schema,
            # Quote and rival of the longest sort, and the braces; or one word, however it is cut.
            max_tokens=4 if one_word else 400,
            top_logprobs=_TOP_LOGPROBS if one_word else 0,
        )


def true_log_odds(first_token: Mapping[str, float]) -> float | None:
    """Log-odds of the answer True against False, None where neither is among the candidates."""
    shares = {True: 0.0, False: 0.0}
    for token, logprob in first_token.items():
        answer = _ANSWERS.get(token.strip().casefold())
        if answer is not None:
            shares[answer] += math.exp(logprob)
    if not any(shares.values()):
        return None
    # A candidate that is not listed is less likely than all that are.
    floor = min(math.exp(min(first_token.values())), *(share for share in shares.values() if share))
    return math.log(max(shares[True], floor)) - math.log(max(shares[False], floor))


def _show(retrieved: Retrieved, passages: Sequence[Passage]) -> str:
    claim = retrieved.claim
    names = [
        f"{end} is also called {'; '.join(others)}"
        for end, id_ in ((claim.subject, claim.subject_id), (claim.object, claim.object_id))
        if (others := [name for name in retrieved.aliases.get(id_, ())[:4] if name != end])
    ]
    stated = [
        verbalise(claim),
        f"subject: {claim.subject}; predicate: {spell_predicate(claim.predicate)}; "
        f"object: {claim.object}",
        *names,
    ]
    dated = next((p.published for p in passages if p.published), None)
    heading = f"Passages of one source, published {dated}:" if dated else "Passages of one source:"
    shown = "\n".join(data_block(passage.text) for passage in passages)
    return "Claim:\n" + data_block("\n".join(stated)) + f"\n{heading}\n{shown}"


def _read(reply: ChatReply) -> tuple[Stance, str, str] | None:
    """Stance, quote, and what is stated instead."""
    for answer in find_objects(reply.text):
        stance = answer.get("stance")
        if isinstance(stance, str) and stance in _STANCES:
            quote, instead = (
                text if isinstance(text, str) else ""
                for text in (answer.get("quote"), answer.get("instead"))
            )
            return _STANCES[stance], quote, instead
    return None


def _find_rival(claim: Claim, passage: Passage, instead: str) -> str:
    """What is stated instead, as the passage writes it; "" if it does not, or for a denied claim.

    What speaks against a denial is the claimed value itself.
    """
    span = find_quote(passage.text, instead) if instead and not claim.negated else None
    rival = passage.text[slice(*span)] if span else ""
    return rival if _forms(rival) not in ([], _forms(claim.object)) else ""


def _forms(name: str) -> list[str]:
    return [token.form for token in content_tokens(name)]


def _find(passages: Sequence[Passage], quote: str) -> tuple[Passage, int, int] | None:
    for passage in passages:
        if span := find_quote(passage.text, quote):
            return passage, *span
    return None


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
