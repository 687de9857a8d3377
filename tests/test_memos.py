from kgpipe.memos import StoredMemo
from kgpipe.workspace import Workspace


def test_a_memo_is_kept_by_its_name() -> None:
    workspace = Workspace(None)
    memo = StoredMemo(workspace.transaction, name="a")
    assert memo.load() is None
    memo.save(b"one")
    memo.save(b"two\x00")
    assert StoredMemo(workspace.transaction, name="a").load() == b"two\x00"
    assert StoredMemo(workspace.transaction, name="b").load() is None


def test_a_workspace_names_memos_by_their_parts() -> None:
    workspace = Workspace(None)
    workspace.memo("pairs", "one").save(b"1")
    assert workspace.memo("pairs", "one").load() == b"1"
    assert workspace.memo("pairs", "two").load() is None
