"""The annotated example of a supplier's settings: it can be applied, and holds every setting and no other."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from cabinet.accounts.supplier_model import Supplier
from cabinet.accounts.suppliers import validate, warnings
from cabinet.accounts.texts_and_logo import SupplierSettings
from cabinet.accounts.unknown_settings import find_unknown_fields
from infra.build.template import ROOT
from infra.cli import environment
from infra.cli.commands import supplier as command
from infra.cli.errors import CommandError
from tests.support.aws import Aws

EXAMPLE = ROOT / "docs" / "centre" / "supplier.yaml"
CONTENT: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text("utf-8"))


def missing(content: Any, annotation: Any, path: str) -> Iterator[str]:
    """Yield the settings of a model that a value lacks, at any depth; the first of a list stands for it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if name not in content:
                yield f"{path}.{name}"
            else:
                yield from missing(content[name], field.annotation, f"{path}.{name}")
    elif get_origin(annotation) is list:
        yield from missing(content[0], get_args(annotation)[0], path)
    elif get_origin(annotation) is dict:
        yield from missing(next(iter(content.values())), get_args(annotation)[1], path)
    else:
        for one in get_args(annotation):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from missing(content, one, path)


def test_the_example_holds_every_setting_and_no_other() -> None:
    assert list(missing(CONTENT, SupplierSettings, "")) == []
    assert list(find_unknown_fields(CONTENT, SupplierSettings)) == []


def test_a_setting_that_the_example_lacks_is_found_at_any_depth() -> None:
    lacking = CONTENT | {"merchant": {"contract": "c"}, "payees": [{"name": "УК"}]}
    del lacking["office"]
    found = list(missing(lacking, SupplierSettings, ""))
    assert {".office", ".merchant.secret", ".payees.bic"} <= set(found)


def test_each_setting_of_the_example_has_its_comment() -> None:
    """Above it; a list's second entry repeats the first one's names and needs none."""
    explained: set[str] = set()
    above = ""
    for line in EXAMPLE.read_text("utf-8").splitlines():
        named = re.match(r"\s*(?:- )?([a-z_]+):", line)
        if named and not above.lstrip().startswith("#"):
            assert named[1] in explained, line
        elif named:
            explained.add(named[1])
        above = line


def test_the_example_says_each_default_that_is_not_required() -> None:
    """One number in the model and another in the comment would mislead."""
    comment: list[str] = []
    for line in EXAMPLE.read_text("utf-8").splitlines():
        named = re.match(r"([a-z_]+):", line)
        if named:
            default = SupplierSettings.model_fields[named[1]].default
            if isinstance(default, int | bool):
                assert f"По умолчанию {str(default).lower()}" in " ".join(comment), line
        comment = [*comment, line] if line.startswith("#") else []


def apply(path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(environment, "select_environment", lambda _: None)
    return command.run(argparse.Namespace(file=path, stack=None))


def test_the_example_is_applied_without_a_complaint_of_its_requisites(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    supplier = Supplier.model_validate(CONTENT)
    assert (validate(supplier), warnings(supplier)) == ([], [])
    assert apply(EXAMPLE, aws, monkeypatch) == 0
    assert capsys.readouterr().out == "applied: primer (ООО «Расчётный центр»)\n"


RATES = "Такого значения нет; возможны: 'none', '0', '10', '22', '10/110', '22/122'."


def _fiscal(**settings: Any) -> dict[str, Any]:
    """The example, its first payee's fiscal receipt with other settings."""
    first, *others = CONTENT["payees"]
    return {"payees": [first | {"fiscal": settings}, *others]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"reading_window": {"opens": 1}},
            "reading_window.opens: Такой настройки нет. Похожа: opens_day. Есть: ",
        ),
        ({"reading_window": {"opens_day": 31}}, "reading_window.opens_day: Слишком много: не больше 28."),
        ({"inn": 7451001232}, "inn: Нужен текст; число возьмите в кавычки."),
        ({"payees": []}, "payees: Нужно не меньше 1."),
        ({"payees": [{}]}, "payees[0].name: Этой настройки не хватает, без неё нельзя."),
        ({"features": ["payment"]}, "features[0]: Такого значения нет; возможны: 'payments', 'requests'"),
        (_fiscal(vat="20"), f"payees[0].fiscal.vat: {RATES}"),
        (_fiscal(vat=22), f"payees[0].fiscal.vat: {RATES} Число возьмите в кавычки: '22'."),
        (_fiscal(vat="22/122"), "payees[0].fiscal.vat: Ставка 22/122 бывает только у предоплаты и аванса"),
        (
            _fiscal(payment_method="credit"),
            "payees[0].fiscal.payment_method: Такого значения нет; возможны: 'full_payment', 'prepayment'",
        ),
        (
            _fiscal(payment_object="goods"),
            "payees[0].fiscal.payment_object: Такого значения нет; возможны: 'service', 'payment'.",
        ),
        (_fiscal(paymentObject="service"), "payees[0].fiscal.paymentObject: Такой настройки нет."),
        ({"commission": {"vat": "18"}}, f"commission.vat: {RATES}"),
        (
            {"method_commissions": {"card": {"vat": "5"}}},
            f"method_commissions.card.vat: {RATES}",
        ),
        ({"sum_counts_penalty": "может быть"}, "sum_counts_penalty: Нужно true или false."),
        ({"payment_day": "скоро"}, "payment_day: Нужно целое число."),
        ({"supplier_id": "Центр"}, "supplier_id: Не подходит; нужны малые латинские буквы"),
        ({"commission": 5}, "commission: Нужны вложенные настройки"),
        ({"paid_services": {"code": "x"}}, "paid_services: Нужен список"),
        ({"branding": {"logo": "nowhere.svg"}}, "branding.logo: Файла nowhere.svg рядом с настройками нет"),
        ({"branding": {"logo": "../x.svg"}}, "branding.logo: Не подходит"),
        ({"branding": {"logo": "supplier.svg"}}, "branding.logo: Логотип — картинка PNG или SVG"),
        ({"texts": {"help": 5}}, "texts.help: Нужен текст"),
        ({"inn": "7451001233"}, "inn: ИНН «7451001233» неверен"),
    ],
)
def test_a_wrong_setting_is_refused_in_russian_with_its_path(
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    change: dict[str, Any],
    said: str,
) -> None:
    path = tmp_path / "supplier.yaml"
    (tmp_path / "supplier.svg").write_text("не картинка", "utf-8")
    path.write_text(yaml.safe_dump(CONTENT | change, allow_unicode=True), "utf-8")
    with pytest.raises(CommandError, match="настройки не применены"):
        apply(path, aws, monkeypatch)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(said) for line in lines), lines
    assert aws.rows("ACCOUNTS_TABLE") == []
