// Who is signed in: the profile, the accounts bound to it, and what happens when the session ends.
import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { abandonReading, allowReading, api, ask, onSessionEnd } from "./api/client";
import { Problem } from "./api/problem";
import { forgetAll, refresh, resumeReading, useQuery } from "./api/query";
import type { Binding, Profile } from "./api/types";
import { ROUTES } from "./routes";

/** Says only that somebody signed in here, so that a first visit does not ask for a profile in vain. Holds no data. */
const MARK = "cabinet.visited";
/** Set when leaving for Госуслуги: the page to come back to. */
const RETURN = "cabinet.return";

type Stage = "unknown" | "guest" | "signed-in" | "ended" | "unreachable";

interface Credentials {
  email: string;
  password: string;
  /** Asked for after misses. */
  captcha?: { challenge: string; answer: string };
}

interface Session {
  stage: Stage;
  profile: Profile | undefined;
  bindings: Binding[] | undefined;
  /** The account whose data are shown: the primary one, else the first. */
  account: Binding | undefined;
  problem: Problem | null;
  signIn: (credentials: Credentials) => Promise<void>;
  /** A session was opened by another answer than the sign-in's: begin to use it. */
  enter: () => void;
  signOut: () => Promise<void>;
  /** The session is over by the subscriber's own act (deletion, password): forget all, become a guest. */
  leave: () => void;
  reload: () => void;
  putProfile: (profile: Profile) => void;
}

const Context = createContext<Session>(null as unknown as Session);
export const useSession = (): Session => useContext(Context);

/** Goes to Госуслуги, remembering the page to return to. */
export function rememberReturn(): void {
  sessionStorage.setItem(RETURN, location.pathname + location.search);
}

/** The page that was open before Госуслуги, once. */
export function takeReturn(): string | null {
  const place = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  return place;
}

/** Whether a profile is worth asking for: signed in here before, or just back from Госуслуги with success. */
function mayBeSignedIn(): boolean {
  if (localStorage.getItem(MARK) !== null) return true;
  const refused = new URLSearchParams(location.search).has("error");
  const newcomer = location.pathname === ROUTES.esiaConsent;
  if (refused) sessionStorage.removeItem(RETURN);
  return !refused && !newcomer && sessionStorage.getItem(RETURN) !== null;
}

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [expected, setExpected] = useState(mayBeSignedIn);
  const [ended, setEnded] = useState(false);
  const [departures, setDepartures] = useState(0);
  const profile = useQuery<Profile>(expected ? "profile" : null, () => ask(api.GET("/api/profile")));
  const known = expected ? profile.data : undefined;
  const bindings = useQuery(known ? "bindings" : null, () => ask(api.GET("/api/bindings")));

  const leave = useCallback(() => {
    abandonReading();
    localStorage.removeItem(MARK);
    forgetAll();
    setExpected(false);
    setEnded(false);
    setDepartures((n) => n + 1);
  }, []);
  // Before any effect of the guest's screens, and after the subscriber's ones are gone.
  useLayoutEffect(allowReading, [departures]);

  useEffect(
    () =>
      onSessionEnd(() => {
        localStorage.removeItem(MARK);
        setEnded(true);
      }),
    [],
  );
  // At once: left for later, it could come after the mark was taken away by the sign-out.
  useLayoutEffect(() => {
    if (known) localStorage.setItem(MARK, "1");
  }, [known]);

  const begin = useCallback(() => {
    localStorage.setItem(MARK, "1");
    setExpected(true);
    setEnded(false);
  }, []);

  const enter = useCallback(() => {
    begin();
    refresh("profile");
  }, [begin]);

  const signIn = useCallback(
    async (credentials: Credentials) => {
      const { user_id } = await ask(api.POST("/api/auth/sessions", { body: credentials }));
      // Another person on the same device must not find the first one's pages beneath.
      if (known && known.user_id !== user_id) location.assign(ROUTES.start);
      begin();
      // What failed beneath because the session was over is asked for again.
      refresh();
    },
    [known, begin],
  );

  const signOut = useCallback(async () => {
    // What is still being read would meet the ended session; whoever leaves the page at once has left the cabinet too.
    abandonReading();
    localStorage.removeItem(MARK);
    await ask(api.DELETE("/api/auth/sessions/current", { keepalive: true })).catch((reason: unknown) => {
      if (reason instanceof Problem && reason.sessionEnded) return;
      localStorage.setItem(MARK, "1");
      allowReading();
      resumeReading();
      throw reason;
    });
    leave();
  }, [leave]);

  const items = bindings.data?.items;
  const stage: Stage = known
    ? ended
      ? "ended"
      : "signed-in"
    : !expected || profile.problem?.sessionEnded
      ? "guest"
      : profile.problem
        ? "unreachable"
        : "unknown";
  const session = useMemo<Session>(
    () => ({
      stage,
      profile: known,
      bindings: items,
      account: items?.find((item) => item.primary) ?? items?.[0],
      problem: profile.problem ?? bindings.problem,
      signIn,
      enter,
      signOut,
      leave,
      reload: () => refresh(),
      putProfile: profile.put,
    }),
    [stage, known, items, profile.problem, bindings.problem, signIn, enter, signOut, leave, profile.put],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}
