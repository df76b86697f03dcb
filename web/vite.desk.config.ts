// How the desk is built: a site of its own beside the residents', so that neither loads a byte of the other.
import { defineConfig } from "vite";
import { policyInHead, TARGET } from "./scripts/policy.ts";

export default defineConfig({
  plugins: [policyInHead()],
  publicDir: false,
  build: {
    target: TARGET,
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: "desk/index.html",
      output: {
        entryFileNames: "assets/desk-[hash].js",
        chunkFileNames: "assets/desk-[name]-[hash].js",
        assetFileNames: "assets/desk-[hash][extname]",
      },
    },
  },
});
