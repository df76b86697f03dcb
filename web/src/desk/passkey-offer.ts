// A passkey offered by the browser among the logins of the sign-in's field, where it can (conditional mediation).
import { useCallback, useEffect, useRef } from "preact/hooks";
import { type Change, useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import type { components } from "../api/schema";
import { passkeysAreOffered, signByPasskey } from "./passkey";

type Assertion = components["schemas"]["AssertionForm"];

/** Says that a passkey was used or added in this browser: only then the page asks for a challenge as it opens. */
const PASSKEY_USED_KEY = "desk.passkey";

export function rememberPasskey(): void {
  localStorage.setItem(PASSKEY_USED_KEY, "1");
}

export interface PasskeyOffer {
  /** Begins to offer, unless it does already. */
  begin: () => void;
  /** Ends it: the browser takes one question at a time. */
  end: () => void;
  /** The sign-in by a passkey, whether it was offered or asked for. */
  change: Change;
}

export function usePasskeyOffer(onDone: () => void): PasskeyOffer {
  const change = useChange();
  const offer = useRef<AbortController | null>(null);
  const latest = useRef({ change, onDone });
  latest.current = { change, onDone };
  const end = useCallback(() => {
    offer.current?.abort();
    offer.current = null;
  }, []);
  const begin = useCallback(() => {
    if (offer.current) return;
    const begun = (offer.current = new AbortController());
    const expired = () => {
      if (offer.current === begun) end();
    };
    void signByOfferedPasskey(begun.signal, expired).then((answer) => {
      if (!answer) return;
      latest.current.change.run(async () => {
        await unwrap(api.POST("/api/staff/sessions/passkey", { body: answer }));
        rememberPasskey();
        latest.current.onDone();
      });
    });
  }, [end]);
  useEffect(() => {
    if (localStorage.getItem(PASSKEY_USED_KEY) !== null) begin();
    return end;
  }, [begin, end]);
  return { begin, end, change };
}

/** What the chosen passkey has signed; null where none was chosen, or the browser offers none. */
async function signByOfferedPasskey(signal: AbortSignal, onExpired: () => void): Promise<Assertion | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    if (!(await passkeysAreOffered())) return null;
    signal.throwIfAborted();
    const asked = await unwrap(api.POST("/api/staff/sessions/passkey/challenge"));
    timer = setTimeout(onExpired, asked.timeout_ms);
    return await signByPasskey(asked, [], signal);
  } catch {
    // The user did not start it, so no failure is shown: the form and the button are there.
    return null;
  } finally {
    clearTimeout(timer);
  }
}
