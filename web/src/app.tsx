// The site's routes: which screen has which URL, and which of them need a signed-in subscriber.
import type { FunctionComponent } from "preact";
import { LocationProvider, Route, Router } from "preact-iso";
import { useEffect } from "preact/hooks";
import { PRIVATE_ROUTES, PUBLIC_ROUTES, ROUTES } from "./routes";
import { NotFound } from "./screens/not-found";
import { privateScreens, publicScreens } from "./screens/lazy-screens";
import { StartScreen } from "./screens/start";
import { SessionProvider } from "./session-context";
import { RequireAuth } from "./shell/require-auth";
import { Layout } from "./shell/layout";

/** Links to the API (Госуслуги) are the browser's business, not the router's. */
const OWN_PAGES = /^\/(?!api\/|local\/)/;

function withAuth(Screen: FunctionComponent): FunctionComponent {
  return () => {
    // Together with the profile, not after it.
    useEffect(() => privateScreens.preload(), []);
    return (
      <RequireAuth>
        <Screen />
      </RequireAuth>
    );
  };
}

/** Each address with what `screen` makes of its name. */
function toPages<Name extends string>(
  routes: Record<Name, string>,
  screen: (name: Name) => FunctionComponent,
): [string, FunctionComponent][] {
  return (Object.keys(routes) as Name[]).map((name) => [routes[name], screen(name)]);
}

const PAGES: [string, FunctionComponent][] = [
  [ROUTES.start, StartScreen],
  ...toPages(PUBLIC_ROUTES, publicScreens.screen),
  ...toPages(PRIVATE_ROUTES, (name) => withAuth(privateScreens.screen(name))),
];

export function App() {
  return (
    <LocationProvider scope={OWN_PAGES}>
      <SessionProvider>
        <Layout>
          <Router>
            {PAGES.map(([path, screen]) => (
              <Route key={path} path={path} component={screen} />
            ))}
            <Route default component={NotFound} />
          </Router>
        </Layout>
      </SessionProvider>
    </LocationProvider>
  );
}
