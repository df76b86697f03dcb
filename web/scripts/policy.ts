// The content policy in the head of every built page.
import type { Plugin } from "vite";

/**
 * The same policy as the response headers', so that it holds wherever the files are served from.
 *
 * Where uploads go (the bucket's own host) is known to the headers alone; both policies must let a request through.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "media-src data:",
  "connect-src 'self' https: http://127.0.0.1:*",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

export function policyInHead(): Plugin {
  return {
    name: "policy-in-head",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_SECURITY_POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** Browsers that the sites are built for. */
export const TARGET = ["chrome80", "safari14", "firefox78"];
