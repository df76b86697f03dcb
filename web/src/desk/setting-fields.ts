// A supplier's settings as the desk's form has them: what each shows in its field, and what was typed into it.
import { amount, typedKopecks } from "../format";
import { GROUPS } from "./setting-groups";

export type Settings = Record<string, unknown>;

export interface Setting {
  /** Its path in the settings: `reading_window.opens_day`. */
  path: string;
  title: string;
  hint?: string;
  /**
   * `percent` is stored in hundredths of one; `limit` is a sum, `optional` a number, or nothing at all; `lines` are
   * texts, one a line.
   */
  kind: "text" | "number" | "optional" | "rubles" | "limit" | "percent" | "yes" | "choice" | "lines";
  /** Options of a choice; an empty value means no setting. */
  options?: [string, string][];
}

export interface SettingGroup {
  id: string;
  title: string;
  settings: Setting[];
}

/** The value at a path; undefined if the settings have another shape. */
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
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value !== "number") return "";
  if (setting.kind === "percent") return String(value / 100).replace(".", ",");
  return setting.kind === "rubles" || setting.kind === "limit" ? amount(value) : String(value);
}

/** The typed text as the setting's value; what is no number stays a text, and the server reports it. */
export function parseValue(setting: Setting, typed: string): unknown {
  if (setting.kind === "limit" && !typed.trim()) return null;
  if (setting.kind === "lines")
    return typed
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  // Left out of the request: the server then uses its default.
  if (setting.kind === "optional" && !typed.trim()) return undefined;
  if (setting.kind === "rubles" || setting.kind === "limit") return typedKopecks(typed) ?? typed;
  // Hundredths of a percent are written as kopecks are.
  if (setting.kind === "percent") return typedKopecks(typed.replace("%", "")) ?? typed;
  if (setting.kind === "number" || setting.kind === "optional")
    return /^\d+$/.test(typed.trim()) ? Number(typed) : typed;
  return typed;
}

const OWN_FIELDS =
  /^(features|webhook(\.\w+)?|branding\.(name|accent|phones\[\d+\]\.\w+)|(payees|paid_services)(\[\d+\]\.[\w.]+)?|merchants?(\[\d+\])?(\.\w+)?|(method_)?commissions?\.[\w.]+)$/;

/** Whether a mistake is shown beside a field; the others are listed below the form, by their names. */
export function hasField(path: string): boolean {
  return OWN_FIELDS.test(path) || GROUPS.some((group) => group.settings.some((each) => each.path === path));
}

/** What a setting is called, for a mistake that the server names by its path. */
export function settingTitle(path: string): string {
  const known = GROUPS.flatMap((group) => group.settings).find((each) => each.path === path);
  return known?.title ?? path;
}
