// How values look to a person, and how what a person types is read.
const NBSP = "\u00a0";
const MINUS = "\u2212";
const MONTHS = [
  "Январь",
  "Февраль",
  "Март",
  "Апрель",
  "Май",
  "Июнь",
  "Июль",
  "Август",
  "Сентябрь",
  "Октябрь",
  "Ноябрь",
  "Декабрь",
];
const MONTHS_GENITIVE = [
  "января",
  "февраля",
  "марта",
  "апреля",
  "мая",
  "июня",
  "июля",
  "августа",
  "сентября",
  "октября",
  "ноября",
  "декабря",
];

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, NBSP);
}

/** Kopecks as `1 234,56` with non-breaking spaces. */
export function amount(kopecks: number): string {
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  return `${kopecks < 0 ? MINUS : ""}${grouped(digits.slice(0, -2))},${digits.slice(-2)}`;
}

/** Kopecks as `1 234,56 ₽`. */
export function rubles(kopecks: number): string {
  return `${amount(kopecks)}${NBSP}₽`;
}

/** A difference in kopecks with its sign, `+62,62`. */
export function signedAmount(kopecks: number): string {
  return `${kopecks > 0 ? "+" : ""}${amount(kopecks)}`;
}

/** A decimal string of the API (`1234.5`) with a comma. */
export function decimal(value: string | null | undefined): string {
  return value ? value.replace(".", ",").replace("-", MINUS) : "";
}

/** Billing's own text with numbers and units (`18.3 м2`) as «18,3 м²». */
export function billingText(text: string | null | undefined): string {
  return (text ?? "")
    .replace(/(\d)\.(?=\d)/g, "$1,")
    .replace(
      /(^|[^А-ЯЁа-яё])м([23])(?!\d)/g,
      (_, before: string, power: string) => `${before}м${power === "2" ? "²" : "³"}`,
    );
}

/** `2019-09` as «Сентябрь 2019». */
export function month(period: string): string {
  const [year, number] = period.split("-");
  return `${MONTHS[Number(number) - 1] ?? number} ${year}`;
}

/** `2019-09` as «сен». */
export function monthShort(period: string): string {
  return month(period).slice(0, 3).toLowerCase();
}

/** The month so many months later, or earlier: `2019-12` and 1 → `2020-01`. */
export function shiftPeriod(period: string, months: number): string {
  const [year = "", number = ""] = period.split("-");
  const index = Number(year) * 12 + Number(number) - 1 + months;
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
}

/** `2019-09` as «СЕНТЯБРЬ 2019», the way receipts write it. */
export function monthUpper(period: string): string {
  return month(period).toUpperCase();
}

/** `2019-09-28` as `28.09.2019`; a time keeps its local day. */
export function date(iso: string | null | undefined): string {
  if (!iso) return "";
  const day = iso.length > 10 ? localDay(new Date(iso)) : iso;
  return day.split("-").reverse().join(".");
}

/** `2019-09-28` as «28 сентября». */
export function dayInWords(iso: string): string {
  const [, number, day] = iso.split("-");
  return `${Number(day)}${NBSP}${MONTHS_GENITIVE[Number(number) - 1]}`;
}

/** An ISO time as `28.09.2019, 14:05`, in the reader's own time zone. */
export function time(iso: string): string {
  const at = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date(localDay(at))}, ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A moment's calendar day where the reader is, as `2019-09-28`. */
export function localDay(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** What was typed as a meter value: spaces and unseen marks dropped, a comma or a dot. Null when it is not a number. */
export function typedDecimal(text: string): string | null {
  const plain = text.replace(/[\s\p{Cf}]/gu, "").replace(",", ".");
  return /^\d+(\.\d+)?$/.test(plain) ? plain : null;
}

/** What was typed as rubles (`1 234,5`), in kopecks. Null when it is not a sum. */
export function typedKopecks(text: string): number | null {
  const plain = text.replace(/[\s\p{Cf}₽]/gu, "").replace(",", ".");
  const parts = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0")) : null;
}

/** The exact sum or difference of two decimal strings, without binary floats. */
export function addDecimals(a: string, b: string, sign: 1 | -1): string {
  const places = Math.max(a.split(".")[1]?.length ?? 0, b.split(".")[1]?.length ?? 0);
  const scaled = (text: string) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return Number(whole + fraction.padEnd(places, "0"));
  };
  const sum = scaled(a) + sign * scaled(b);
  const digits = String(Math.abs(sum)).padStart(places + 1, "0");
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return sum < 0 ? `-${text}` : text;
}

/** Bytes as «340 КБ» or «11,0 МБ». */
export function fileSize(bytes: number): string {
  const kilobytes = Math.max(1, Math.round(bytes / 1024));
  return kilobytes < 1024
    ? `${kilobytes}${NBSP}КБ`
    : `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")}${NBSP}МБ`;
}
