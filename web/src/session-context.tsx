// Who is signed in, by the answer of the first screen: the profile, the bound accounts, and the end of the session.
import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { abortReads, allowReads, api, fetchReusing, onSessionEnd, unwrap } from "./api/client";
import {
  CHOSEN_ACCOUNT_KEY,
  mayBeSignedIn,
  RETURN_URL_KEY,
  SIGNED_IN_FLAG,
  takeEarlyHome,
} from "./api/early-home";
import { Problem } from "./api/problem";
import { clearCache, prefetch, refresh, retryReads, useQuery } from "./api/query";
import type { Binding, Home, Profile } from "./api/types";
import { clearPushCheck, renewPushes } from "./pushes";
import { ROUTES } from "./routes";
import { clearDrafts } from "./ui/draft";

const FRESH_MS = 10_000;
/** Says that the email's link may sign in here; the server alone knows whether it does. */
const REGISTERED_FLAG = "cabinet.registered";

type Stage = "unknown" | "guest" | "signed-in" | "ended" | "unreachable";

interface Credentials {
  email: string;
  password: string;
  /** Asked for after misses. */
  captcha?: { challenge: string; answer: string };
}

interface Session {
  stage: Stage;
  /** The first screen; the layout of every screen shows data of it. */
  home: Home | undefined;
  profile: Profile | undefined;
  bindings: Binding[] | undefined;
  /** What this tab shows, before it is known to be bound still. */
  chosenAccountId: string | null;
  /** The account whose data are shown: the one chosen in this tab, else the primary one, else the first. */
  account: Binding | undefined;
  problem: Problem | null;
  signIn: (credentials: Credentials) => Promise<void>;
  /** A session was opened by another answer than the sign-in's: begin to use it. */
  startSession: () => void;
  signOut: () => Promise<void>;
  /** The session is over by the subscriber's own act (deletion, password): forget all, become a guest. */
  clearSession: () => void;
  reload: () => void;
  /** Asks for the first screen anew, unless it has just come, or within the time that is given (ms). */
  refreshHome: (age?: number) => void;
  /** Null for the primary one. */
  chooseAccount: (accountId: string | null) => void;
  setProfile: (profile: Profile) => void;
  /** A change has returned how many there are now. */
  setCounters: (counters: Partial<Home["counters"]>) => void;
}

const Context = createContext<Session>(null as unknown as Session);
export const useSession = (): Session => useContext(Context);

/** Goes to Госуслуги, remembering the page to return to. */
export function saveReturnUrl(): void {
  sessionStorage.setItem(RETURN_URL_KEY, location.pathname + location.search);
}

/** The page that was open before Госуслуги, once. */
export function popReturnUrl(): string | null {
  const url = sessionStorage.getItem(RETURN_URL_KEY);
  sessionStorage.removeItem(RETURN_URL_KEY);
  return url;
}

/** The email's link opens in another tab: it signs in where the form was filled in. */
export function saveRegistered(): void {
  localStorage.setItem(REGISTERED_FLAG, "");
}

/** Whether somebody registered in this browser and has not come back by the link, once. */
export function popRegistered(): boolean {
  const registered = localStorage.getItem(REGISTERED_FLAG) !== null;
  localStorage.removeItem(REGISTERED_FLAG);
  return registered;
}

/** Clears what this tab keeps of its user. */
function clearUserState(): void {
  clearDrafts();
  clearPushCheck();
  sessionStorage.removeItem(CHOSEN_ACCOUNT_KEY);
}

/** Another person on the same device must not find the first one's pages beneath. */
function restartForAnotherUser(): void {
  clearUserState();
  location.assign(ROUTES.start);
}

/** When the first screen was loaded last, as `performance.now()`. */
let homeLoadedAt = 0;

const earlyFetch = fetchReusing(takeEarlyHome);

/** The first screen, of the account chosen in this tab; one that was unbound meanwhile gives way to the primary one. */
async function fetchHome(): Promise<Home> {
  const chosen = sessionStorage.getItem(CHOSEN_ACCOUNT_KEY);
  const fetchFor = async (query: { account_id?: string }) => {
    const answer = await unwrap(api.GET("/api/home", { params: { query }, fetch: earlyFetch }));
    homeLoadedAt = performance.now();
    return answer;
  };
  if (!chosen) return fetchFor({});
  try {
    return await fetchFor({ account_id: chosen });
  } catch (reason) {
    if (!(reason instanceof Problem) || reason.status !== 404) throw reason;
    return fetchFor({});
  }
}

// Before the first drawing: on an old phone that alone takes a quarter of a second.
if (mayBeSignedIn()) prefetch({ key: "home", load: fetchHome });

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [shouldLoadHome, setShouldLoadHome] = useState(mayBeSignedIn);
  const [ended, setEnded] = useState(false);
  const [signOutCount, setSignOutCount] = useState(0);
  const [chosenAccountId, setChosenAccountId] = useState(() => sessionStorage.getItem(CHOSEN_ACCOUNT_KEY));
  const home = useQuery<Home>(shouldLoadHome ? "home" : null, fetchHome);
  const { updateData, reload } = home;
  const homeData = shouldLoadHome ? home.data : undefined;
  const profile = homeData?.profile;

  const chooseAccount = useCallback((accountId: string | null) => {
    if (accountId) sessionStorage.setItem(CHOSEN_ACCOUNT_KEY, accountId);
    else sessionStorage.removeItem(CHOSEN_ACCOUNT_KEY);
    setChosenAccountId(accountId);
  }, []);
  const refreshHome = useCallback(
    (age = FRESH_MS) => {
      if (performance.now() - homeLoadedAt > age) reload();
    },
    [reload],
  );
  const clearSession = useCallback(() => {
    abortReads();
    localStorage.removeItem(SIGNED_IN_FLAG);
    clearCache();
    clearUserState();
    setChosenAccountId(null);
    setShouldLoadHome(false);
    setEnded(false);
    setSignOutCount((n) => n + 1);
  }, []);
  // Before any effect of the guest's screens, and after the subscriber's ones are gone.
  useLayoutEffect(allowReads, [signOutCount]);

  useEffect(
    () =>
      onSessionEnd(() => {
        localStorage.removeItem(SIGNED_IN_FLAG);
        setEnded(true);
      }),
    [],
  );
  const userId = profile?.user_id;
  // At once: left for later, it could come after the sign-out has removed the flag.
  useLayoutEffect(() => {
    if (userId) localStorage.setItem(SIGNED_IN_FLAG, userId);
  }, [userId]);
  useEffect(() => {
    if (userId) renewPushes(userId);
  }, [userId]);
  // Somebody else has signed in in another tab: what is shown here is no longer this session's.
  useEffect(() => {
    const onStorage = ({ key, newValue }: StorageEvent) => {
      if (key === SIGNED_IN_FLAG && newValue && userId && newValue !== userId) restartForAnotherUser();
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [userId]);

  const markSignedIn = useCallback((id: string) => {
    localStorage.setItem(SIGNED_IN_FLAG, id);
    setShouldLoadHome(true);
    setEnded(false);
  }, []);

  const startSession = useCallback(() => {
    markSignedIn("");
    refresh("home");
  }, [markSignedIn]);

  const signIn = useCallback(
    async (credentials: Credentials) => {
      const { user_id } = await unwrap(api.POST("/api/auth/sessions", { body: credentials }));
      if (userId && userId !== user_id) restartForAnotherUser();
      markSignedIn(user_id);
      // What failed beneath because the session was over is asked for again.
      refresh();
    },
    [userId, markSignedIn],
  );

  const signOut = useCallback(async () => {
    // What is still being read would meet the ended session; leaving the page at once signs out as well.
    abortReads();
    localStorage.removeItem(SIGNED_IN_FLAG);
    let isPageLeft = false;
    const onUnload = () => (isPageLeft = true);
    addEventListener("beforeunload", onUnload);
    await unwrap(api.DELETE("/api/auth/sessions/current", { keepalive: true }))
      .catch((reason: unknown) => {
        // The browser gives up the answer of a page that is left, not the request.
        if (isPageLeft || (reason instanceof Problem && reason.sessionEnded)) return;
        localStorage.setItem(SIGNED_IN_FLAG, userId ?? "");
        allowReads();
        retryReads();
        throw reason;
      })
      .finally(() => removeEventListener("beforeunload", onUnload));
    clearSession();
  }, [clearSession, userId]);

  const bindings = homeData?.bindings;
  const account =
    bindings?.find((item) => item.account_id === chosenAccountId) ??
    bindings?.find((item) => item.primary) ??
    bindings?.[0];
  const accountId = account?.account_id;
  // Another primary account chosen elsewhere must not change what this tab shows.
  useEffect(() => {
    if (accountId && accountId !== chosenAccountId) chooseAccount(accountId);
  }, [accountId, chosenAccountId, chooseAccount]);
  const stage: Stage = profile
    ? ended
      ? "ended"
      : "signed-in"
    : !shouldLoadHome || home.problem?.sessionEnded
      ? "guest"
      : home.problem
        ? "unreachable"
        : "unknown";
  const session = useMemo<Session>(
    () => ({
      stage,
      home: homeData,
      profile,
      bindings,
      chosenAccountId,
      account,
      problem: home.problem,
      signIn,
      startSession,
      signOut,
      clearSession,
      reload: () => refresh(),
      refreshHome,
      chooseAccount,
      setProfile: (profile) => updateData((one) => ({ ...one, profile })),
      setCounters: (counters) =>
        updateData((one) => ({ ...one, counters: { ...one.counters, ...counters } })),
    }),
    [
      stage,
      homeData,
      profile,
      bindings,
      chosenAccountId,
      account,
      home.problem,
      signIn,
      startSession,
      signOut,
      clearSession,
      refreshHome,
      chooseAccount,
      updateData,
    ],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}
