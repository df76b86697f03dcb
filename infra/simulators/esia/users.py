"""The people whom the simulator knows: one for each case that the cabinet must tell apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citizen:
    """An account of the simulator."""

    oid: str
    title: str
    email: str | None = None
    email_status: str = "VERIFIED"
    phone: str | None = None
    trusted: bool = True


TEST_USERS = {
    citizen.oid: citizen
    for citizen in (
        Citizen("1000300001", "Иванов Иван, подтверждена", "ivanov.esia@example.ru", phone="+7(912)7654321"),
        Citizen("1000300002", "Петрова Ольга, подтверждена, без почты", phone="+7(912)7654322"),
        Citizen("1000300003", "Сидоров Пётр, не подтверждена", "sidorov.esia@example.ru", trusted=False),
        Citizen(
            "1000300004", "Кузнецова Анна, почта не проверена", "kuznetsova.esia@example.ru", "NOT_VERIFIED"
        ),
    )
}
