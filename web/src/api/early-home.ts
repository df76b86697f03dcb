// The first screen's request, begun before the rest of the site is read: on an old phone that takes a tenth of a second
// or more. A script of its own, which the page loads first; so it imports next to nothing.
import type { StartedRequest } from "./client";
import { newCorrelationId } from "./correlation-id";

/** The id of whoever signed in here last: a first visit does not ask for a cabinet in vain. */
export const SIGNED_IN_FLAG = "cabinet.visited";
/** The account that was chosen in this tab; another tab may show another one. */
export const CHOSEN_ACCOUNT_KEY = "cabinet.account";
/** Set when leaving for Госуслуги: the page to come back to. */
export const RETURN_URL_KEY = "cabinet.return";
/** Where Госуслуги lead whoever has no cabinet yet. */
const NEWCOMERS_PAGE = "/esia-consent";

/** Whether a cabinet is worth asking for: signed in here before, or just back from Госуслуги with success. */
export function mayBeSignedIn(): boolean {
  if (localStorage.getItem(SIGNED_IN_FLAG) !== null) return true;
  const refused = new URLSearchParams(location.search).has("error");
  if (refused) sessionStorage.removeItem(RETURN_URL_KEY);
  return !refused && location.pathname !== NEWCOMERS_PAGE && sessionStorage.getItem(RETURN_URL_KEY) !== null;
}

function startRequest(): StartedRequest {
  const chosen = sessionStorage.getItem(CHOSEN_ACCOUNT_KEY);
  const url = `${location.origin}/api/home${chosen ? `?account_id=${encodeURIComponent(chosen)}` : ""}`;
  const correlationId = newCorrelationId();
  const controller = new AbortController();
  const headers = { "X-Requested-With": "cabinet", "X-Correlation-Id": correlationId };
  const answer = fetch(url, { headers, signal: controller.signal });
  // Told by whoever takes it.
  answer.catch(() => undefined);
  return { url, correlationId, controller, answer };
}

let begun: StartedRequest | null = mayBeSignedIn() ? startRequest() : null;

/** The request that is on its way already, once; null where there is none for this address. */
export function takeEarlyHome(url: string): StartedRequest | null {
  const taken = begun?.url === url ? begun : null;
  begun = null;
  return taken;
}
