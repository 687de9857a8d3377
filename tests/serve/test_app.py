import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.serve.corpus import HOSTILE


def ask(client: TestClient, path: str, **values: Any) -> Any:
    answer = client.get(path, params={"reviewer": "Ana", **values})
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(client: TestClient, fact: str, label: str | None, **more: Any) -> Any:
    opinion = None if label is None else {"label": label, "comment": ""}
    body = {"fact": fact, "reviewer": "Ana", "opinion": opinion, **more}
    return client.put("/api/labels", json=body)


def test_the_page_and_all_that_it_names_are_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    for name in ("page.css", "page.js", "icon.svg"):
        assert f"/static/{name}" in page.text
    for name in ("page.js", "api.js", "dom.js", "facts.js", "conflicts.js", "merges.js", "cards.js",
                 "source.js", "answers.js"):  # fmt: skip
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200 and "javascript" in answer.headers["content-type"]
        assert "http://www.w3.org/2000/svg" in answer.text or "http://" not in answer.text
    assert client.get("/static/../app.py").status_code == 404


def test_what_can_be_filtered_by_is_told_at_the_start(client: TestClient) -> None:
    start = ask(client, "/api/start")
    assert start["workspace"] == "w" and start["reviewer"] == "Ana"
    assert "use" in start["predicates"] and "in/river.pdf" in start["documents"]


def test_ten_labels_are_given_and_counted(client: TestClient) -> None:
    place = ""
    for number in range(1, 11):
        shown = ask(client, "/api/facts", labels="unlabelled", move="next", **{"from": place})
        place = shown["fact"]["id"]
        answer = put(client, place, ("supported", "refuted", "unclear")[number % 3])
        assert answer.status_code == 200
        assert answer.json()["overview"]["mine"] == number
    assert ask(client, "/api/overview")["labelled"] == 10
    assert len({ask(client, "/api/facts", labels="mine")["matching"]}) == 1


def test_a_page_is_drawn(client: TestClient) -> None:
    fact = ask(client, "/api/facts", words="electricity")["fact"]
    place = {name: fact["source"][name] for name in ("document", "start", "end")}
    view = ask(client, "/api/view", **place)
    assert view["kind"] == "page" and view["pages"][0]["boxes"]
    picture = client.get(f"/pages/{place['document']}/1.png")
    assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
    assert (
        client.get(f"/pages/{place['document']}/9.png").json()["fault"].endswith("1 pages, not 9.")
    )
    assert client.get("/pages/doc-none/1.png").status_code == 404


def test_text_of_documents_is_data(client: TestClient) -> None:
    answer = client.get("/api/facts", params={"words": "onerror"})
    assert answer.headers["content-type"] == "application/json"
    quotes = json.dumps(answer.json())
    assert "onerror" in quotes
    imported = ask(client, "/api/facts", words=HOSTILE)["fact"]
    assert imported["subject"] == HOSTILE and imported["source"] is None and imported["imported"]


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{", '"x"', "null",
        '{"fact": 1, "reviewer": "A", "opinion": null}',
        '{"fact": "x", "reviewer": "A"}',
        '{"fact": "x", "reviewer": "A", "opinion": {"label": "perhaps"}}',
        '{"fact": "x", "reviewer": "A", "opinion": {"label": "refuted", "more": 1}}',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused_with_a_reason(client: TestClient, body: str) -> None:
    answer = client.put("/api/labels", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 404 and "not understood" in answer.json()["fault"]
    assert ask(client, "/api/overview")["labelled"] == 0


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/api/facts?labels=perhaps", "no such filter"),
        ("/api/view?document=x&start=-1&end=2", "start must be a whole number"),
        ("/api/view?document=x&start=1", "end must be a whole number"),
        ("/api/conflicts/99", "no set of conflicting facts 99"),
        ("/api/merges/0", "no merge 0"),
        ("/api/none", "Not Found"),
    ],
)
def test_addresses_that_are_none_are_answered(client: TestClient, path: str, fault: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and fault in answer.json()["fault"]


def test_an_undo_that_comes_too_late_is_told(client: TestClient) -> None:
    fact = ask(client, "/api/facts")["fact"]["id"]
    put(client, fact, "supported")
    put(client, fact, "refuted")
    late = put(client, fact, None, replaces={"label": "supported", "comment": ""})
    assert late.status_code == 409 and "Not undone" in late.json()["fault"]


def test_decisions_are_applied_and_facts_read_anew(client: TestClient) -> None:
    merge = ask(client, "/api/merges/1")["merge"]["id"]
    body = {"merge": merge, "reviewer": "Ana", "same": False}
    assert client.put("/api/decisions", json=body).json()["overview"]["unapplied"] == 1
    before = ask(client, "/api/overview")["facts"]
    assert client.post("/api/apply", json={}).json()["facts_after"] == before + 1
    assert ask(client, "/api/overview")["facts"] == before + 1
    assert client.post("/api/reload", json={}).status_code == 200
