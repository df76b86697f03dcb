// Queries with a cache: what was read before is shown at once, then refreshed. Kept in memory only, gone with the page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./problem";
import type { Page } from "./types";

export interface Query<T> {
  data: T | undefined;
  problem: Problem | null;
  loading: boolean;
  reload: () => void;
  /** Puts in what a write has just answered, without asking again. */
  setData: (data: T) => void;
  /** The same, out of what is shown at that moment. */
  updateData: (change: (shown: T) => T) => void;
}

/** What is read under a name; `load` of a list by pages takes the cursor of a further one. */
export interface ReadSpec<T> {
  key: string;
  load: (cursor?: string) => Promise<T>;
}

const cache = new Map<string, unknown>();
const watchers = new Map<string, Set<() => void>>();

/** Counts the reads in the order in which they begin: an older answer that comes later is not shown. */
let lastNumber = 0;
/** By key, which read has answered with what is shown. */
const shownNumbers = new Map<string, number>();

/** What starts with `prefix` is out of date: screens that show it ask again, the rest is forgotten. */
export function refresh(prefix = ""): void {
  for (const key of [...cache.keys()]) if (key.startsWith(prefix) && !watchers.has(key)) cache.delete(key);
  for (const [key, reloads] of watchers) if (key.startsWith(prefix)) reloads.forEach((reload) => reload());
}

/** What a change has just answered: the screen that it leads to shows it at once. */
export function cacheData(key: string, data: unknown): void {
  cache.set(key, data);
}

/** What was asked for before the screen that shows it was drawn. */
const prefetched = new Map<string, Promise<unknown>>();

/** Begins to read what a screen will show: together with the first screen's request, not after it. */
export function prefetch({ key, load }: ReadSpec<unknown>): void {
  if (cache.has(key) || prefetched.has(key)) return;
  const answer = load();
  prefetched.set(key, answer);
  // The screen reports the failure, if it is opened.
  answer.catch(() => undefined);
}

/** Reads that the site itself aborted before a sign-out. */
const abortedReads = new Set<() => void>();

/** The sign-out failed: what was aborted is read again. */
export function retryReads(): void {
  const again = [...abortedReads];
  abortedReads.clear();
  for (const reloads of watchers.values()) reloads.forEach((reload) => again.includes(reload) && reload());
}

/** Forgets everything without reading again: for the sign-out. */
export function clearCache(): void {
  cache.clear();
  prefetched.clear();
  abortedReads.clear();
}

function toProblem(reason: unknown): Problem {
  if (reason instanceof Problem) return reason;
  throw reason;
}

/** `key` names what is read; a null key reads nothing yet. */
export function useQuery<T>(key: string | null, load: () => Promise<T>): Query<T> {
  const [, redraw] = useState(0);
  const state = useRef<{ key: string | null; problem: Problem | null; loading: boolean; number: number }>({
    key: null,
    problem: null,
    loading: false,
    number: 0,
  });
  const latestLoad = useRef(load);
  latestLoad.current = load;

  const reload = useCallback(() => {
    if (key === null) return;
    const number = ++lastNumber;
    state.current = { key, problem: null, loading: true, number };
    redraw((n) => n + 1);
    const begun = prefetched.get(key) as Promise<T> | undefined;
    prefetched.delete(key);
    (begun ?? latestLoad.current()).then(
      (data) => {
        if (number > (shownNumbers.get(key) ?? 0)) {
          shownNumbers.set(key, number);
          cache.set(key, data);
        }
        if (state.current.number === number) state.current = { key, problem: null, loading: false, number };
        redraw((n) => n + 1);
      },
      (reason: unknown) => {
        if (state.current.number !== number) return;
        const problem = toProblem(reason);
        if (problem.code === "aborted") return void abortedReads.add(reload);
        state.current = { key, problem, loading: false, number };
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

  const setData = useCallback(
    (data: T) => {
      if (key !== null) cache.set(key, data);
      redraw((n) => n + 1);
    },
    [key],
  );

  const updateData = useCallback(
    (change: (shown: T) => T) => {
      const shown = key === null ? undefined : (cache.get(key) as T | undefined);
      if (shown !== undefined) setData(change(shown));
    },
    [key, setData],
  );

  const current = state.current.key === key;
  return {
    data: key === null ? undefined : (cache.get(key) as T | undefined),
    problem: current ? state.current.problem : null,
    loading: key !== null && (!current || state.current.loading),
    reload,
    setData,
    updateData,
  };
}

export function useRead<T>({ key, load }: ReadSpec<T>): Query<T> {
  return useQuery(key, () => load());
}

export interface Pages<T> extends Query<Page<T>> {
  loadMore: () => void;
  loadingMore: boolean;
}

/** A list by pages: `loadMore` adds the next one to what is shown. */
export function usePages<T>(key: string | null, load: (cursor?: string) => Promise<Page<T>>): Pages<T> {
  const query = useQuery<Page<T>>(key, () => load());
  const [loadingMore, setLoadingMore] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const loadMore = () => {
    const shown = query.data;
    if (!shown?.next || loadingMore) return;
    setLoadingMore(true);
    setProblem(null);
    void load(shown.next)
      .then((page) =>
        query.updateData(({ items }) => ({ items: [...items, ...page.items], next: page.next })),
      )
      .catch((reason: unknown) => setProblem(toProblem(reason)))
      .then(() => setLoadingMore(false));
  };
  return { ...query, problem: query.problem ?? problem, loadMore, loadingMore };
}

/** Every item of a list, page after page: for the exports. */
export async function fetchAllItems<T>(load: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await load(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return items;
}
