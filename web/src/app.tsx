// The site's map: which screen stands at which address, and which of them need a signed-in subscriber.
import type { FunctionComponent } from "preact";
import { LocationProvider, Route, Router } from "preact-iso";
import { useEffect } from "preact/hooks";
import { NotFound } from "./screens/not-found";
import { Start } from "./screens/start";
import { SessionProvider } from "./session";
import { later } from "./shell/later";
import { Private } from "./shell/private";
import { Shell } from "./shell/shell";

/** Links to the API (Госуслуги) are the browser's business, not the router's. */
const OWN_PAGES = /^\/(?!api\/|local\/)/;

const open = later(() => import("./screens/without-account"));
const cabinet = later(() => import("./screens/cabinet"));

const OPEN = [
  "/register",
  "/recover",
  "/activate",
  "/reset-password",
  "/confirm-email",
  "/unsubscribe",
  "/esia-consent",
  "/guest-readings",
  "/help",
];
const BEHIND_DOOR = [
  "/summary",
  "/services",
  "/charges",
  "/payments",
  "/readings",
  "/meters",
  "/documents",
  "/requests",
  "/notices",
  "/cart",
  "/orders",
  "/orders/:order_id",
  "/accounts",
  "/accounts/bind",
  "/settings",
];

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

const PAGES: [string, FunctionComponent][] = [
  ["/", Start],
  ...OPEN.map((path): [string, FunctionComponent] => [path, open.screen(path)]),
  ...BEHIND_DOOR.map((path): [string, FunctionComponent] => [path, behindDoor(cabinet.screen(path))]),
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
