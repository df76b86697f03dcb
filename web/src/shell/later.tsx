// Screens that are loaded when they are needed, with a retry when their file did not come.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { networkProblem, type Problem } from "../api/problem";
import { Failure, Waiting } from "../ui/feedback";

interface Part<Name extends string> {
  SCREENS: Record<Name, FunctionComponent>;
}

interface LaterPart<Name extends string> {
  /** Starts the loading, so that the screen is there when it is opened. */
  prepare: () => void;
  screen: (name: Name) => FunctionComponent;
}

export function later<Name extends string>(load: () => Promise<Part<Name>>): LaterPart<Name> {
  let part: Part<Name> | null = null;
  const get = () => load().then((loaded) => (part = loaded));
  return {
    prepare: () => void get().catch(() => undefined),
    screen: (name) => () => {
      const [, redraw] = useState(0);
      const [problem, setProblem] = useState<Problem | null>(null);
      const fetchPart = () => {
        setProblem(null);
        get().then(
          () => redraw((n) => n + 1),
          () => setProblem(networkProblem(false)),
        );
      };
      const Screen: FunctionComponent | undefined = part?.SCREENS[name];
      useEffect(() => {
        // By what was drawn, not by `part`: it may have come since, and then nobody would draw again.
        if (!Screen) fetchPart();
        // eslint-disable-next-line react-hooks/exhaustive-deps
      }, []);
      const failed = problem !== null;
      useEffect(() => {
        if (!failed) return;
        addEventListener("online", fetchPart);
        return () => removeEventListener("online", fetchPart);
      }, [failed]);
      if (Screen) return <Screen />;
      // Reloading also helps after a new version has replaced the file.
      return problem ? <Failure problem={problem} retry={() => location.reload()} /> : <Waiting />;
    },
  };
}
