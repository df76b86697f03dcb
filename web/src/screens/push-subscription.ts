// This browser's subscription to pushes: made after a tap, renewed under another session or key, ended.
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import { savePushOwner } from "../pushes";

type Outcome = "subscribed" | "refused";

export function canPush(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export function isDenied(): boolean {
  return canPush() && Notification.permission === "denied";
}

/** Asks for permission and subscribes; to be called by a tap alone. */
export async function subscribe(userId: string): Promise<Outcome> {
  if ((await Notification.requestPermission()) !== "granted") return "refused";
  await renew();
  savePushOwner(userId);
  return "subscribed";
}

/** Subscribes to the key that is in force, in place of a subscription to another key, and reports it to the cabinet. */
async function renew(): Promise<void> {
  const { public_key: key } = await unwrap(api.GET("/api/push/key"));
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  if (known && !hasKey(known, key)) await known.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  await unwrap(
    api.POST("/api/push/subscriptions", {
      body: { endpoint: endpoint ?? "", keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } },
    }),
  );
}

/** Whether a subscription was made for a key. */
function hasKey(subscription: PushSubscription, key: string): boolean {
  const octets = subscription.options.applicationServerKey;
  if (!octets) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(octets)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === key;
}

/** Ends it here and in the cabinet. */
export async function unsubscribe(subscriptionId: string): Promise<void> {
  const path = { subscription_id: subscriptionId };
  await unwrap(api.DELETE("/api/push/subscriptions/{subscription_id}", { params: { path } }));
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  savePushOwner(null);
}

/** Puts what was allowed before under the session and the key of now. */
export async function renewIfNeeded(): Promise<void> {
  if (!canPush() || Notification.permission !== "granted") return;
  const { pushes } = await unwrap(api.GET("/api/profile/sessions"));
  const { pushManager } = await navigator.serviceWorker.ready;
  const [known, { public_key: key }] = await Promise.all([
    pushManager.getSubscription(),
    unwrap(api.GET("/api/push/key")),
  ]);
  if (pushes.some((each) => each.current) && known && hasKey(known, key)) return;
  await renew();
  refresh("devices");
}
