// What ESLint holds the site to: mistakes that types alone do not show. How it is laid out is Prettier's.
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist/", "src/api/schema.ts"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    // The tools' own files and the service worker are outside of the project that TypeScript checks.
    files: ["*.{js,ts}", "scripts/*.{mjs,ts}", "src/sw.js"],
    extends: [tseslint.configs.disableTypeChecked],
  },
);
