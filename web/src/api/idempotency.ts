// The Idempotency-Key of a form: the same content keeps its key through retries and reloads, other content gets another.

/** A short non-cryptographic print of the content, so that the content itself is not stored. */
function fingerprint(content: unknown): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const char of JSON.stringify(content)) {
    const code = char.charCodeAt(0);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

const storageName = (form: string) => `key:${form}`;

export function idempotencyKey(form: string, content: unknown): string {
  const hash = fingerprint(content);
  const stored = sessionStorage.getItem(storageName(form))?.split(" ");
  if (stored?.[0] === hash && stored[1]) return stored[1];
  const key = newKey();
  sessionStorage.setItem(storageName(form), `${hash} ${key}`);
  return key;
}

/** After success: the next submission, even of the same content, is another act. */
export function clearIdempotencyKey(form: string): void {
  sessionStorage.removeItem(storageName(form));
}
