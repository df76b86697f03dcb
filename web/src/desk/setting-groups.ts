// The settings that are one value each, by what they are about.
import type { SettingGroup } from "./setting-fields";

const TIME_ZONES: [string, string][] = [
  ["Europe/Kaliningrad", "Калининград, МСК−1"],
  ["Europe/Moscow", "Москва, МСК"],
  ["Europe/Samara", "Самара, МСК+1"],
  ["Asia/Yekaterinburg", "Екатеринбург, МСК+2"],
  ["Asia/Omsk", "Омск, МСК+3"],
  ["Asia/Krasnoyarsk", "Красноярск, МСК+4"],
  ["Asia/Irkutsk", "Иркутск, МСК+5"],
  ["Asia/Yakutsk", "Якутск, МСК+6"],
  ["Asia/Vladivostok", "Владивосток, МСК+7"],
  ["Asia/Magadan", "Магадан, МСК+8"],
  ["Asia/Kamchatka", "Камчатка, МСК+9"],
];

export const GROUPS: SettingGroup[] = [
  {
    id: "organisation",
    title: "Организация",
    settings: [
      { path: "name", title: "Название", kind: "text", hint: "До 160 знаков; так она названа жителю." },
      { path: "inn", title: "ИНН организации", kind: "text" },
      { path: "time_zone", title: "Часовой пояс", kind: "choice", options: TIME_ZONES },
    ],
  },
  {
    id: "readings",
    title: "Приём показаний",
    settings: [
      { path: "reading_window.opens_day", title: "С какого числа", kind: "number" },
      { path: "reading_window.closes_day", title: "По какое число", kind: "number" },
      { path: "reading_window.always_open", title: "Принимать в любой день", kind: "yes" },
      {
        path: "unusual_factor",
        title: "Переспрашивать, если расход больше среднего во столько раз",
        kind: "number",
      },
      {
        path: "implausible_factor",
        title: "Не принимать, если расход больше среднего во столько раз",
        kind: "number",
      },
      {
        path: "implausible_volume",
        title: "Не принимать столько единиц, если среднего ещё нет",
        kind: "number",
      },
      {
        path: "implausible_amount",
        title: "Не принимать необычный расход, который стоит больше, ₽",
        hint: "По тарифу последней квитанции.",
        kind: "rubles",
      },
      {
        path: "rollover_cap",
        title: "Сколько единиц мог насчитать прибор, перейдя через ноль",
        kind: "number",
      },
    ],
  },
  {
    id: "receipts",
    title: "Квитанции и письма",
    settings: [
      {
        path: "receipt_mail_delay_minutes",
        title: "Сколько минут ждать, прежде чем писать о квитанции",
        kind: "number",
      },
      {
        path: "payment_day",
        title: "По какое число платили до февраля 2026 года",
        kind: "optional",
        hint: "С тех пор срок называет закон. Пусто — числа не было.",
      },
      {
        path: "qr_period_format",
        title: "Как в QR-коде записан месяц",
        kind: "choice",
        options: [
          ["MMYYYY", "082026"],
          ["MMYY", "0826"],
          ["MM.YYYY", "08.2026"],
        ],
      },
      {
        path: "penalty_services",
        title: "Какие строки — пени",
        kind: "lines",
        hint: "Названия или коды услуг, по одному в строке; если в реестре пени не отмечены сами.",
      },
      {
        path: "recalculation_operations",
        title: "Какие операции — перерасчёты",
        kind: "lines",
        hint: "С чего начинаются их названия, по одному в строке.",
      },
      { path: "debt_reminder_threshold", title: "Напоминать о долге от, ₽", kind: "rubles" },
      {
        path: "former_holder_sees_history",
        title: "Прежний собственник видит начисления до смены",
        kind: "yes",
      },
      {
        path: "new_holder_sees_history",
        title: "Новый собственник видит начисления, оплаты и показания до смены",
        hint: "Долг и последние показания счётчиков он видит всегда.",
        kind: "yes",
      },
    ],
  },
  {
    id: "paying",
    title: "Пределы оплаты и возврата",
    settings: [
      { path: "payment_limit", title: "Наибольшая сумма одной строки оплаты, ₽", kind: "rubles" },
      {
        path: "refund_approval_over",
        title: "Возврат больше этой суммы одобряет второй сотрудник, ₽",
        hint: "Считается вместе с прежними возвратами заказа. 0 — каждый возврат, пусто — никакой.",
        kind: "limit",
      },
    ],
  },
  {
    id: "requests",
    title: "Заявки и связь",
    settings: [
      {
        path: "request_terms.emergency",
        title: "Рабочих дней на ответ об аварии",
        kind: "optional",
        hint: "Пусто — 1.",
      },
      {
        path: "request_terms.complaint",
        title: "Рабочих дней на ответ на жалобу",
        kind: "optional",
        hint: "Пусто — 10.",
      },
      {
        path: "request_terms.appeal",
        title: "Рабочих дней на ответ на обращение",
        kind: "optional",
        hint: "Пусто — 10.",
      },
      {
        path: "request_terms.paid_service",
        title: "Рабочих дней на ответ о платной услуге",
        kind: "optional",
        hint: "Пусто — 3.",
      },
      { path: "dispatcher_phone", title: "Телефон диспетчера", kind: "text" },
      { path: "dispatcher_email", title: "Почта для аварийных заявок", kind: "text" },
      { path: "requests_email", title: "Почта для прочих заявок", kind: "text" },
      { path: "office", title: "Кабинет абонентского отдела", kind: "text" },
    ],
  },
  {
    id: "registries",
    title: "Реестры",
    settings: [
      {
        path: "registry_errors_share",
        title: "Сколько процентов неверных строк допустимо",
        hint: "0 — ни одной: иначе реестр не принимается.",
        kind: "number",
      },
      {
        path: "registry_decimal",
        title: "Чем отделять копейки в реестрах для организации",
        kind: "choice",
        options: [
          ["dot", "точкой"],
          ["comma", "запятой"],
        ],
      },
      {
        path: "registry_encoding",
        title: "Кодировка реестров",
        kind: "choice",
        options: [
          ["", "узнавать по буквам"],
          ["utf-8", "UTF-8"],
          ["cp1251", "Windows-1251"],
          ["cp866", "CP866 (DOS)"],
          ["koi8-r", "KOI8-R"],
        ],
      },
      {
        path: "sum_counts_negative",
        title: "Итог реестра «Города» считает отрицательные строки",
        kind: "yes",
      },
      { path: "sum_counts_penalty", title: "Итог реестра «Города» считает пени", kind: "yes" },
      { path: "registry_xlsx", title: "Класть рядом с реестром книгу xlsx", kind: "yes" },
      {
        path: "gis_rows_per_file",
        title: "Строк в одной книге для ГИС ЖКХ",
        hint: "Сколько принимает ГИС ЖКХ, сказано в её шаблоне.",
        kind: "number",
      },
      {
        path: "registry_limits.months_ahead",
        title: "На сколько месяцев после даты реестра может уходить период",
        kind: "number",
      },
      {
        path: "registry_limits.months_back",
        title: "На сколько месяцев до даты реестра может уходить период",
        kind: "number",
      },
      {
        path: "registry_limits.reading_warned_factor",
        title: "Предупреждать о расходе больше среднего во столько раз",
        kind: "number",
      },
      {
        path: "registry_limits.reading_refused_percent",
        title: "Не принимать показание, которое ушло дальше стольких процентов шкалы",
        hint: "100 — принимать любое.",
        kind: "number",
      },
      { path: "registry_limits.sum_warned", title: "Предупреждать о сумме строки больше, ₽", kind: "rubles" },
      { path: "registry_limits.sum_refused", title: "Не принимать сумму строки больше, ₽", kind: "rubles" },
    ],
  },
];
