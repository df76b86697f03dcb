"""«Настройки»: the profile, phone, address, password, devices, mailings."""

import re
from typing import Any

from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, PASSWORD, emails, register, sign_in, token_of
from tests.support.aws import Aws
from tests.support.identity_fixtures import rows

NEW_EMAIL = "petrov@example.com"


def ask_for_email(client: AppClient, email: str = NEW_EMAIL, password: str = PASSWORD) -> Any:
    return client.post("/api/profile/email-changes", json={"email": email, "password": password})


def confirm_email(client: AppClient, token: str) -> Any:
    return client.post("/api/profile/email-changes/confirm", json={"token": token})


def test_the_profile_is_shown(signed_in: AppClient) -> None:
    shown = signed_in.get("/api/profile").json()
    assert re.fullmatch("[0-9a-f]{32}", shown.pop("user_id"))
    assert shown | {
        "email": EMAIL, "pending_email": None, "phone": "+79001234567", "esia_linked": False,
        "has_password": True, "primary_account_id": None, "unread_notices": 0, "cart_count": 0,
    } == shown  # fmt: skip


def test_the_phone_is_changed_and_the_owner_told(signed_in: AppClient, local: Aws) -> None:
    changed = signed_in.patch("/api/profile", json={"phone": "8 (912) 765-43-21"})
    assert (changed.status_code, changed.json()["phone"]) == (200, "+79127654321")
    assert emails(local, EMAIL)[-1]["params"]["what"] == "Изменён номер телефона."
    assert signed_in.patch("/api/profile", json={"phone": "12"}).json()["code"] == "phone_invalid"


def test_the_new_emails_link_changes_it_and_the_old_one_is_notified(signed_in: AppClient, local: Aws) -> None:
    assert ask_for_email(signed_in).status_code == 202
    assert signed_in.get("/api/profile").json()["pending_email"] == NEW_EMAIL
    assert sign_in(auth_client.browser(), NEW_EMAIL).status_code == 401
    token = token_of(local, "email_change", NEW_EMAIL)
    assert confirm_email(auth_client.browser(), token).status_code == 204
    shown = signed_in.get("/api/profile").json()
    assert (shown["email"], shown["pending_email"]) == (NEW_EMAIL, None)
    assert "email_changed" in [email["template"] for email in emails(local, EMAIL)]
    assert sign_in(auth_client.browser(), NEW_EMAIL).status_code == 201
    assert sign_in(auth_client.browser()).status_code == 401
    assert confirm_email(auth_client.browser(), token).json()["code"] == "token_invalid"


def test_the_old_address_is_free_for_another_user(signed_in: AppClient, local: Aws) -> None:
    ask_for_email(signed_in)
    confirm_email(signed_in, token_of(local, "email_change"))
    register(auth_client.browser(), local)


def test_an_address_that_somebody_owns_or_takes_meanwhile_is_refused(
    signed_in: AppClient, local: Aws
) -> None:
    register(auth_client.browser(), local, email="olga@example.ru")
    assert ask_for_email(signed_in, "OLGA@example.ru").json()["code"] == "email_taken"
    ask_for_email(signed_in)
    register(auth_client.browser(), local, email=NEW_EMAIL)
    refused = confirm_email(signed_in, token_of(local, "email_change"))
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    assert signed_in.get("/api/profile").json()["email"] == EMAIL


def test_the_last_of_two_email_changes_alone_counts(signed_in: AppClient, local: Aws) -> None:
    ask_for_email(signed_in, "first@example.ru")
    first = token_of(local, "email_change", "first@example.ru")
    ask_for_email(signed_in, "second@example.ru")
    assert confirm_email(signed_in, first).json()["code"] == "token_invalid"
    assert confirm_email(signed_in, token_of(local, "email_change", "second@example.ru")).status_code == 204


def test_an_email_change_needs_the_password_and_is_void_after_a_password_change(
    signed_in: AppClient, local: Aws
) -> None:
    assert ask_for_email(signed_in, password="wrong").json()["code"] == "password_wrong"
    ask_for_email(signed_in)
    token = token_of(local, "email_change")
    signed_in.post("/api/profile/password", json={"current": PASSWORD, "new": "lantern-river-58"})
    assert confirm_email(signed_in, token).json()["code"] == "token_invalid"


def test_a_link_is_refused_to_another_user_who_is_signed_in(signed_in: AppClient, local: Aws) -> None:
    ask_for_email(signed_in)
    token = token_of(local, "email_change")
    other = auth_client.browser()
    register(other, local, email="olga@example.ru")
    sign_in(other, "olga@example.ru")
    assert confirm_email(other, token).json()["code"] == "token_invalid"
    assert confirm_email(signed_in, token).status_code == 204


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(signed_in: AppClient, local: Aws) -> None:
    other = auth_client.browser()
    sign_in(other)
    body = {"current": PASSWORD, "new": "lantern-river-58"}
    assert signed_in.post("/api/profile/password", json=body).status_code == 204
    assert other.get("/api/profile").status_code == 401
    assert signed_in.get("/api/profile").status_code == 200
    assert sign_in(auth_client.browser()).status_code == 401
    assert sign_in(auth_client.browser(), password="lantern-river-58").status_code == 201
    assert "Изменён пароль." in [email["params"].get("what") for email in emails(local, EMAIL)]


def test_a_password_change_names_the_wrong_field(signed_in: AppClient) -> None:
    wrong = signed_in.post("/api/profile/password", json={"current": "x", "new": "lantern-river-58"})
    weak = signed_in.post("/api/profile/password", json={"current": PASSWORD, "new": "qwerty12"})
    assert wrong.json()["errors"][0] | {"message": ""} == {
        "field": "current", "code": "password_wrong", "message": "",
    }  # fmt: skip
    assert (weak.json()["errors"][0]["field"], weak.json()["code"]) == ("new", "password_weak")


def test_guessing_the_current_password_is_limited(signed_in: AppClient) -> None:
    body = {"current": "wrong", "new": "lantern-river-58"}
    found = [signed_in.post("/api/profile/password", json=body).status_code for _ in range(11)]
    assert found == [422] * 10 + [429]


def test_devices_are_listed_and_one_is_ended(signed_in: AppClient, local: Aws) -> None:
    other = auth_client.browser(**{"User-Agent": "a phone"})
    sign_in(other)
    shown = signed_in.get("/api/profile/sessions").json()["items"]
    assert [each["current"] for each in shown].count(True) == 1
    (phone,) = [each for each in shown if each["user_agent"] == "a phone"]
    path = f"/api/profile/sessions/{phone['session_id']}"
    assert signed_in.delete(path).status_code == 204
    assert other.get("/api/profile").status_code == 401
    assert signed_in.delete(path).status_code == 404


def test_anothers_session_cannot_be_ended(signed_in: AppClient, local: Aws) -> None:
    other = auth_client.browser()
    register(other, local, email="olga@example.ru")
    sign_in(other, "olga@example.ru")
    theirs = other.get("/api/profile/sessions").json()["items"][0]["session_id"]
    assert signed_in.delete(f"/api/profile/sessions/{theirs}").status_code == 404
    assert other.get("/api/profile").status_code == 200


def test_all_other_devices_are_ended_at_once(signed_in: AppClient) -> None:
    others = [auth_client.browser(), auth_client.browser()]
    for other in others:
        sign_in(other)
    assert signed_in.delete("/api/profile/sessions").status_code == 204
    assert [other.get("/api/profile").status_code for other in others] == [401, 401]
    assert signed_in.get("/api/profile").status_code == 200


def test_the_journal_tells_what_happened_the_newest_first(signed_in: AppClient) -> None:
    signed_in.patch("/api/profile", json={"phone": "+79127654321"})
    told = signed_in.get("/api/profile/security-events").json()["items"]
    assert [entry["what"] for entry in told] == [
        "Изменён номер телефона", "Вход в личный кабинет", "Создан личный кабинет",
    ]  # fmt: skip
    assert told[0]["address"] == "198.51.100.7"


def test_mailings_are_chosen_for_a_bound_account_alone(signed_in: AppClient, local: Aws) -> None:
    user_id = signed_in.get("/api/profile").json()["user_id"]
    choice = {"receipts": True, "reminders": False, "notices": True}
    assert signed_in.put("/api/profile/mailings/uk:123", json=choice).status_code == 404
    local.table("USERS_TABLE").put_item(Item={"pk": f"USER#{user_id}", "sk": "BINDING#uk:123"})
    assert signed_in.put("/api/profile/mailings/uk:123", json=choice).json() == choice
    (binding,) = rows(local, "BINDING#")
    assert binding["mailings"] == choice
    assert binding["mailings_record"]["at"]
    assert signed_in.put("/api/profile/mailings/uk:123", json={"receipts": 1}).status_code == 422


def test_a_cabinet_with_a_password_has_nothing_to_unlink(signed_in: AppClient) -> None:
    assert signed_in.delete("/api/profile/esia").status_code == 404
