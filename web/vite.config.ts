// How the site is built: hashed assets, a policy without inline code, icons, and a service worker that knows the shell.
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { drawIcon, parseMark } from "./scripts/icons.ts";
import { policyInHead, TARGET } from "./scripts/policy.ts";

/** What runs first, and what that alone imports. */
const EARLY = "src/api/early-home.ts";
const isEarly = (id: string) => /\/api\/(early-home|correlation-id)\.ts$/.test(id);

/** Emits the icons that `manifest.webmanifest` and `index.html` name. */
function icons(): Plugin {
  return {
    name: "icons",
    apply: "build",
    generateBundle() {
      const mark = parseMark(readFileSync(new URL("public/favicon.svg", import.meta.url), "utf-8"));
      const icon = (fileName: string, pixels: number, isFull: boolean) =>
        this.emitFile({ type: "asset", fileName, source: drawIcon(mark, pixels, isFull) });
      icon("icon-192.png", 192, false);
      icon("icon-512.png", 512, false);
      icon("icon-full-512.png", 512, true);
      icon("icon-apple-180.png", 180, true);
    },
  };
}

/** Puts the script that begins the first screen's request before everything else. */
function earlyScript(): Plugin {
  return {
    name: "early-script",
    apply: "build",
    transformIndexHtml(_html, { bundle = {} }) {
      const file = Object.values(bundle).find((each) => each.name === "early-home");
      if (!file) throw new Error("the early script is not in the bundle");
      const attrs = {
        type: "module",
        async: true,
        fetchpriority: "high",
        // Or it would wait for the drawing of the word that we open, which an old phone takes a twentieth of a second for.
        blocking: "render",
        crossorigin: true,
        src: `/${file.fileName}`,
      };
      return [{ tag: "script", attrs, injectTo: "head-prepend" }];
    },
  };
}

/** Emits `sw.js` with the list of files that make up the shell; its bytes change whenever one of them does. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle)
        // The decoder of codes is for one page, and only where the browser has none of its own.
        .filter((name) => /^assets\/(?!qr-decoder).+\.(js|css)$/.test(name))
        .sort();
      const source = readFileSync(new URL("src/sw.js", import.meta.url), "utf-8");
      const shell = ["/", "/favicon.svg", ...files.map((name) => `/${name}`)];
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: source.replace("/* SHELL */ []", JSON.stringify(shell)),
      });
    },
  };
}

export default defineConfig({
  plugins: [earlyScript(), policyInHead(), icons(), serviceWorker()],
  build: {
    target: TARGET,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: ["index.html", EARLY],
      // Each further file of the first load costs an old phone's processor, however small it is.
      output: {
        codeSplitting: {
          groups: [
            { name: "early-home", test: isEarly, priority: 1 },
            { name: "first", tags: ["$initial"] },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": "http://127.0.0.1:8000", "/local": "http://127.0.0.1:8000" },
  },
});
