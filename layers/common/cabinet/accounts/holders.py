"""The holder of an account: what a person must know to claim it, and whether a binding is to the current one.

A person is known by the surname, an organisation by its name without the form («ООО», «Общество с
ограниченной ответственностью») or by an INN beside the name. Pure.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from cabinet.accounts.bank_details import inn_is_valid
from cabinet.accounts.model import Account, HistoryEnd
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import Item
from cabinet.core.text import normalise_text, surname

_ENTREPRENEURS = ("ип", "индивидуальный предприниматель", "кфх", "глава кфх")
_ORGANISATIONS = (
    "ооо", "одо", "нао", "пао", "оао", "зао", "ао", "ано", "нко", "тсж", "тсн", "снт", "жск", "жк", "гск",
    "пк", "мп", "муп", "гуп", "фгуп", "мбу", "гбу", "фгбу", "мку", "гку", "фку", "мау", "гау", "мбоу", "маоу",
    "мбдоу", "мадоу", "моу", "мдоу", "мбуз", "гбуз", "фгбоу", "гбпоу", "чоу", "чуз",
    "общество с ограниченной ответственностью", "общество с дополнительной ответственностью",
    "акционерное общество", "публичное акционерное общество", "непубличное акционерное общество",
    "открытое акционерное общество", "закрытое акционерное общество", "некоммерческая организация",
    "автономная некоммерческая организация", "товарищество собственников жилья",
    "товарищество собственников недвижимости", "садоводческое некоммерческое товарищество",
    "жилищный кооператив", "жилищно-строительный кооператив", "гаражный кооператив",
    "муниципальное унитарное предприятие", "государственное унитарное предприятие",
    "федеральное государственное унитарное предприятие", "муниципальное бюджетное учреждение",
    "муниципальное казенное учреждение", "муниципальное автономное учреждение",
    "государственное бюджетное учреждение", "федеральное государственное бюджетное учреждение",
)  # fmt: skip
_ORGANISATION_FIRST_WORDS = {
    "администрация", "ассоциация", "войсковая", "государственное", "департамент", "комитет", "кооператив",
    "министерство", "муниципалитет", "муниципальное", "общество", "организация", "предприятие", "союз",
    "товарищество", "управление", "учреждение", "федеральное", "фонд",
}  # fmt: skip
"""First words of names that no person has: such a name is asked for as a whole."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NO_WORD = re.compile(r"^[\W_]+")
_INN = re.compile(
    r"(?:\bинн\b(?:\s*/\s*кпп\b)?[\s:№]*)?(?<!\d)(\d{12}|\d{10})(?!\d)(?:\s*/\s*\d{9}\b)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Holder:
    """What a registry's «ФИО» says: the folded surname or name, and the INN if there is one."""

    name: str
    inn: str = ""


def parse_holder(text: str) -> Holder:
    """Return the holder that a registry names: «Иванов И. И.», «ООО «Ромашка», ИНН 7421000200»."""
    found = _INN.search(text)
    bare = _INN.sub("", text)
    rest, form = _without_form(bare)
    is_person = form is None and not _begins_as_organisation(bare)
    inn = found[1] if found and not is_person and inn_is_valid(found[1]) else ""
    if is_person or form == "entrepreneur":
        return Holder(normalise_text(surname(_NO_WORD.sub("", rest))), inn)
    return Holder(normalise_text(rest), inn)


def matches_holder(typed: str, holder: str) -> bool:
    """Tell in constant time whether `typed` names the holder: by surname, an organisation's name or INN.

    Case, spaces, hyphens, quotes, ё/е and Latin look-alikes do not matter; a form before or
    after the name may be typed or not. A holder without letters is named by nothing.
    """
    known = parse_holder(holder)
    answers = {normalise_text(typed), normalise_text(_without_form(typed)[0])} - {""}
    by_name = [hmac.compare_digest(answer.encode(), known.name.encode()) for answer in answers]
    by_inn = hmac.compare_digest(re.sub(r"\D", "", typed).encode(), known.inn.encode()) and known.inn != ""
    return (any(by_name) and known.name != "") or (by_inn and not any(map(str.isalpha, typed)))


def holder_key(account_id: str, holder: str) -> str:
    """Return what a binding keeps of the holder that it was proved by; no name can be read from it.

    «Иванов И. И.» and «Иванов Иван Иванович» are one holder, and so are «ООО «Ромашка» and «Ромашка, ООО».
    """
    return hashlib.sha256(f"{account_id}\n{parse_holder(holder).name}".encode()).hexdigest()[:32]


def needs_surname(binding: Item, account: Account) -> bool:
    """Tell whether the account has another holder than the one by whom the binding was proved.

    A binding from before holders were kept is decided by the day on which the registry changed the holder.
    """
    proved = binding.get("holder_key")
    if proved is None:
        since = account.holder_since
        return since is not None and str(binding.get("bound_at", ""))[:10] <= since.isoformat()
    return not hmac.compare_digest(str(proved), holder_key(account.account_id, account.holder))


def history_end_for(binding: Item, account: Account, supplier: Supplier) -> HistoryEnd | None:
    """Return where the account's history ends for a former holder, if it stays open to them; else None."""
    if not supplier.former_holder_sees_history or not needs_surname(binding, account):
        return None
    return account.former_holders.get(str(binding.get("holder_key")))


def account_for_former_holder(account: Account, end: HistoryEnd) -> Account:
    """Return the account as its former holder may see it: nothing about the current residents."""
    hidden: Item = {
        "holder": "", "residents": None, "registered": None, "latest_periods": {}, "unaccounted": {},
        "latest_receipt_copies": {}, "meter_summaries": None, "board": {},
    }  # fmt: skip
    return account.model_copy(update=hidden | {"last_period": end.last_period})


def _without_form(name: str) -> tuple[str, str | None]:
    """Return a name without the legal form before or after it, and what kind of form it was."""
    words = list(_WORD.finditer(name))
    folded = [normalise_text(word[0]) for word in words]
    for count in range(min(_MAX_FORM, len(words) - 1), 0, -1):
        kind = _FORMS.get(tuple(folded[:count]))
        if kind is not None:
            return name[words[count - 1].end() :], kind
        kind = _FORMS.get(tuple(folded[-count:]))
        if kind is not None:
            return name[: words[-count].start()], kind
    return name, None


def _begins_as_organisation(name: str) -> bool:
    first = _WORD.search(name)
    return first is not None and normalise_text(first[0]) in _ORGANISATION_FIRST_WORDS


def _words(form: str) -> tuple[str, ...]:
    return tuple(normalise_text(word) for word in _WORD.findall(form))


_FORMS = {_words(form): "entrepreneur" for form in _ENTREPRENEURS} | {
    _words(form): "organisation" for form in _ORGANISATIONS
}
_MAX_FORM = max(map(len, _FORMS))
