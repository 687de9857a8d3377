import json
from pathlib import Path

import pytest

from kgpipe.calls import ChatReply, Message
from kgpipe.cli import console
from kgpipe.cli.console import (
    Bars,
    print_figures,
    print_json,
    print_rejections,
    print_status,
    say,
    say_written,
)
from kgpipe.pool import Outcome
from kgpipe.storage import StageStatus
from kgpipe.types import Rejection

CAPTURED = pytest.CaptureFixture[str]


def status(stage: str, **counts: int | float) -> StageStatus:
    zero = {name: 0 for name in ("seen", "done", "kept", "rejected", "errors", "waiting", "reused")}
    return StageStatus(stage=stage, **{"seconds": 0.0, **zero, **counts})  # type: ignore[arg-type]


def table(capsys: CAPTURED) -> list[list[str]]:
    """The cells of the table on stderr, row by row, without the rule below the header."""
    captured = capsys.readouterr()
    assert captured.out == ""
    rows = captured.err.rstrip("\n").split("\n")
    cells = [[cell.strip() for cell in row.replace("┃", "│").split("│")] for row in rows]
    return [row for row in cells if "━" not in row[0]]


def fault(item: str, detail: str = "locked", reason: str = "encrypted") -> Rejection:
    return Rejection(stage="read", item=item, reason=reason, detail=detail)


def test_status_leaves_out_columns_that_hold_only_zeros(capsys: CAPTURED) -> None:
    print_status([status("read", seen=3, kept=3), status("dedupe", seen=1, kept=12, seconds=1.26)])
    assert table(capsys) == [
        ["stage", "items", "made", "seconds"],
        ["read", "3", "3 documents", "0.0"],
        ["dedupe", "1", "12 claims", "1.3"],
    ]


def test_status_shows_each_column_that_says_something(capsys: CAPTURED) -> None:
    print_status([
        status("read", seen=9, kept=3, rejected=6),
        status("extract", seen=1200, kept=7, errors=1, waiting=4, reused=2, input_tokens=12_345,
               output_tokens=678, cost=0.1234),
        status("chunk", input_tokens=5, cost=0.00004),
    ])  # fmt: skip
    assert table(capsys) == [
        ["stage", "items", "made", "rejected", "in error", "waiting", "reused", "seconds",
         "tokens in", "tokens out", "USD"],
        ["read", "9", "3 documents", "6", "0", "0", "0", "0.0", "0", "0", "-"],
        ["extract", "1200", "7 triples", "0", "1", "4", "2", "0.0", "12345", "678",
         "0.1234"],
        ["chunk", "0", "0 chunks", "0", "0", "0", "0", "0.0", "5", "0", "0.0000"],
    ]  # fmt: skip


def test_replies_without_a_known_price_are_told(capsys: CAPTURED) -> None:
    print_status([status("extract", seen=3, input_tokens=5, cost=0.5, unpriced=2)])
    assert table(capsys)[1][-1] == "0.5000 + 2 unpriced"


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"input_tokens": 5, "cost": 0.5, "lost_cost": 0.25}, "0.5000 + at most 0.2500 for 3 lost"),
        ({}, "0.0000 + 3 lost"),
        ({"unpriced": 2}, "0.0000 + 2 unpriced + 3 lost"),
    ],
)
def test_lost_replies_are_told(counts: dict[str, float], shown: str, capsys: CAPTURED) -> None:
    print_status([status("extract", seen=3, lost=3, **counts)])
    assert table(capsys)[1][-1] == shown


def test_rejections_are_grouped_with_examples(capsys: CAPTURED) -> None:
    scans = [fault(f"{name}.pdf", f"{name} letters", "image_only") for name in "abcde"]
    print_rejections([*scans, fault("x.pdf"), fault("y.pdf"), fault("z.pdf")])
    assert capsys.readouterr() == (
        "",
        "read: 3 x encrypted\n"
        "  x.pdf and 2 more: locked\n"
        "read: 5 x image_only\n"
        "  a.pdf: a letters\n"
        "  b.pdf: b letters\n"
        "  c.pdf: c letters\n"
        "  ... and 2 more; see rejections.csv of publish csv\n",
    )


@pytest.mark.parametrize(
    "name", ["[red]x.pdf", "[/]", "a[0]\\[b].pdf", "x" * 300, "Río 🙂.pdf", "a:bell:.pdf"]
)
def test_names_are_shown_as_they_are(name: str, capsys: CAPTURED) -> None:
    say(name)
    print_rejections([fault(name, f"not {name}")])
    shown = f"{name}\nread: 1 x encrypted\n  {name}: not {name}\n"
    assert capsys.readouterr() == ("", shown)


def test_figures_are_named_by_their_path(capsys: CAPTURED) -> None:
    print_figures({"name": "x", "scores": {"f1": 2 / 3, "n": 4, "rows": [1, 2]}})
    assert capsys.readouterr() == ("", "name: x\nscores.f1: 0.667\nscores.n: 4\n")


def test_json_alone_goes_to_stdout(capsys: CAPTURED) -> None:
    summary = {"written": 2, "out": "Río [red].jsonl"}
    print_json(summary)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.count("\n") == 1
    assert json.loads(captured.out) == summary
    assert "Río" in captured.out


def test_tokens_and_money_are_told_while_they_are_paid(
    capsys: CAPTURED, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "SHOW_AFTER_SECONDS", -1.0)
    bars = Bars()
    # Work of another run's stage, which has no bar.
    bars.pay("verify", ChatReply(text="", input_tokens=1))
    bars.start("extract", total=2, reused=0)
    bars.pay("extract", ChatReply(text="", input_tokens=1000, output_tokens=200, cost=0.01))
    assert bars.note("extract") == "1,200 tokens, 0.0100 USD"
    bars.pay("extract", ChatReply(text="", input_tokens=50, cost=None))
    bars.advance("extract", Outcome("a", fault("a"), 0.0))
    bars.finish("extract")
    assert capsys.readouterr().err.rstrip().endswith(" s, 1 rejected, 1,250 tokens, 0.0100 USD")


@pytest.mark.parametrize(("shown_after", "lines"), [(-1.0, 1), (60.0, 0)])
def test_a_stage_leaves_one_line_if_it_took_a_while(
    shown_after: float, lines: int, capsys: CAPTURED, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "SHOW_AFTER_SECONDS", shown_after)
    bars = Bars()
    bars.start("chunk", total=2, reused=2)
    bars.finish("chunk")
    bars.start("read", total=3, reused=1)
    bars.advance("read", Outcome("a", Message(role="user", content=""), 0.0))
    bars.advance("read", Outcome("b", fault("b"), 0.0))
    bars.finish("read")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == lines
    # A stage of which everything was reused is not worth a line.
    assert captured.err.count("read  done in") == lines


def test_of_many_files_their_number_is_told(capsys: CAPTURED) -> None:
    say_written([Path("a/one.trig"), *(Path(f"b/{number}.trig") for number in range(1500))])
    assert capsys.readouterr().err == "Wrote a/one.trig\nWrote 1,500 files into b\n"
    say_written([])
    assert "no fact is approved" in capsys.readouterr().err
