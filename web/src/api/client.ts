// The only way to the API: one typed client, with a time limit, and problems thrown as `Problem`.
import createClient from "openapi-fetch";
import { newCorrelationId } from "./correlation-id";
import {
  abortedProblem,
  invalidResponseProblem,
  networkProblem,
  Problem,
  problemFromResponse,
} from "./problem";
import type { paths } from "./schema";

const TIMEOUT_MS = 30_000;

/** Requests that read and have no answer yet. */
const pendingReads = new Set<AbortController>();

/** True during a sign-out: a screen that is still drawn must not read, or it would show that the session is over. */
let areReadsBlocked = false;

/** Aborts all reads, and refuses new ones until `allowReads`: nobody will see the answers. */
export function abortReads(): void {
  areReadsBlocked = true;
  const aborted = [...pendingReads];
  pendingReads.clear();
  aborted.forEach((controller) => controller.abort());
}

/** Allows reads again after `abortReads`. */
export function allowReads(): void {
  areReadsBlocked = false;
}

/** A request that was sent before this file was here. */
export interface StartedRequest {
  url: string;
  correlationId: string;
  controller: AbortController;
  answer: Promise<Response>;
}

/** fetch with a time limit: an old phone in a lift would otherwise wait for minutes. */
async function fetchWithTimeout(request: Request, begun?: StartedRequest | null): Promise<Response> {
  if (areReadsBlocked && request.method === "GET") throw abortedProblem();
  const correlationId = begun?.correlationId ?? newCorrelationId();
  request.headers.set("X-Correlation-Id", correlationId);
  const controller = begun?.controller ?? new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  if (request.method === "GET") pendingReads.add(controller);
  try {
    return await (begun?.answer ?? fetch(request, { signal: controller.signal }));
  } catch {
    // Old browsers keep no reason of an abort: what was aborted is no longer in the set.
    if (request.method === "GET" && !pendingReads.has(controller)) throw abortedProblem();
    throw networkProblem(controller.signal.aborted, correlationId);
  } finally {
    clearTimeout(timer);
    pendingReads.delete(controller);
  }
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  headers: { "X-Requested-With": "cabinet" },
  fetch: (request) => fetchWithTimeout(request),
});

/** For a call whose request may have begun already: `take` gives it by its address. */
export const fetchReusing = (take: (url: string) => StartedRequest | null) => (request: Request) =>
  fetchWithTimeout(request, take(request.url));

type Listener = () => void;
const sessionEndListeners = new Set<Listener>();

/** Calls `listener` when the server answers that the session is over. Returns how to stop listening. */
export function onSessionEnd(listener: Listener): Listener {
  sessionEndListeners.add(listener);
  return () => sessionEndListeners.delete(listener);
}

interface ApiResult<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The data of a call.
 *
 * Throws `Problem` for every answer other than 2xx and for no answer.
 */
export async function unwrap<T>(call: Promise<ApiResult<T>>): Promise<T> {
  let result: ApiResult<T>;
  try {
    result = await call;
  } catch (reason) {
    if (reason instanceof Problem) throw reason;
    throw invalidResponseProblem();
  }
  if (result.response.ok) return result.data as T;
  const problem = problemFromResponse(result.response, result.error);
  if (problem.sessionEnded) sessionEndListeners.forEach((listener) => listener());
  throw problem;
}
