"""The two suppliers of the sample: one with every service, one without requests and paperless.

`${LOCAL_ORIGIN}` is filled from the environment by `cabinet supplier apply`: the banks' simulators and the
receiver of webhooks are there.
"""

import yaml

CENTER = "center"
WATER = "voda"

CENTER_INN = "7451001232"
CAPITAL_REPAIR_INN = "7447004569"
WATER_INN = "7453007896"

LOGO_FILE = "voda-logo.svg"
LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">
  <rect width="48" height="48" rx="10" fill="#0b4f9e"/>
  <path d="M24 7c7 9 12 15 12 22a12 12 0 0 1-24 0c0-7 5-13 12-22z" fill="#fff"/>
  <path d="M17 30c2.4 2 4.7 2 7 0s4.6-2 7 0" fill="none" stroke="#0b4f9e" stroke-width="3"/>
</svg>
"""

PROFILES = {
    CENTER: f"""\
supplier_id: {CENTER}
name: ООО «УК Кыштымская»
inn: "{CENTER_INN}"
time_zone: Asia/Yekaterinburg
branding:
  phones:
    - {{title: Диспетчерская, number: +7 (351) 200-10-10, hours: круглосуточно}}
payees:
  - name: "Коммунальные услуги (ООО «УК Кыштымская»)"
    inn: "{CENTER_INN}"
    kpp: "745101001"
    account: "40702810800000012345"
    bank_name: ПАО «ЧЕЛЯБИНВЕСТБАНК»
    bic: "047501779"
    correspondent_account: "30101810400000000779"
  - name: "Капитальный ремонт (Фонд капитального ремонта)"
    inn: "{CAPITAL_REPAIR_INN}"
    kpp: "744701001"
    account: "40702810300000012345"
    bank_name: Южноуральское отделение № 8597
    bic: "047501602"
    correspondent_account: "30101810700000000602"
receipt_kinds:
  Объединённая: {{payee_inn: "{CENTER_INN}"}}
  Капитальный ремонт: {{payee_inn: "{CAPITAL_REPAIR_INN}"}}
commission:
  text: 0% - оплата услуг банковскими картами Челябинвестбанка и других банков.
features: [payments, requests, notices, paperless]
reading_window: {{opens_day: 15, closes_day: 25, always_open: true}}
merchant:
  contract: center-rbs
  dialect: rbs
  base_url: "${{LOCAL_ORIGIN}}/local/bank/rbs"
  secret: cabinet/bank/{CENTER}
  methods: [card, sbp, saved_card]
webhook:
  url: "${{LOCAL_ORIGIN}}/local/webhooks"
  secret: cabinet/webhook/{CENTER}
dispatcher_phone: +7 (351) 200-10-10
office: г. Челябинск, ул. Кыштымская, 12, пн–пт с 8 до 17
receipt_mail_delay_minutes: 0
refund_approval_over: 5000
paid_services:
  - {{code: plumber, title: Вызов сантехника, price: 85000}}
  - {{code: sealing, title: Опломбировка счётчика, price: 54000}}
  - {{code: electrician, title: Замена розетки или выключателя, price: 60000}}
""",
    WATER: f"""\
supplier_id: {WATER}
name: МУП «Водоканал-Сервис»
inn: "{WATER_INN}"
time_zone: Asia/Yekaterinburg
payees:
  - name: МУП «Водоканал-Сервис»
    inn: "{WATER_INN}"
    kpp: "745301001"
    account: "40702810800000012345"
    bank_name: ПАО «ЧЕЛЯБИНВЕСТБАНК»
    bic: "047501779"
    correspondent_account: "30101810400000000779"
features: [payments, notices]
branding:
  name: Водоканал-Сервис
  accent: "#0b4f9e"
  phones:
    - {{title: Абонентский отдел, number: +7 (351) 200-30-30, hours: пн–пт с 8 до 17}}
  logo: {LOGO_FILE}
texts:
  help: |
    Показания счётчиков воды принимаем с 20 по 25 число. Если не успели, начислим по среднему расходу и
    пересчитаем, когда передадите.

    Чтобы опломбировать новый счётчик, позвоните в абонентский отдел: мастер придёт за три рабочих дня.
  consent: |
    Я согласен на то, чтобы МУП «Водоканал-Сервис» (г. Челябинск, ул. Воровского, 60а) обрабатывало мои
    фамилию, имя, отчество, адрес, номер лицевого счёта, показания счётчиков, телефон и адрес почты.

    Цель: показать мне в личном кабинете начисления, принять показания и оплату, ответить на обращения.
    Действия: сбор, запись, хранение, уточнение, использование, удаление.

    Согласие действует, пока лицевой счёт привязан к моему личному кабинету. Чтобы отозвать его, я отвязываю
    лицевой счёт или пишу в абонентский отдел.
reading_window: {{opens_day: 20, closes_day: 25, always_open: true}}
merchant:
  contract: voda-gorod
  dialect: gorod
  base_url: "${{LOCAL_ORIGIN}}/local/bank/gorod"
  secret: cabinet/bank/{WATER}
  service_number: "11501"
dispatcher_phone: +7 (351) 200-20-20
office: г. Челябинск, ул. Воровского, 60а
receipt_mail_delay_minutes: 0
""",
}


def supplier_name(supplier_id: str) -> str:
    """Return the supplier's name as subscribers see it."""
    return str(yaml.safe_load(PROFILES[supplier_id])["name"])
