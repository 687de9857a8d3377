from pathlib import Path

from tests.cli.calls import Call


def test_a_question_is_answered_on_stdout(call: Call, workspace: Path) -> None:
    answer = call("ask", "What do small-scale miners use?", "-w", workspace)
    assert answer.code == 0
    assert answer.out.startswith(" 1. ")
    assert '"Small-scale miners use mercury in Ghana."' in answer.out


def test_json_is_one_object(call: Call, workspace: Path) -> None:
    found = call("ask", "Who bans cyanide?", "-w", workspace, "--limit", "1", "--json").json
    assert len(found["facts"]) == 1
    assert found["question"] == "Who bans cyanide?"
    told = call("summarise", "mercury", "-w", workspace, "--json").json
    assert told["entity"]["name"].casefold() == "mercury"
    assert told["hops"][0]["facts"][0]["quotes"][0]["source"].endswith("report.txt")


def test_a_summary_and_a_path_are_told(call: Call, workspace: Path) -> None:
    told = call("summarise", "Mercury", "-w", workspace)
    assert told.code == 0
    assert "Facts about it:" in told.out
    path = call("summarise", "gold shop", "-w", workspace, "--to", "amalgam")
    assert "gold shop" in path.out
    assert "1 step" in path.out


def test_wrong_usage_is_told(call: Call, workspace: Path) -> None:
    unknown = call("summarise", "mercurry poisson", "-w", workspace)
    assert unknown.code == 2
    assert "The graph has no entity" in unknown.err
    query = call("ask", "Who?", "-w", workspace, "--as", "sparql")
    assert query.code == 2
    assert "--model" in query.err
    model = call("ask", "Who?", "-w", workspace, "--model", "big")
    assert model.code == 2
    assert "Unknown model" in model.err
    assert call("ask", "Who?", "-w", workspace / "nowhere").code == 2
