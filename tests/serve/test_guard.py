import pytest
from starlette.testclient import TestClient

from kgpipe.serve.app import create_app
from kgpipe.serve.desk import Desk
from kgpipe.serve.guard import LOOPBACK
from tests.serve.conftest import TOKEN

ADDRESS = "http://127.0.0.1:8377"


@pytest.fixture
def stranger(desk: Desk) -> TestClient:
    """A client that knows the address alone."""
    return TestClient(create_app(desk, token=TOKEN, hosts=LOOPBACK), base_url=ADDRESS)


@pytest.mark.parametrize("path", ["/", "/api/facts", "/static/page.js", "/pages/doc-1/1.png"])
def test_nothing_is_shown_without_the_token(stranger: TestClient, path: str) -> None:
    for query in ("", "?token=", "?token=wrong"):
        answer = stranger.get(f"{path}{query}", follow_redirects=False)
        assert answer.status_code == 403
        assert "kgpipe review serve" in answer.text


def test_a_cookie_that_is_none_is_refused(stranger: TestClient) -> None:
    for cookie in ("kgpipe=x", "a=b; =", "\x00", f"other={TOKEN}"):
        assert stranger.get("/", headers={"Cookie": cookie}).status_code == 403


def test_the_token_gives_way_to_a_cookie(stranger: TestClient) -> None:
    answer = stranger.get("/", params={"token": TOKEN}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert stranger.get("/").status_code == 200


def test_a_cookie_of_an_earlier_start_is_refused(client: TestClient, desk: Desk) -> None:
    later = TestClient(create_app(desk, token="another", hosts=LOOPBACK), base_url=ADDRESS)
    later.cookies = client.cookies
    assert later.get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8377", "", "[::", "a@b:c"]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8377", "127.0.0.1", "[::1]:8377", "LOCALHOST"])
def test_names_of_this_machine_are_known(stranger: TestClient, host: str) -> None:
    assert stranger.get("/", headers={"Host": host}).status_code == 403


def test_any_name_will_do_where_names_are_unknown(desk: Desk) -> None:
    client = TestClient(create_app(desk, token=TOKEN, hosts=None), base_url="http://lab.example")
    assert client.get("/", params={"token": TOKEN}).status_code == 200


def test_another_origin_can_neither_write_nor_read(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = client.put("/api/labels", content="{}", headers={"Content-Type": kind})
        assert answer.status_code == 415
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    for answer in (client.options("/api/labels", headers=asked), client.get("/", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_answer_of_any_length_is_refused(client: TestClient) -> None:
    json = {"Content-Type": "application/json"}
    assert client.put("/api/labels", content=b"x" * 200_000, headers=json).status_code == 413
    endless = iter([b"x" * 1000] * 200)
    assert client.put("/api/labels", content=endless, headers=json).status_code == 413


def test_every_answer_says_what_may_be_done_with_it(client: TestClient) -> None:
    for path in ("/", "/api/facts", "/static/page.js", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/api/facts").headers["cache-control"] == "no-store"
