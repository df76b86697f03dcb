// Reading with a memory: what was seen before is shown at once, then refreshed. Kept in memory only, gone with the page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./problem";
import type { Page } from "./types";

export interface Query<T> {
  data: T | undefined;
  problem: Problem | null;
  loading: boolean;
  reload: () => void;
  /** Puts in what a write has just answered, without asking again. */
  put: (data: T) => void;
  /** The same, out of what is shown at that moment. */
  update: (change: (shown: T) => T) => void;
}

/** What is read under a name; `load` of a list by pages takes the cursor of a further one. */
export interface Read<T> {
  key: string;
  load: (cursor?: string) => Promise<T>;
}

const seen = new Map<string, unknown>();
const watchers = new Map<string, Set<() => void>>();

/** What starts with `prefix` is out of date: screens that show it ask again, the rest is forgotten. */
export function refresh(prefix = ""): void {
  for (const key of [...seen.keys()]) if (key.startsWith(prefix) && !watchers.has(key)) seen.delete(key);
  for (const [key, reloads] of watchers) if (key.startsWith(prefix)) reloads.forEach((reload) => reload());
}

/** What a change has just answered: the screen that it leads to shows it at once. */
export function remember(key: string, data: unknown): void {
  seen.set(key, data);
}

/** What was asked for before the screen that shows it stood. */
const early = new Map<string, Promise<unknown>>();

/** Begins to read what a screen will show: together with the first screen's request, not after it. */
export function readEarly({ key, load }: Read<unknown>): void {
  if (seen.has(key) || early.has(key)) return;
  const answer = load();
  early.set(key, answer);
  // Told by the screen, if it comes to show it.
  answer.catch(() => undefined);
}

/** Reads that the site itself gave up before the session was to end. */
const givenUp = new Set<() => void>();

/** The session did not end after all: what was given up is asked for again. */
export function resumeReading(): void {
  const again = [...givenUp];
  givenUp.clear();
  for (const reloads of watchers.values()) reloads.forEach((reload) => again.includes(reload) && reload());
}

/** Forgets everything without asking again: for the sign-out. */
export function forgetAll(): void {
  seen.clear();
  early.clear();
  givenUp.clear();
}

function asProblem(reason: unknown): Problem {
  if (reason instanceof Problem) return reason;
  throw reason;
}

/** `key` names what is read; a null key reads nothing yet. */
export function useQuery<T>(key: string | null, load: () => Promise<T>): Query<T> {
  const [, redraw] = useState(0);
  const state = useRef<{ key: string | null; problem: Problem | null; loading: boolean }>({
    key: null,
    problem: null,
    loading: false,
  });
  const latestLoad = useRef(load);
  latestLoad.current = load;

  const reload = useCallback(() => {
    if (key === null) return;
    state.current = { key, problem: null, loading: true };
    redraw((n) => n + 1);
    const begun = early.get(key) as Promise<T> | undefined;
    early.delete(key);
    (begun ?? latestLoad.current()).then(
      (data) => {
        seen.set(key, data);
        if (state.current.key === key) state.current = { key, problem: null, loading: false };
        redraw((n) => n + 1);
      },
      (reason: unknown) => {
        if (state.current.key !== key) return;
        const problem = asProblem(reason);
        if (problem.code === "abandoned") return void givenUp.add(reload);
        state.current = { key, problem, loading: false };
        redraw((n) => n + 1);
      },
    );
  }, [key]);

  useEffect(() => {
    if (key === null) return;
    const reloads = watchers.get(key) ?? new Set();
    watchers.set(key, reloads.add(reload));
    reload();
    // What met no network is tried again by itself when there is one.
    const retry = () => state.current.problem?.status === 0 && reload();
    addEventListener("online", retry);
    return () => {
      removeEventListener("online", retry);
      reloads.delete(reload);
      if (reloads.size === 0) watchers.delete(key);
    };
  }, [key, reload]);

  const put = useCallback(
    (data: T) => {
      if (key !== null) seen.set(key, data);
      redraw((n) => n + 1);
    },
    [key],
  );

  const update = useCallback(
    (change: (shown: T) => T) => {
      const shown = key === null ? undefined : (seen.get(key) as T | undefined);
      if (shown !== undefined) put(change(shown));
    },
    [key, put],
  );

  const current = state.current.key === key;
  return {
    data: key === null ? undefined : (seen.get(key) as T | undefined),
    problem: current ? state.current.problem : null,
    loading: key !== null && (!current || state.current.loading),
    reload,
    put,
    update,
  };
}

export function useRead<T>({ key, load }: Read<T>): Query<T> {
  return useQuery(key, () => load());
}

export interface Pages<T> extends Query<Page<T>> {
  more: () => void;
  adding: boolean;
}

/** A list by pages: `more` adds the next one to what is shown. */
export function usePages<T>(key: string | null, load: (cursor?: string) => Promise<Page<T>>): Pages<T> {
  const query = useQuery<Page<T>>(key, () => load());
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const more = () => {
    const shown = query.data;
    if (!shown?.next || adding) return;
    setAdding(true);
    setProblem(null);
    void load(shown.next)
      .then((page) => query.update(({ items }) => ({ items: [...items, ...page.items], next: page.next })))
      .catch((reason: unknown) => setProblem(asProblem(reason)))
      .then(() => setAdding(false));
  };
  return { ...query, problem: query.problem ?? problem, more, adding };
}

/** Every item of a list, page after page: for the exports. */
export async function everyItem<T>(load: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return items;
}
