// Who is signed in, by the answer of the first screen: the profile, the bound accounts, and the end of the session.
import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { abortReads, allowReads, api, unwrap, onSessionEnd } from "./api/client";
import { Problem } from "./api/problem";
import { clearCache, prefetch, refresh, retryReads, useQuery } from "./api/query";
import type { Binding, Home, Profile } from "./api/types";
import { forgetLook, renewPushes } from "./pushes";
import { ROUTES } from "./routes";
import { forgetDrafts } from "./ui/draft";

/** Says that somebody signed in here, by the number of their cabinet: a first visit does not ask for a cabinet in vain. */
const MARK = "cabinet.visited";
/** The account that was chosen in this tab; another tab may show another one. */
const CHOSEN = "cabinet.account";
const FRESH_MS = 10_000;
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
  /** The first screen; what stands in the frame of every screen is of it. */
  home: Home | undefined;
  profile: Profile | undefined;
  bindings: Binding[] | undefined;
  /** What this tab shows, before it is known to be bound still. */
  chosen: string | null;
  /** The account whose data are shown: the one chosen in this tab, else the primary one, else the first. */
  account: Binding | undefined;
  problem: Problem | null;
  signIn: (credentials: Credentials) => Promise<void>;
  /** A session was opened by another answer than the sign-in's: begin to use it. */
  enter: () => void;
  signOut: () => Promise<void>;
  /** The session is over by the subscriber's own act (deletion, password): forget all, become a guest. */
  leave: () => void;
  reload: () => void;
  /** Asks for the first screen anew, unless it has just come, or within the time that is given (ms). */
  lookAgain: (age?: number) => void;
  /** Null for the primary one. */
  choose: (accountId: string | null) => void;
  putProfile: (profile: Profile) => void;
  /** A change has told how many there are now. */
  count: (counters: Partial<Home["counters"]>) => void;
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

/** What this tab remembers of whoever used it. */
function forgetPerson(): void {
  forgetDrafts();
  forgetLook();
  sessionStorage.removeItem(CHOSEN);
}

/** Another person on the same device must not find the first one's pages beneath. */
function startAnew(): void {
  forgetPerson();
  location.assign(ROUTES.start);
}

/** Whether a cabinet is worth asking for: signed in here before, or just back from Госуслуги with success. */
function mayBeSignedIn(): boolean {
  if (localStorage.getItem(MARK) !== null) return true;
  const refused = new URLSearchParams(location.search).has("error");
  const newcomer = location.pathname === ROUTES.esiaConsent;
  if (refused) sessionStorage.removeItem(RETURN);
  return !refused && !newcomer && sessionStorage.getItem(RETURN) !== null;
}

/** When the first screen came last. */
let came = 0;

/** The first screen, of the account chosen in this tab; one that was unbound meanwhile gives way to the primary one. */
async function askHome(): Promise<Home> {
  const chosen = sessionStorage.getItem(CHOSEN);
  const of = async (query: { account_id?: string }) => {
    const answer = await unwrap(api.GET("/api/home", { params: { query } }));
    came = performance.now();
    return answer;
  };
  if (!chosen) return of({});
  try {
    return await of({ account_id: chosen });
  } catch (reason) {
    if (!(reason instanceof Problem) || reason.status !== 404) throw reason;
    return of({});
  }
}

// Before the first drawing: on an old phone that alone takes a quarter of a second.
if (mayBeSignedIn()) prefetch({ key: "home", load: askHome });

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [expected, setExpected] = useState(mayBeSignedIn);
  const [ended, setEnded] = useState(false);
  const [departures, setDepartures] = useState(0);
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(CHOSEN));
  const home = useQuery<Home>(expected ? "home" : null, askHome);
  const { updateData, reload } = home;
  const shown = expected ? home.data : undefined;
  const known = shown?.profile;

  const choose = useCallback((accountId: string | null) => {
    if (accountId) sessionStorage.setItem(CHOSEN, accountId);
    else sessionStorage.removeItem(CHOSEN);
    setChosen(accountId);
  }, []);
  const lookAgain = useCallback(
    (age = FRESH_MS) => {
      if (performance.now() - came > age) reload();
    },
    [reload],
  );
  const leave = useCallback(() => {
    abortReads();
    localStorage.removeItem(MARK);
    clearCache();
    forgetPerson();
    setChosen(null);
    setExpected(false);
    setEnded(false);
    setDepartures((n) => n + 1);
  }, []);
  // Before any effect of the guest's screens, and after the subscriber's ones are gone.
  useLayoutEffect(allowReads, [departures]);

  useEffect(
    () =>
      onSessionEnd(() => {
        localStorage.removeItem(MARK);
        setEnded(true);
      }),
    [],
  );
  const userId = known?.user_id;
  // At once: left for later, it could come after the mark was taken away by the sign-out.
  useLayoutEffect(() => {
    if (userId) localStorage.setItem(MARK, userId);
  }, [userId]);
  useEffect(() => {
    if (userId) renewPushes(userId);
  }, [userId]);
  // Somebody else has signed in in another tab: what is shown here is no longer this session's.
  useEffect(() => {
    const look = ({ key, newValue }: StorageEvent) => {
      if (key === MARK && newValue && userId && newValue !== userId) startAnew();
    };
    addEventListener("storage", look);
    return () => removeEventListener("storage", look);
  }, [userId]);

  const begin = useCallback((id: string) => {
    localStorage.setItem(MARK, id);
    setExpected(true);
    setEnded(false);
  }, []);

  const enter = useCallback(() => {
    begin("");
    refresh("home");
  }, [begin]);

  const signIn = useCallback(
    async (credentials: Credentials) => {
      const { user_id } = await unwrap(api.POST("/api/auth/sessions", { body: credentials }));
      if (userId && userId !== user_id) startAnew();
      begin(user_id);
      // What failed beneath because the session was over is asked for again.
      refresh();
    },
    [userId, begin],
  );

  const signOut = useCallback(async () => {
    // What is still being read would meet the ended session; whoever leaves the page at once has left the cabinet too.
    abortReads();
    localStorage.removeItem(MARK);
    let gone = false;
    const go = () => (gone = true);
    addEventListener("beforeunload", go);
    await unwrap(api.DELETE("/api/auth/sessions/current", { keepalive: true }))
      .catch((reason: unknown) => {
        // The browser gives up the answer of a page that is left, not the request.
        if (gone || (reason instanceof Problem && reason.sessionEnded)) return;
        localStorage.setItem(MARK, userId ?? "");
        allowReads();
        retryReads();
        throw reason;
      })
      .finally(() => removeEventListener("beforeunload", go));
    leave();
  }, [leave, userId]);

  const items = shown?.bindings;
  const account =
    items?.find((item) => item.account_id === chosen) ?? items?.find((item) => item.primary) ?? items?.[0];
  const accountId = account?.account_id;
  // Another primary account chosen elsewhere must not change what this tab shows.
  useEffect(() => {
    if (accountId && accountId !== chosen) choose(accountId);
  }, [accountId, chosen, choose]);
  const stage: Stage = known
    ? ended
      ? "ended"
      : "signed-in"
    : !expected || home.problem?.sessionEnded
      ? "guest"
      : home.problem
        ? "unreachable"
        : "unknown";
  const session = useMemo<Session>(
    () => ({
      stage,
      home: shown,
      profile: known,
      bindings: items,
      chosen,
      account,
      problem: home.problem,
      signIn,
      enter,
      signOut,
      leave,
      reload: () => refresh(),
      lookAgain,
      choose,
      putProfile: (profile) => updateData((one) => ({ ...one, profile })),
      count: (counters) => updateData((one) => ({ ...one, counters: { ...one.counters, ...counters } })),
    }),
    [
      stage,
      shown,
      known,
      items,
      chosen,
      account,
      home.problem,
      signIn,
      enter,
      signOut,
      leave,
      lookAgain,
      choose,
      updateData,
    ],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}
