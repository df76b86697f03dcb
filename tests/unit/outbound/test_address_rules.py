"""No address that somebody names leads inside: forty forms of private and local ones, and how names try."""

import pytest

from cabinet.outbound.address_rules import Target, is_public, is_service_address, is_within, parse_target

INSIDE = [
    "0.0.0.0",  # noqa: S104 - judged, not listened to
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
    "192.168.0.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:a00:1",
    "::ffff:169.254.169.254", "::127.0.0.1", "::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001:db8::1", "2002:7f00:1::", "2002:c0a8:1::1", "2001:0:a00:1::80ff:fffe",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
"""As a resolver gives them."""
SPELLINGS = [
    "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://127.1/", "https://127.0.1/", "https://0/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://localhost/",
    "https://LOCALHOST./", "https://printer.local/", "https://vault.internal/", "https://router.lan/",
    "https://metadata/", "https://1.2.3.4.5/", "https://a@127.0.0.1/",
    "https://push.example.net@10.0.0.1/", "https://push.example.net:8080/",
    "https://push.example.net:22/", "https://push.example.net:x/", "http://push.example.net/",
    "ftp://push.example.net/", "//push.example.net/", "https:///path",
    "https://push.example.net\\@10.0.0.1/", "https://push.example.net /",
    "https://push.example.net/\r\nHost: a", "https://①②⑦.0.0.1/", "https://пуш.рф/",
    "https://push..example.net/", "https://-push.example.net/", "https://push.example.net/#a", "",
    "https://push.example.net/" + "a" * 2048, "https://[::1/", "https://push.example.123/",
    "file:///etc/passwd",
]  # fmt: skip
"""As a URL is typed."""


def test_there_are_forty_forms_of_each() -> None:
    assert len(set(INSIDE)) >= 40
    assert len(set(SPELLINGS)) >= 40


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["", "push.example.net", "2130706433", "0x7f.1", "1.1.1.1/32", "127.1"])
def test_what_is_no_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "77.88.8.8", "2a02:6b8::feed:ff", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", [each for each in SPELLINGS if ":8080/" not in each and ":22/" not in each])
def test_no_spelling_but_a_registered_name_over_https_is_a_services(url: str) -> None:
    assert not is_service_address(url)


def test_a_service_has_a_port_of_its_choice_and_no_query() -> None:
    assert is_service_address("https://bank.example.ru:8443/payment/rest")
    assert is_service_address("https://pay.example.ru")
    assert not is_service_address("https://bank.example.ru/?to=")
    assert not is_service_address("https://bank.example.ru?")


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_but_a_registered_name_over_https_is_a_target(url: str) -> None:
    assert parse_target(url) is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b?c=1", Target("fcm.googleapis.com", "/fcm/send/a:b?c=1")),
        ("https://Push.Example.NET:443", Target("push.example.net", "/")),
        ("https://xn--80aswg.xn--p1ai/", Target("xn--80aswg.xn--p1ai", "/")),
    ],
)
def test_a_registered_name_over_https_is_a_target(url: str, target: Target) -> None:
    assert parse_target(url) == target


@pytest.mark.parametrize(
    ("url", "origin", "is_in"),
    [
        ("http://127.0.0.1:8000/local/push/service/a-b_c", "http://127.0.0.1:8000", True),
        ("http://127.0.0.1:80001/local", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000/a/../b", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000/a?b", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8000@10.0.0.1/a", "http://127.0.0.1:8000", False),
        ("http://127x0x0x1:8000/a", "http://127.0.0.1:8000", False),
        ("/local", "", False),
    ],
)
def test_one_origin_inside_counts_where_it_is_named_and_by_plain_paths_alone(
    url: str, origin: str, is_in: bool
) -> None:
    assert is_within(url, origin) is is_in
