import { render } from "preact";
import { App } from "./app";

const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  render(<App />, root);
}

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // After the first paint: the shell for the next visit must not compete with this one.
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => {
      // Without it (private window, old browser) the site works all the same, only not without a network.
    });
  });
}
