"""Publishing and reading at once: no notice is lost, none is posted twice, every copy of a board agrees."""

from concurrent.futures import ThreadPoolExecutor

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.errors import Conflict
from cabinet.notices import queries, store
from cabinet.notices.keys import head_key, notice_key
from cabinet.notices.model import supplier_board
from cabinet.notices.store import AlreadyPublished
from tests.support.factories import bound_accounts
from tests.support.factories.notices import publication
from tests.support.local_aws import LocalAws

BOARD = supplier_board("uk-test")


def publish(number: int) -> bool:
    try:
        store.publish(BOARD, publication(BOARD, f"№ {number}", "Текст", f"publication-{number}"))
    except AlreadyPublished:
        return False
    return True


def test_clerks_who_publish_at_once_hang_each_notice_once(local_aws: LocalAws) -> None:
    with ThreadPoolExecutor(4) as pool:
        hung = list(pool.map(publish, [1, 2, 3, 4, 5, 6, 1, 2, 3]))
    assert sum(hung) == 6
    rows = dynamo.batch_get([(Table.MESSAGES, head_key(BOARD, shard)) for shard in range(BOARD.shards)])
    assert [row["count"] for row in rows if row] == [6] * BOARD.shards
    numbers = dynamo.batch_get([(Table.MESSAGES, notice_key(BOARD, number)) for number in range(1, 8)])
    assert sorted(row["title"] for row in numbers if row) == [f"№ {number}" for number in range(1, 7)]


def test_marks_made_on_two_devices_at_once_are_all_kept(local_aws: LocalAws) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    for number in range(6):
        publish(number)
    bindings = dynamo.query(Table.USERS, "USER#u1", begins="BINDING#").items
    notices = [seen.notice_id for seen in queries.first_page("u1", bindings).items]

    def mark(notice_id: str) -> bool:
        try:
            queries.mark_read("u1", bindings, notice_id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(mark, notices[:5]))
    left = [seen for seen in queries.first_page("u1", bindings).items if not seen.is_read]
    assert [seen.notice_id for seen in left] == notices[5:]
