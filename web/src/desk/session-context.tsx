// Who of the staff is signed in: asked once, and again when the session has ended.
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { api, unwrap, onSessionEnd } from "../api/client";
import { clearCache, refresh, useQuery } from "../api/query";
import { Failure, Spinner } from "../ui/feedback";
import { SignIn } from "./sign-in";
import type { Me, Right } from "./types";

interface DeskSession {
  me: Me;
  may: (right: Right) => boolean;
  /** Works for every supplier, those to come included. */
  seesEverySupplier: boolean;
  signOut: () => Promise<void>;
}

const Context = createContext<DeskSession>(null as unknown as DeskSession);
export const useDesk = (): DeskSession => useContext(Context);

/** Says that somebody signed in here: a first visit does not ask for a session in vain. */
const SIGNED_IN_FLAG = "desk.visited";

/** Shows the sign-in, or the desk to who has signed in. */
export function DeskSessionProvider({ children }: { children: ComponentChildren }) {
  const [shouldLoadMe, setShouldLoadMe] = useState(() => localStorage.getItem(SIGNED_IN_FLAG) !== null);
  const [ended, setEnded] = useState(false);
  const me = useQuery<Me>(shouldLoadMe ? "me" : null, () => unwrap(api.GET("/api/staff/me")));
  useEffect(
    () =>
      onSessionEnd(() => {
        localStorage.removeItem(SIGNED_IN_FLAG);
        setEnded(true);
      }),
    [],
  );
  const onSignedIn = () => {
    localStorage.setItem(SIGNED_IN_FLAG, "1");
    setShouldLoadMe(true);
    setEnded(false);
    refresh();
  };
  if (!shouldLoadMe || ended) return <SignIn again={ended} onDone={onSignedIn} />;
  if (me.data === undefined) {
    return me.problem ? <Failure problem={me.problem} retry={me.reload} /> : <Spinner />;
  }
  const { data } = me;
  const signOut = async () => {
    await unwrap(api.DELETE("/api/staff/sessions/current"));
    localStorage.removeItem(SIGNED_IN_FLAG);
    clearCache();
    setShouldLoadMe(false);
  };
  return (
    <Context.Provider
      value={{
        me: data,
        may: (right) => data.rights.includes(right),
        seesEverySupplier: data.suppliers.includes("*"),
        signOut,
      }}
    >
      {children}
    </Context.Provider>
  );
}
