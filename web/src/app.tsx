// The site's map: which screen stands at which address, and which of them need a signed-in subscriber.
import type { FunctionComponent } from "preact";
import { LocationProvider, Route, Router } from "preact-iso";
import { useEffect } from "preact/hooks";
import { CABINET_ROUTES, OPEN_ROUTES, ROUTES } from "./routes";
import { NotFound } from "./screens/not-found";
import { cabinet, open } from "./screens/parts";
import { Start } from "./screens/start";
import { SessionProvider } from "./session";
import { Private } from "./shell/private";
import { Shell } from "./shell/shell";

/** Links to the API (Госуслуги) are the browser's business, not the router's. */
const OWN_PAGES = /^\/(?!api\/|local\/)/;

function behindDoor(Screen: FunctionComponent): FunctionComponent {
  return () => {
    // Together with the profile, not after it.
    useEffect(() => cabinet.prepare(), []);
    return (
      <Private>
        <Screen />
      </Private>
    );
  };
}

/** Each address with what `screen` makes of its name. */
function pages<Name extends string>(
  routes: Record<Name, string>,
  screen: (name: Name) => FunctionComponent,
): [string, FunctionComponent][] {
  return (Object.keys(routes) as Name[]).map((name) => [routes[name], screen(name)]);
}

const PAGES: [string, FunctionComponent][] = [
  [ROUTES.start, Start],
  ...pages(OPEN_ROUTES, open.screen),
  ...pages(CABINET_ROUTES, (name) => behindDoor(cabinet.screen(name))),
];

export function App() {
  return (
    <LocationProvider scope={OWN_PAGES}>
      <SessionProvider>
        <Shell>
          <Router>
            {PAGES.map(([path, screen]) => (
              <Route key={path} path={path} component={screen} />
            ))}
            <Route default component={NotFound} />
          </Router>
        </Shell>
      </SessionProvider>
    </LocationProvider>
  );
}
