// What is typed into the readings form, row by row, and what of it is sent. Pure.
import type { FormMeter, NewReading } from "../api/types";
import { addDecimals, typedDecimal } from "../format";

/** A row of the form: one tariff zone of one meter. */
export interface ZoneRow {
  /** Also the field's name, so that a mistake leads to its input. */
  name: string;
  meter: FormMeter;
  /** «ХВС, кухня»: by what people know the meter; with its number where two are called the same. */
  title: string;
  zone: string;
  /** «Т2 (ночь)»; empty for a meter of one zone. */
  zoneTitle: string;
  lastValue: string | null;
  lastTakenOn: string | null;
  submitted: FormMeter["zones"][number]["handed_in"];
}

/** The content of a row's two inputs; the one typed last is sent. */
interface RowEntry {
  value: string;
  delta: string;
  by: "value" | "delta";
}

export type Entries = Record<string, RowEntry | undefined>;

/** Words begin with a small letter within a title; an abbreviation («С/У») stays as it is. */
function lowercaseFirst(place: string): string {
  return /^[А-ЯЁA-Z][^а-яёa-z]/.test(place) ? place : place.charAt(0).toLowerCase() + place.slice(1);
}

function serviceAndPlace({ service, place }: FormMeter): string {
  const told = service.toLowerCase().includes(place.trim().toLowerCase());
  return told ? service : `${service}, ${lowercaseFirst(place.trim())}`;
}

export function buildRows(meters: FormMeter[]): ZoneRow[] {
  const titles = meters.map(serviceAndPlace);
  const isUnique = (title: string) => titles.filter((one) => one === title).length === 1;
  const titled = titles.map((title, m) => (isUnique(title) ? title : `${title}, № ${meters[m]?.number}`));
  return meters.flatMap((meter, m) =>
    meter.zones.map((zone, z) => ({
      name: `row-${m}-${z}`,
      meter,
      title: titled[m] ?? meter.service,
      zone: zone.zone,
      zoneTitle: zone.title,
      lastValue: zone.last_value,
      lastTakenOn: zone.last_taken_on,
      submitted: zone.handed_in,
    })),
  );
}

/** A row as its field is called: «Электроэнергия, коридор, Т2 (ночь)». */
export function fieldName(row: ZoneRow): string {
  return row.title + (row.zoneTitle && `, ${row.zoneTitle}`);
}

/** A row in words that leave no doubt: «Электроэнергия, коридор, Т2 (ночь), № 34230774». */
export function meterName(row: ZoneRow): string {
  const number = `№ ${row.meter.number}`;
  return row.title.endsWith(number) ? fieldName(row) : `${fieldName(row)}, ${number}`;
}

/** What the typed volume costs by the last tariff, in kopecks; null where either is unknown. */
export function estimatePrice(row: ZoneRow, typed: RowEntry | undefined): number | null {
  const volume = typedDecimal(typed?.delta ?? "");
  return volume === null || row.meter.tariff === null
    ? null
    : Math.round(Number(volume) * Number(row.meter.tariff) * 100);
}

const withComma = (value: string) => value.replace(".", ",");

/** The row after typing in one of its inputs: the other follows by the last reading. */
export function fillRow(row: ZoneRow, by: "value" | "delta", text: string): RowEntry {
  const number = typedDecimal(text);
  let other = "";
  if (number !== null && row.lastValue !== null) {
    const result = addDecimals(number, row.lastValue, by === "value" ? -1 : 1);
    // A value below the last one may be a meter's roll-over: the server knows, so no wrong volume is shown.
    other = result.startsWith("-") ? "" : withComma(result);
  }
  return by === "value" ? { value: text, delta: other, by } : { value: other, delta: text, by };
}

/** The rows that are filled in, in the form's order. */
export function filledRows(rows: ZoneRow[], entries: Entries): ZoneRow[] {
  return rows.filter((row) => {
    const typed = entries[row.name];
    return typed && typed[typed.by].trim() !== "";
  });
}

/** Mistakes that are seen without the server, by the row's name. */
export function findErrors(rows: ZoneRow[], entries: Entries): Record<string, string> {
  const filled = filledRows(rows, entries);
  const first = rows.find((row) => row.meter.accepts);
  if (!filled.length && first) return { [first.name]: "Введите новое показание хотя бы одного счетчика" };
  return Object.fromEntries(
    filled
      .filter((row) => typedDecimal(entries[row.name]?.[entries[row.name]?.by ?? "value"] ?? "") === null)
      .map((row) => [row.name, `${meterName(row)}: введите число, например 123,456`]),
  );
}

export function readingsToSend(rows: ZoneRow[], entries: Entries, confirmed: boolean): NewReading[] {
  return filledRows(rows, entries).map((row) => {
    const { by = "value", ...typed } = entries[row.name] ?? { value: "", delta: "" };
    const number = typedDecimal(typed[by]) ?? "";
    return {
      meter_id: row.meter.meter_id,
      zone: row.zone,
      ...(by === "value" ? { value: number } : { delta: number }),
      confirmed,
    };
  });
}

/** `readings[1].value` in the API's answer → the name of the second row that was sent. */
export function rowNameOfError(field: string, sent: ZoneRow[]): string {
  const at = /readings\D*(\d+)/.exec(field);
  return (at && sent[Number(at[1])]?.name) || field;
}
