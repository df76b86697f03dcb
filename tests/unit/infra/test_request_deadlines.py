"""The local stack's `POST /local/requests/…/overdue`."""

from datetime import date

from starlette.applications import Starlette

from cabinet.core import clock
from cabinet.service_requests import store, work_list
from cabinet.service_requests.deadline_rules import is_overdue
from infra.local import request_deadlines
from tests.support import desk_scenarios
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.desk_call import SUPPLIER


def test_a_requests_term_passes_and_it_comes_first(aws: Aws) -> None:
    desk_scenarios.world()
    for number in ("260302-00001", "260302-00002"):
        desk_scenarios.a_request(number, answer_by=date(2126, 3, 12))
    client = AppClient(Starlette(routes=request_deadlines.routes()))
    assert client.post(f"/local/requests/{SUPPLIER}:260302-00002/overdue").status_code == 204
    late = store.find_by_number(SUPPLIER, "260302-00002")
    assert is_overdue(late.answer_by, clock.now().date())
    first, other = work_list.list_open([SUPPLIER], lambda request: True, None).items
    assert (first, other.number) == (late, "260302-00001")
    assert client.post(f"/local/requests/{SUPPLIER}:none/overdue").status_code == 404
