"""What the command line says about money that is still to be paid."""

from dataclasses import asdict

from kgpipe.cli.console import print_json, say
from kgpipe.forecast import Comparisons, Forecast


def print_forecast(forecast: Forecast, as_json: bool) -> None:
    """Show what a run would cost."""
    say(f"{forecast.pending} of {forecast.chunks} chunks are pending.")
    if not forecast.calls:
        judged = forecast.comparisons is not None and forecast.comparisons.calls > 0
        say(f"{'Extraction' if judged else 'The run'} would pay nothing.")
    else:
        say(
            f"{forecast.calls} calls of {forecast.model}: about {forecast.input_tokens:,} tokens "
            f"in and {forecast.output_tokens:,} out{describe_price(forecast)}."
        )
        source = "this workspace's replies" if forecast.basis == "replies" else "a rule of thumb"
        say(f"Estimated from {source}. Nothing was asked or paid.")
    if forecast.comparisons is not None:
        say(_describe_comparisons(forecast.comparisons))
    if as_json:
        print_json(asdict(forecast))


def _describe_comparisons(found: Comparisons) -> str:
    why = "" if found.known else " (dedupe.max_questions; names are known after extraction)"
    price = "its price is not known" if found.usd is None else f"{found.usd:.4f} USD"
    return (
        f"The judge of names, {found.model}: at most {found.calls} calls{why}, "
        f"{found.input_tokens:,} tokens in and {found.output_tokens:,} out, {price}."
    )


def describe_price(forecast: Forecast) -> str:
    """The price as the end of a sentence."""
    if forecast.usd is None or forecast.batch_usd is None:
        return "; its price is not known (setting calls.prices)"
    return f", {forecast.usd:.4f} USD ({forecast.batch_usd:.4f} USD with kgpipe batch)"
