// The only way to the API: one typed client, with a time limit, and problems thrown as `Problem`.
import createClient from "openapi-fetch";
import { abandoned, brokenAnswer, noAnswer, Problem, problemOf } from "./problem";
import type { paths } from "./schema";

const PATIENCE_MS = 30_000;

/** What is being read now, each with the way to give it up. */
const reading = new Set<AbortController>();

/** While a session is being ended on purpose: a screen that still appears must not read, and meet its end. */
let isLeaving = false;

/** Gives up everything that is being read, and what would be until `allowReading`: nobody will look at the answers. */
export function abandonReading(): void {
  isLeaving = true;
  const givenUp = [...reading];
  reading.clear();
  givenUp.forEach((controller) => controller.abort());
}

/** Ends what `abandonReading` began. */
export function allowReading(): void {
  isLeaving = false;
}

const LETTERS = "23456789abcdefghjkmnpqrstuvwxyz";

/** An identifier of one call, short enough to be said by telephone and without letters that look alike. */
function newCorrelationId(): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  const word = [...random].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  return `${word.slice(0, 5)}-${word.slice(5)}`;
}

/** fetch that gives up: an old phone in a lift would otherwise wait for minutes. */
async function patientFetch(request: Request): Promise<Response> {
  if (isLeaving && request.method === "GET") throw abandoned();
  const correlationId = newCorrelationId();
  request.headers.set("X-Correlation-Id", correlationId);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  if (request.method === "GET") reading.add(limit);
  try {
    return await fetch(request, { signal: limit.signal });
  } catch {
    // Old browsers keep no reason of an abort: what was given up is no longer on the list.
    if (request.method === "GET" && !reading.has(limit)) throw abandoned();
    throw noAnswer(limit.signal.aborted, correlationId);
  } finally {
    clearTimeout(timer);
    reading.delete(limit);
  }
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  headers: { "X-Requested-With": "cabinet" },
  fetch: patientFetch,
});

type Listener = () => void;
const sessionEndListeners = new Set<Listener>();

/** Calls `listener` when the server answers that the session is over. Returns how to stop listening. */
export function onSessionEnd(listener: Listener): Listener {
  sessionEndListeners.add(listener);
  return () => sessionEndListeners.delete(listener);
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The data of a call.
 *
 * Throws `Problem` for every answer other than 2xx and for no answer.
 */
export async function ask<T>(call: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await call;
  } catch (reason) {
    if (reason instanceof Problem) throw reason;
    throw brokenAnswer();
  }
  if (outcome.response.ok) return outcome.data as T;
  const problem = problemOf(outcome.response, outcome.error);
  if (problem.sessionEnded) sessionEndListeners.forEach((listener) => listener());
  throw problem;
}
