// A change that a press starts (POST, PUT, DELETE): whether it runs now, and why it failed.
import { useCallback, useRef, useState } from "preact/hooks";
import { internalProblem, Problem } from "./problem";

export interface Change {
  busy: boolean;
  problem: Problem | null;
  /** Runs `act` unless the former one still runs. `onFailed` hears of a failure after it is shown. */
  run: (act: () => Promise<unknown>, onFailed?: (problem: Problem) => void) => void;
  /** Takes the failure off the screen. */
  clear: () => void;
}

export function useChange(): Change {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef(false);
  const clear = useCallback(() => setProblem(null), []);
  const run = useCallback<Change["run"]>((act, onFailed) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setProblem(null);
    act()
      .catch((reason: unknown) => {
        const failure = reason instanceof Problem ? reason : internalProblem(reason);
        setProblem(failure);
        onFailed?.(failure);
      })
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  }, []);
  return { busy, problem, run, clear };
}
