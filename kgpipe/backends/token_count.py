"""How many tokens a request has, without the model's own tokenizer.

The tokenizers of hosted models are downloads or secrets. What is needed before a call is an
estimate (for limits and forecasts) and a bound (for budgets); the reply brings the true count.
"""

from kgpipe.calls import ChatRequest

# "One token is about four characters of English text" (OpenAI, "What are tokens and how to count
# them"). Counted in UTF-8 bytes, so that scripts with more tokens a character have more bytes too.
# MiniLM's tokenizer, the one at hand, takes 3.3 (Spanish) to 5.0 bytes of our sample reports.
BYTES_PER_TOKEN = 4
# Tokens around each message that mark its role (OpenAI cookbook, "How to count tokens": 3 a
# message and 3 for the reply), rounded up.
MESSAGE_TOKENS = 4


def estimate_tokens(request: ChatRequest) -> int:
    """Input tokens of a request, schema included: a rule of thumb."""
    return _overhead(request) + -(-request_bytes(request) // BYTES_PER_TOKEN)


def bound_tokens(request: ChatRequest) -> int:
    """More input tokens than any byte-level tokenizer can make of a request."""
    return _overhead(request) + request_bytes(request)


def request_bytes(request: ChatRequest) -> int:
    """UTF-8 bytes of messages and schema."""
    parts = [message.content for message in request.messages] + [request.output_schema]
    return sum(len(part.encode("utf-8", errors="replace")) for part in parts)


def _overhead(request: ChatRequest) -> int:
    return MESSAGE_TOKENS * (len(request.messages) + 1)
