// Keys that move through the lists of a screen: j and k or the arrows, Enter, / to the search, ? for the help.
import { useEffect, useState } from "preact/hooks";

export type ListKey = "next" | "previous" | "search" | "help";

/** A table's rows are its lines; another list marks its own. */
const LINE_SELECTOR = "[data-list] tbody > tr, [data-list] [data-line]";
const OPENER_SELECTOR = "a[href], summary, button";
const FIELD_SELECTOR = "input, select, textarea";
/** Where the list's search is; without one, its filters. */
const SEARCH_SELECTORS = ["main [role=search]", "main .filters"];

/** Letters of both layouts, since the desk is typed at in Russian: о and л are where j and k are. */
const LETTERS: Record<string, ListKey> = { j: "next", о: "next", k: "previous", л: "previous" };
const SYMBOLS: Record<string, ListKey> = { "/": "search", "?": "help" };
/** What the key of «/» types in the Russian layout. */
const RUSSIAN_SLASH: Record<string, ListKey> = { ".": "search", ",": "help" };
const ARROWS: Record<string, ListKey> = { ArrowDown: "next", ArrowUp: "previous" };

type PressedKey = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey">;

/** What a key asks for: the arrows only among the lines, as they scroll elsewhere; signs and letters if they are on. */
export function listKey(pressed: PressedKey, isInList: boolean, lettersOn: boolean): ListKey | null {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return null;
  if (isInList && ARROWS[pressed.key]) return ARROWS[pressed.key] ?? null;
  if (!lettersOn) return null;
  const slash = pressed.code === "Slash" ? RUSSIAN_SLASH[pressed.key] : undefined;
  return LETTERS[pressed.key.toLowerCase()] ?? SYMBOLS[pressed.key] ?? slash ?? null;
}

export function listLines(place: ParentNode): HTMLElement[] {
  return [...place.querySelectorAll<HTMLElement>(LINE_SELECTOR)];
}

/** What takes the focus for a line: what opens it, or the line itself where nothing does. */
function focusTarget(line: HTMLElement): HTMLElement {
  const opens = line.querySelector<HTMLElement>(OPENER_SELECTOR);
  if (!opens) line.tabIndex = -1;
  return opens ?? line;
}

/** A screen's address → the line left last: on the way back from what it opened, the list goes on from it. */
const lastLine = new Map<string, string>();

function screenUrl(): string {
  return location.pathname + location.search;
}

export function focusLine(line: HTMLElement): void {
  const target = focusTarget(line);
  const link = target.getAttribute("href");
  if (link) lastLine.set(screenUrl(), link);
  target.focus();
}

function moveFocus(step: 1 | -1): void {
  const lines = listLines(document);
  const at = lines.findIndex((line) => line.contains(document.activeElement));
  const link = lastLine.get(screenUrl());
  const before =
    at < 0 && link ? lines.find((line) => focusTarget(line).getAttribute("href") === link) : undefined;
  const line = before ?? lines[at < 0 ? 0 : at + step];
  if (line) focusLine(line);
}

function focusSearch(): boolean {
  const fields = SEARCH_SELECTORS.flatMap((place) => [...document.querySelectorAll<HTMLElement>(place)]);
  const field = fields
    .map((place) => place.querySelector<HTMLElement>(FIELD_SELECTOR))
    .find((each) => each !== null);
  field?.focus();
  return field !== undefined;
}

/** Single letters can be switched off: they get in the way of those who speak to the computer (WCAG 2.1.4). */
const LETTERS_OFF_KEY = "desk.keys.off";

export interface LetterKeys {
  on: boolean;
  set: (on: boolean) => void;
}

/** Listens for the keys of lists as long as the desk is open. A field, and a dialog, keep their keys. */
export function useListKeys(onHelp: () => void): LetterKeys {
  const [on, setOn] = useState(() => localStorage.getItem(LETTERS_OFF_KEY) === null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.defaultPrevented || !(target instanceof Element)) return;
      if (target.closest(`${FIELD_SELECTOR}, dialog`)) return;
      const key = listKey(event, target.closest("[data-list]") !== null, on);
      if (key === null || (key === "search" && !focusSearch())) return;
      event.preventDefault();
      if (key === "help") onHelp();
      else if (key !== "search") moveFocus(key === "next" ? 1 : -1);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [on, onHelp]);
  const set = (wanted: boolean) => {
    if (wanted) localStorage.removeItem(LETTERS_OFF_KEY);
    else localStorage.setItem(LETTERS_OFF_KEY, "1");
    setOn(wanted);
  };
  return { on, set };
}
