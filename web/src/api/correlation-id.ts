// What joins a call with the server's log.
const ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";

/** An identifier of one call, short enough to be said by telephone and without letters that look alike. */
export function newCorrelationId(): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  const word = [...random].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return `${word.slice(0, 5)}-${word.slice(5)}`;
}
