// The settings that have a form of their own; the others are changed in the text of all settings.
import { amount, typedKopecks } from "../format";

export type Settings = Record<string, unknown>;

export interface Setting {
  /** Where it stands in the settings: `reading_window.opens_day`. */
  path: string;
  title: string;
  hint?: string;
  /** `percent` stands in hundredths of one; `limit` is a sum, `optional` a number, or nothing at all. */
  kind: "text" | "number" | "optional" | "rubles" | "limit" | "percent" | "yes" | "choice";
  options?: [string, string][];
}

export interface SettingGroup {
  id: string;
  title: string;
  settings: Setting[];
}

export const GROUPS: SettingGroup[] = [
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

/** What stands at a path; undefined where the settings are of another shape. */
export function getSetting(settings: Settings, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, name) => (isSettings(value) ? value[name] : undefined), settings);
}

/** The settings with another value at a path. */
export function withValue(settings: Settings, path: string, value: unknown): Settings {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...settings, [name]: value };
  const inner = settings[name];
  return { ...settings, [name]: withValue(isSettings(inner) ? inner : {}, rest.join("."), value) };
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a setting shows in its field. */
export function formatValue(setting: Setting, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return "";
  if (setting.kind === "percent") return String(value / 100).replace(".", ",");
  return setting.kind === "rubles" || setting.kind === "limit" ? amount(value) : String(value);
}

/** What was typed as the setting has it; what is no number stays a text, and the server says so. */
export function parseValue(setting: Setting, typed: string): unknown {
  if (setting.kind === "limit" && !typed.trim()) return null;
  // Left out of what is sent: the server's own value stands then.
  if (setting.kind === "optional" && !typed.trim()) return undefined;
  if (setting.kind === "rubles" || setting.kind === "limit") return typedKopecks(typed) ?? typed;
  // Hundredths of a percent are written as kopecks are.
  if (setting.kind === "percent") return typedKopecks(typed.replace("%", "")) ?? typed;
  if (setting.kind === "number" || setting.kind === "optional")
    return /^\d+$/.test(typed.trim()) ? Number(typed) : typed;
  return typed;
}

const OWN_FIELDS =
  /^(features|branding\.(name|accent|phones\[\d+\]\.\w+)|(payees|paid_services)(\[\d+\]\.[\w.]+)?|merchants?(\[\d+\])?(\.\w+)?|(method_)?commissions?\.[\w.]+)$/;

/** Whether a mistake is shown beside a field; the others are told below the form, by their names. */
export function hasField(path: string): boolean {
  return OWN_FIELDS.test(path) || GROUPS.some((group) => group.settings.some((each) => each.path === path));
}

/** What a setting is called, for a mistake that the server names by its path. */
export function settingTitle(path: string): string {
  const known = GROUPS.flatMap((group) => group.settings).find((each) => each.path === path);
  return known?.title ?? path;
}
