"""What holds for every command: exit codes, streams, usage errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kgpipe.cli
from kgpipe import __version__
from kgpipe.errors import BudgetReachedError, KgpipeError, UsageError
from tests.cli.calls import Answer, Call, spawn, write_lines

# Each takes longer to import than the help takes to print.
HEAVY = (
    "numpy", "pydantic", "spacy", "pandas", "httpx", "openai", "langchain_core", "rdflib",
    "pyoxigraph", "onnxruntime", "pypdfium2", "faiss", "sklearn", "rich", "sqlite3",
)  # fmt: skip
LEAF_COMMANDS = (
    "run", "status", "fetch", "extract", "dedupe", "verify", "review export", "review import",
    "review status", "batch submit", "batch status", "batch collect", "evaluate", "publish",
    "sparql", "bench",
)  # fmt: skip
# As most people's Python is: what was written may still wait in a buffer.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_version(call: Call) -> None:
    assert call("--version") == Answer(0, f"kgpipe {__version__}\n", "")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom kgpipe.cli import main\n"
        "try:\n    main()\n"
        f"finally:\n    print(*sorted({set(HEAVY)} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == "\n"
    assert all(command.split()[0] in done.stdout for command in LEAF_COMMANDS)


@pytest.mark.parametrize("command", LEAF_COMMANDS)
def test_every_command_explains_itself(call: Call, command: str) -> None:
    answer = call(*command.split(), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"kgpipe {command}" in answer.out


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KgpipeError("The model is down."), 1, "kgpipe: The model is down.\n"),
        (UsageError("No such model."), 2, "kgpipe: No such model.\n"),
        (BudgetReachedError("12 chunks wait."), 3, "kgpipe: 12 chunks wait.\n"),
        (OSError(28, "No space left on device"), 1, "kgpipe: No space left on device.\n"),
        (OSError(13, "Permission denied", "o"), 1, "kgpipe: o: Permission denied.\n"),
    ],
)
def test_each_error_has_its_exit_code_and_one_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, message: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(kgpipe.cli, "app", fail)
    assert call() == Answer(code, "", message)


def test_a_fault_of_the_program_is_not_hidden(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(kgpipe.cli, "app", fail)
    with pytest.raises(AssertionError, match="a bug"):
        call()


def test_a_wrong_key_in_the_settings_is_named_with_the_nearest_right_one(
    call: Call, corpus: Path, tmp_path: Path
) -> None:
    config = tmp_path / "kgpipe.toml"
    config.write_text("[extract]\nmodl = 'embedded'\n")
    assert call("run", corpus / "in", "-w", tmp_path / "w", "-c", config) == Answer(
        2, "", f"kgpipe: {config}: unknown key `extract.modl`; did you mean `extract.model`?\n"
    )
    assert not (tmp_path / "w").exists()


@pytest.fixture
def call_from_corpus(
    call: Call, corpus: Path, first_run: Answer, monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Calls from within the folder where `in`, `ev` and the workspace `w` are."""
    assert first_run.code == 0
    monkeypatch.chdir(corpus)
    return call


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["frobnicate"], 2, "No such command 'frobnicate'"),
        (["run", "-w", "{new}"], 2, "Name at least one INPUT"),
        (["run", "absent", "-w", "{new}"], 1, "Nothing usable in absent: 1 rejected"),
        (["run", "in", "-w", "{new}", "-c", "no.toml"], 2, "Cannot read settings file no.toml"),
        (["run", "in", "-w", "{new}", "--evidence", "absent"], 2, "'absent' does not exist"),
        (["run", "in", "-w", "{new}", "--model", "gpt"], 2, "Unknown model 'gpt'"),
        (["run", "in", "-w", "{new}", "--until", "lunch"], 2, "--until"),
        (["run", "in", "-w", "{new}", "--limit", "0"], 2, "--limit"),
        (["run", "in", "-w", "in"], 2, "choose a workspace folder of its own"),
        (["run", "in", "-w", "in/notes.txt"], 2, "Cannot open the workspace in/notes.txt"),
        (["status"], 2, "--workspace"),
        (["status", "-w", "absent"], 2, "absent is not a kgpipe workspace"),
        (["fetch", "--out", "{new}", "--sources", "absent.csv"], 2, "absent.csv"),
        (["fetch", "--out", "in/notes.txt/x"], 1, "in/notes.txt/x: Not a directory"),
        (["extract", "absent.jsonl", "{new}"], 2, "Cannot read absent.jsonl"),
        (["dedupe", "absent.jsonl", "{new}"], 2, "Cannot read absent.jsonl"),
        (["dedupe", "absent.csv", "{new}"], 2, "Cannot read absent.csv"),
        (["dedupe", "{names}", "in/notes.txt/o.jsonl"], 1, "Cannot write in/notes.txt"),
        (["verify", "absent.jsonl", "{new}", "--evidence", "in"], 2, "Cannot read absent.jsonl"),
        (["verify", "{names}", "{new}"], 2, "Give at least one --evidence"),
        (["verify", "{names}", "{new}", "--evidence", "absent"], 2, "'absent' does not exist"),
        (["review", "export", "-w", "absent"], 2, "absent is not a kgpipe workspace"),
        (["review", "import", "-w", "w", "absent.csv"], 1, "Cannot read absent.csv"),
        (["review", "status", "-w", "w", "--what", "names"], 2, "--what"),
        (["evaluate", "--out", "{new}"], 2, "Name VERDICTS.jsonl and --gold"),
        (["evaluate", "no.jsonl", "--gold", "no.csv", "--out", "{new}"], 1, "no.csv"),
        (["evaluate", "-w", "w", "--gold", "in", "--out", "{new}"], 1, "No gold in in"),
        (["evaluate", "-w", "w", "--out", "in/notes.txt/x"], 1, "Not a directory"),
        (["publish", "svg", "-w", "w", "--out", "{new}"], 2, "'svg'"),
        (["publish", "rdf", "-w", "w"], 2, "--out"),
        (["publish", "csv", "-w", "w", "--out", "in/notes.txt/x"], 1, "Not a directory"),
        (["sparql", "absent.rq", "-w", "w"], 2, "query file absent.rq: No such file"),
        (["bench", "absent", "--data", "in", "--out", "{new}"], 2, "'absent'"),
        (["bench", "benchie", "--data", "in", "--out", "{new}"], 1, "--data is the folder of"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(
    call_from_corpus: Call, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    names = write_lines(tmp_path / "names.jsonl", {"id": "1", "name": "Ghana"})
    answer = call_from_corpus(*(one.format(new=tmp_path / "new", names=names) for one in arguments))
    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "new").is_file()


def test_output_is_utf8_whatever_the_locale(workspace: Path) -> None:
    query = 'SELECT ("tre\u0301mor \U0001f600" AS ?x) {}'
    answer = spawn(
        "sparql", query, "-w", workspace, "--format", "csv",
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (answer.code, answer.out) == (0, "x\ntre\u0301mor \U0001f600\n")


# The first is still in Python's buffer when its reader goes, the second fills the pipe as well.
@pytest.mark.parametrize(
    "arguments",
    [["status", "--json"], ["sparql", "SELECT * { ?a ?b ?c . ?d ?e ?f }", "--format", "csv"]],
)
def test_a_reader_that_leaves_early_is_no_fault(workspace: Path, arguments: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kgpipe", *arguments, "-w", workspace],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=BUFFERED,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        if arguments[0] == "sparql":
            process.stdout.readline()
        process.stdout.close()
        messages = process.stderr.read().decode()
    assert process.returncode == 0
    assert "BrokenPipe" not in messages
    assert "Traceback" not in messages


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_output_that_cannot_be_written_is_a_failure(workspace: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kgpipe", "status", "--json", "-w", workspace],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            env=BUFFERED,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "kgpipe: No space left on device."
