// Screens that are loaded when they are needed, with a retry when their file did not come.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { networkProblem, type Problem } from "../api/problem";
import { Failure, Spinner } from "../ui/feedback";

interface ScreenModule<Name extends string> {
  SCREENS: Record<Name, FunctionComponent>;
}

interface LazyScreens<Name extends string> {
  /** Starts the loading, so that the screen is there when it is opened. */
  preload: () => void;
  screen: (name: Name) => FunctionComponent;
}

export function lazyScreens<Name extends string>(load: () => Promise<ScreenModule<Name>>): LazyScreens<Name> {
  let module: ScreenModule<Name> | null = null;
  const loadModule = () => load().then((loaded) => (module = loaded));
  return {
    preload: () => void loadModule().catch(() => undefined),
    screen: (name) => () => {
      const [, redraw] = useState(0);
      const [problem, setProblem] = useState<Problem | null>(null);
      const loadScreen = () => {
        setProblem(null);
        loadModule().then(
          () => redraw((n) => n + 1),
          () => setProblem(networkProblem(false)),
        );
      };
      const Screen: FunctionComponent | undefined = module?.SCREENS[name];
      useEffect(() => {
        // By what was drawn, not by `module`: it may have come since, and then nobody would draw again.
        if (!Screen) loadScreen();
        // eslint-disable-next-line react-hooks/exhaustive-deps
      }, []);
      const failed = problem !== null;
      useEffect(() => {
        if (!failed) return;
        addEventListener("online", loadScreen);
        return () => removeEventListener("online", loadScreen);
      }, [failed]);
      if (Screen) return <Screen />;
      // Reloading also helps after a new version has replaced the file.
      return problem ? <Failure problem={problem} retry={() => location.reload()} /> : <Spinner />;
    },
  };
}

/** A single screen, which its file exports. */
export function lazyScreen(load: () => Promise<FunctionComponent>): FunctionComponent {
  return lazyScreens(() => load().then((only) => ({ SCREENS: { only } }))).screen("only");
}
