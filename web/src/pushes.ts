// Whose pushes this browser shows, so that the same person's next sign-in renews them; the rest is loaded when needed.

const OWNER = "cabinet.pushes";
/** Looked at once in a tab. */
const LOOKED = "cabinet.pushes-looked";

/** `null`: nobody's any more. */
export function rememberOwner(userId: string | null): void {
  if (userId) localStorage.setItem(OWNER, userId);
  else localStorage.removeItem(OWNER);
}

/** Renews what this person has allowed in this browser; whoever never did loads nothing. */
export function renewPushes(userId: string): void {
  if (localStorage.getItem(OWNER) !== userId || sessionStorage.getItem(LOOKED) === userId) return;
  sessionStorage.setItem(LOOKED, userId);
  import("./screens/push-subscription")
    .then((part) => part.renewIfNeeded())
    // Mail goes on; the next visit tries again.
    .catch(() => sessionStorage.removeItem(LOOKED));
}

/** A sign-out ends the pushes of this browser: the next sign-in looks again. */
export function forgetLook(): void {
  sessionStorage.removeItem(LOOKED);
}
