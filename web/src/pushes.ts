// Whose pushes this browser shows, so that the same person's next sign-in renews them; the rest is loaded when needed.

const OWNER_KEY = "cabinet.pushes";
/** Checked once in a tab. */
const CHECKED_KEY = "cabinet.pushes-checked";

/** `null`: no user's any more. */
export function savePushOwner(userId: string | null): void {
  if (userId) localStorage.setItem(OWNER_KEY, userId);
  else localStorage.removeItem(OWNER_KEY);
}

/** Renews what this person has allowed in this browser; if they never did, nothing is loaded. */
export function renewPushes(userId: string): void {
  if (localStorage.getItem(OWNER_KEY) !== userId || sessionStorage.getItem(CHECKED_KEY) === userId) return;
  sessionStorage.setItem(CHECKED_KEY, userId);
  import("./screens/push-subscription")
    .then((part) => part.renewIfNeeded())
    // Mail goes on; the next visit tries again.
    .catch(() => sessionStorage.removeItem(CHECKED_KEY));
}

/** A sign-out ends the pushes of this browser: the next sign-in checks again. */
export function clearPushCheck(): void {
  sessionStorage.removeItem(CHECKED_KEY);
}
