"""What a supplier is: its payees, bank contracts, terms, texts and settings."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks, format_rubles

type Feature = Literal["payments", "requests", "notices", "paperless"]
type VatRate = Literal["none", "0", "10", "22", "10/110", "22/122"]
"""A rate of VAT as contracts spell it: 22 % is the base rate since 2026; a fraction is that of an advance."""


class FiscalSettings(FrozenModel):
    """What the fiscal receipt says of a payee's services (54-ФЗ, FFD 1.2, tags 1199, 1212, 1214)."""

    vat: VatRate = "none"
    payment_method: Literal["full_payment", "prepayment", "advance"] = "full_payment"
    """For rendered services; what is charged in advance is always an `advance`."""
    payment_object: Literal["service", "payment"] = "service"


class Payee(FrozenModel):
    """Who receives money («получатель платежа»): bank requisites for the receipt and the payment QR."""

    name: str = Field(min_length=1, max_length=160)
    inn: str
    kpp: str = ""
    account: str
    """Settlement account, 20 characters."""
    bank_name: str = Field(min_length=1, max_length=45)
    bic: str
    correspondent_account: str
    fiscal: FiscalSettings = FiscalSettings.model_construct()


class ReadingWindow(FrozenModel):
    """Days of the month in which readings are taken, in the supplier's time zone; both inclusive."""

    opens_day: Annotated[int, Field(ge=1, le=28)] = 15
    closes_day: Annotated[int, Field(ge=1, le=28)] = 25
    always_open: bool = False
    """A sample supplier's: readings can be tried on any day."""


class Commission(FrozenModel):
    """What the bank adds to a payment: basis points of the sum, from `minimum` to `maximum` kopecks."""

    text: str = ""
    """The sentence that subscribers read; empty: it is made of the numbers."""
    basis_points: Annotated[int, Field(ge=0, le=1000)] = 0
    minimum: Annotated[Kopecks, Field(ge=0)] = 0
    maximum: Annotated[Kopecks, Field(ge=0)] | None = None
    """None: as much as the percentage comes to."""
    vat: VatRate = "none"
    """VAT of the commission's line on the fiscal receipt."""

    @property
    def sentence(self) -> str:
        """Return the rule in words: «Комиссия 1,5 %, не менее 12,00 руб.»."""
        if self.text:
            return self.text
        percent = f"{self.basis_points / 100:g} %".replace(".", ",") if self.basis_points else ""
        least = f"{format_rubles(self.minimum)} руб." if self.minimum else ""
        if not percent:
            return f"Комиссия {least}" if least else "Комиссия не взимается."
        bounds = [f"не менее {least}"] if least else []
        if self.maximum is not None:
            bounds.append(f"не более {format_rubles(self.maximum)} руб.")
        return "Комиссия " + ", ".join([percent, *bounds])


class ReceiptKind(FrozenModel):
    """What is said of one kind of receipt («Объединённая», «Капитальный ремонт»)."""

    payee_inn: str
    """Who receives what its receipts ask for without naming a payee: penalties, sums without services."""


class RegistryLimits(FrozenModel):
    """What a registry may say without a question; beyond, its report warns or leaves the account out."""

    months_ahead: Annotated[int, Field(ge=0, le=120)] = 2
    """Months after the registry's date in which a period may lie."""
    months_back: Annotated[int, Field(ge=0, le=600)] = 240
    """Months before the registry's date in which a period or a payment may lie."""
    sum_warned: Annotated[Kopecks, Field(ge=1)] = 300_000_00
    """A sum of one row above this is asked about."""
    sum_refused: Annotated[Kopecks, Field(ge=1)] = 10_000_000_00
    """A sum of one row above this is an error."""
    reading_warned_factor: Annotated[int, Field(ge=2)] = 20
    """Monthly averages above which the change of a meter is asked about."""
    reading_refused_percent: Annotated[int, Field(ge=1, le=100)] = 20
    """Percent of all that the meter's counter can show: a greater change is an error; 100 allows any."""


type PaymentMethod = Literal["card", "sbp", "saved_card"]
"""How a subscriber pays: by card on the bank's page, by СБП from the app of their own bank, or by a card that
the bank keeps for them."""
PAYMENT_METHODS: tuple[PaymentMethod, ...] = get_args(PaymentMethod.__value__)
"""All of them, as they are offered: the first one that a supplier has is paid by unless another is chosen."""
type Dialect = Literal["rbs", "gorod_unified", "gorod", "raiffeisen"]
"""A bank's interface."""


class Merchant(FrozenModel):
    """The contract with a bank: which dialect is spoken, where, and which secret holds the credentials."""

    contract: str
    """Orders of suppliers with one contract are paid together."""
    dialect: Dialect
    base_url: str
    secret: str
    """Name of the secret (`aws.secret_sources`): the bank's user, password and callback key as JSON."""
    service_number: str = ""
    """Service number of the «Город» protocol."""
    fiscal_url: str = ""
    """Where the bank takes the lines of fiscal receipts, if by a service apart from the payment's; empty: the
    receipts are the centre's own business, or go with the order."""
    methods: tuple[PaymentMethod, ...] = ("card",)
    """What is paid under the contract; nothing where it is kept for refunds of old orders alone."""
    unconfirmed_hours: Annotated[int | None, Field(ge=1, le=72)] = None
    """«Город»: how long after its `check` the bank may still send `pay`; then the order expires by itself.

    None: a person decides after three days.
    """


class PaidService(FrozenModel):
    """One line of the supplier's price list."""

    code: str
    title: str
    price: Annotated[Kopecks, Field(ge=0)]


type RequestKind = Literal["emergency", "complaint", "appeal", "paid_service"]
"""What a request is (`service_requests.model.Kind`)."""
type DayKind = Literal["work", "off"]
_ANSWER_DAYS: dict[RequestKind, int] = {"emergency": 1, "complaint": 10, "appeal": 10, "paid_service": 3}
type RegistryEncoding = Literal["utf-8", "cp1251", "cp866", "koi8-r"]


class Phone(FrozenModel):
    """A telephone for residents: whose it is, the number, and when it is answered."""

    title: str = Field(min_length=1, max_length=60)
    number: str = Field(min_length=3, max_length=30)
    hours: str = Field("", max_length=60)


class Branding(FrozenModel):
    """How the site looks to the supplier's residents once they are signed in."""

    name: str = Field("", max_length=40)
    """Shown in the site's header; empty: «Личный кабинет»."""
    accent: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = None
    """Colour of buttons and links; others derive from it (`accounts.branding`). None: the site's own."""
    phones: Annotated[list[Phone], Field(max_length=5)] = []
    logo: Annotated[str, Field(pattern=r"^(|[\w-][\w.-]{0,80}\.(png|svg))$")] = ""
    """The picture in the site's head, a file beside the settings; once applied, the name that it is served
    by (`accounts.texts_and_logo`). Empty: the site's own."""


class SupplierTexts(FrozenModel):
    """What a supplier says at length: in a row of its own, so that no other request reads it."""

    help: str = Field("", max_length=8_000)
    """On the page of help, an empty line between paragraphs."""
    consent: str = Field("", max_length=20_000)
    """«Согласие на обработку персональных данных» to the supplier, agreed to when an account is bound; empty:
    that of the cabinet's own operator, given at registration, is all."""


class Webhook(FrozenModel):
    """Where the supplier's billing system gets events at once (`cabinet.webhooks`)."""

    url: str = Field(max_length=2048)
    """https, a registered name, port 443; checked again at each call (`outbound.address_rules`)."""
    secret: Annotated[str, Field(pattern=r"^[\w-]{1,64}/webhook/[\w.-]{1,64}$")]
    """Name of the secret that holds the signing keys, ``<stack>/webhook/<name>``."""


class Supplier(FrozenModel):
    """A settlement organisation («расчётная организация, поставщик») and what it offers its subscribers."""

    supplier_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    name: str = Field(min_length=1, max_length=160)
    inn: str
    time_zone: str = "Asia/Yekaterinburg"
    payees: Annotated[list[Payee], Field(min_length=1, max_length=20)]
    features: list[Feature] = []
    branding: Branding = Branding.model_construct()
    reading_window: ReadingWindow = ReadingWindow.model_construct()
    unusual_factor: Annotated[int, Field(ge=2, le=100)] = 3
    """A change above this many averages needs the subscriber's confirmation."""
    implausible_factor: Annotated[int, Field(ge=2, le=10_000)] = 50
    """A change above this many averages, and above 500 units, is not accepted but offered as a request."""
    implausible_volume: Annotated[int, Field(ge=1)] = 5_000
    """Whole units above which a change is not accepted where there is no average yet."""
    implausible_amount: Annotated[Kopecks, Field(ge=1)] = 100_000_00
    """The most, in kopecks, that an unusual change may cost by the tariff of the last receipt."""
    rollover_cap: Annotated[int, Field(ge=1)] = 1000
    """Whole units that a rolled-over meter may have counted at most."""
    commission: Commission = Commission.model_construct()
    method_commissions: dict[PaymentMethod, Commission] = {}
    """The rules of the methods that have another one than `commission`."""
    merchant: Merchant | None = None
    merchants: Annotated[list[Merchant], Field(max_length=5)] = []
    """Further contracts: for methods that `merchant` is not for, and old ones (an order keeps its own)."""
    payment_day: Annotated[int | None, Field(ge=1, le=28)] = None
    """Day of the month after a receipt's by which it was to be paid, for periods before 2026-02 alone: since
    then the law's day applies (`billing.rules.due_date`)."""
    payment_limit: Annotated[Kopecks, Field(ge=1)] = 50_000_00
    """The most that one cart line may be."""
    refund_approval_over: Annotated[Kopecks | None, Field(ge=0)] = 5_000_00
    """Refunds at the desk above this, all of one order together, need a second person; None: none does."""
    debt_reminder_threshold: Annotated[Kopecks, Field(ge=0)] = 3_000_00
    receipt_mail_delay_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    """How long a receipt must stay unchanged before any mail names its sum: a registry may be a mistake."""
    qr_period_format: Literal["MMYYYY", "MMYY", "MM.YYYY"] = "MMYYYY"
    dispatcher_phone: str = ""
    dispatcher_email: str = ""
    """Where an emergency is mailed at once."""
    requests_email: str = ""
    """Where the other requests are mailed."""
    request_terms: dict[RequestKind, Annotated[int, Field(ge=0, le=60)]] = {}
    """Working days in which a request of a kind is answered; `_ANSWER_DAYS` for kinds that are not named."""
    moved_days: dict[date, DayKind] = {date(2026, 1, 9): "off", date(2026, 12, 31): "off"}
    """Days that the government moves each year («перенос выходных»): the law's own holidays are known."""
    office: str = ""
    paid_services: list[PaidService] = []
    service_titles: dict[str, str] = {}
    """What the service codes of «Город»'s registries mean."""
    receipt_kinds: dict[str, ReceiptKind] = {}
    """Keyed by the kind's title as in registries; with one payee none is needed (`billing.line_rules`)."""
    penalty_services: list[str] = []
    """Titles or codes of the lines that are penalties, where registries have no column that says it."""
    recalculation_operations: list[Annotated[str, Field(pattern=r"\w")]] = ["Перерасчёт", "Корректировка"]
    """How operations of charges that correct other months begin, where registries have no column for it."""
    former_holder_sees_history: bool = False
    """Whether who bound an account under a former holder may continue reading its charges and payments before
    the change; all else of the account is refused in any case."""
    new_holder_sees_history: bool = False
    """Whether a new holder sees the account's receipts, payments, readings and consumption before the
    change; what is owed and the last reading of each meter are shown in any case."""
    webhook: Webhook | None = None
    """None: the billing system learns of everything from registries."""
    registry_encoding: RegistryEncoding | None = None
    """The encoding of registries; None: detected from their letters; KOI8-R is rejected."""
    registry_decimal: Literal["dot", "comma"] = "dot"
    """The decimal separator in the registries that the cabinet writes."""
    registry_xlsx: bool = True
    """Whether each registry that the cabinet writes has a workbook beside it, for people."""
    gis_rows_per_file: Annotated[int, Field(ge=1, le=20_000)] = 1000
    """The most rows of one workbook for ГИС ЖКХ (`exchange.gis`): its templates say how many it takes."""
    registry_limits: RegistryLimits = RegistryLimits.model_construct()
    registry_errors_share: Annotated[int, Field(ge=0, le=100)] = 0
    """Percent of unreadable rows that a registry may have and still be applied."""
    sum_counts_negative: bool = True
    """Whether «Город»'s FILESUM counts negative rows."""
    sum_counts_penalty: bool = True

    def answer_days(self, kind: RequestKind) -> int:
        """Return in how many working days a request is answered (for appeals ten, ПП РФ № 416)."""
        return self.request_terms.get(kind, _ANSWER_DAYS[kind])

    def offers(self, feature: Feature) -> bool:
        """Tell whether the supplier is connected to a service that not all organisations have."""
        return feature in self.features

    @property
    def all_merchants(self) -> list[Merchant]:
        """Return all contracts with banks, the main one first."""
        return [self.merchant, *self.merchants] if self.merchant is not None else list(self.merchants)

    def merchants_by_path(self) -> dict[str, Merchant]:
        """Return the contracts by where the settings have them: ``merchant``, ``merchants[0]``."""
        places = ["merchant"] if self.merchant is not None else []
        places += [f"merchants[{index}]" for index in range(len(self.merchants))]
        return dict(zip(places, self.all_merchants, strict=True))

    def merchant_for(self, method: PaymentMethod) -> Merchant | None:
        """Return the contract under which a method is paid, None where it cannot be paid so."""
        return next((merchant for merchant in self.all_merchants if method in merchant.methods), None)

    @property
    def payment_methods(self) -> list[PaymentMethod]:
        """Return the ways in which the supplier can be paid here, the usual one first."""
        if not self.offers("payments"):
            return []
        return [method for method in PAYMENT_METHODS if self.merchant_for(method) is not None]

    def commission_rule(self, method: PaymentMethod) -> Commission:
        """Return the rule of commission for a method; a saved card costs what a card does unless said."""
        usual = self.method_commissions.get("card", self.commission) if method == "saved_card" else None
        return self.method_commissions.get(method, usual or self.commission)
