// What states and formats of registries are called, and what a person may read of a time that may be absent.
import { time } from "../format";
import type { Registry } from "./types";

export const STATES: Record<Registry["status"], string> = {
  checking: "проверяется",
  preview: "проверен, ждёт решения",
  applying: "записывается",
  applied: "применён",
  refused: "не принят",
  undoing: "отменяется",
  undone: "отменён",
};

export const FORMATS: Record<string, string> = { native: "кабинета", gorod: "«Город»", sber: "Сбербанк" };

export const REPORTS = {
  check: "Отчёт о проверке",
  apply: "Отчёт о загрузке",
  undo: "Отчёт об отмене",
} as const;

/** Somebody works on it now: the screen asks again. */
export function isInProgress(registry: Registry): boolean {
  const { status, undo_state } = registry;
  return (
    status === "checking" ||
    status === "applying" ||
    status === "undoing" ||
    (status === "applied" && undo_state === "requested")
  );
}

export function optionalTime(iso: string | null): string {
  return iso ? time(iso) : "";
}
