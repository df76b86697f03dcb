"""Well-formed small files of each kind, and the change that makes a mistaken one of them."""

from tests.support.factories.registries import CheckedRegistry, check_file

NATIVE = {
    "accounts": (
        "ls;els;org_inn;fio;city;street;house;flat;area;residents;registered;closed",
        "7400000001;74АА000001;;Иванов Пётр Ильич;Челябинск;УЛ. ЛЕНИНА;1;2;50,5;2;2;",
        "#control;1;0",
    ),
    "balances": (
        "ls;period;receipt;issued;debt;paid;charged;total;penalty_debt;penalty_paid;penalty_charged;"
        "penalty_total;preliminary_period;preliminary;preliminary_penalty",
        "7400000001;2026-10;Объединённая;31.10.2026;100,00;-100,00;150,00;150,00;0;0;1,25;1,25;2026-11;70,00;0",
        "#control;1;151,25",
    ),
    "services": (
        "ls;period;receipt;service;payee_inn;penalty;debt;paid;charged;total",
        "7400000001;2026-10;Объединённая;ХВС;7451001232;нет;100,00;-100,00;150,00;150,00",
        "#control;1;150,00",
    ),
    "charges": (
        "ls;period;receipt;service;op;tariff;norm;volume;unit;volume_kind;calc_period;grounds;sum",
        "7400000001;2026-10;Объединённая;ХВС;начисление;30,00 руб/м3;;5;м3;прибор учёта;Октябрь 2026;;150,00",
        "#control;1;150,00",
    ),
    "payments": (
        "ls;kind;received;processed;sum;order_id",
        "7400000001;касса;08.10.2026;12.10.2026;1082,36;",
        "#control;1;1082,36",
    ),
    "meters": (
        "ls;meter_no;service;place;unit;zones;digits;decimals;installed;verify_until;calc_from;calc_to;reason",
        "7400000001;757/243;ХВС;С/У;м3;1;5;3;01.01.2026;01.01.2032;;;",
        "#control;1;0",
    ),
    "readings": (
        "ls;meter_no;zone;value;taken;accepted;source",
        "7400000001;757/243;T1;12,500;20.10.2026;25.10.2026;контролёр",
        "#control;1;0",
    ),
}
GOROD = (
    "#FILESUM 3293.08",
    "#TYPE 7",
    "#SERVICE 11501",
    "Иванов Пётр Ильич;Челябинск,УЛ. ЛЕНИНА,1,2;7400000001;3293.08;11501;01/10/2026;31/10/2026;757:513.16",
)
SBER_NAME = "7451001232_40702810012345678912_001_1026.txt"
SBER = (
    "Иванов Пётр Ильич;74АА000001;;г. Челябинск, ул. Ленина, д. 1, кв. 2;7400000001;1500,50",
    "=1;1500,50",
)
FIRST = "#registry;center;12;2026-10-31"


def file_of(kind: str) -> str:
    """Return a file with which nothing is wrong."""
    lines = {"gorod": GOROD, "sber": SBER}.get(kind) or (FIRST, *NATIVE[kind])
    return "\r\n".join(lines) + "\r\n"


def changed(kind: str, *changes: tuple[str, str]) -> CheckedRegistry:
    """Check the file after `changes`, each of which must find its place."""
    text = file_of(kind)
    for old, new in changes:
        assert old in text, f"«{old}» is not in the file"
        text = text.replace(old, new, 1)
    return check_file(text.encode("utf-8"), SBER_NAME if kind == "sber" else f"{kind}.csv")
