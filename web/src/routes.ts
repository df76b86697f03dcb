// The site's addresses, each named here and nowhere else. Emails, banks and Госуслуги lead to some of them.
import type { paths } from "./api/schema";

/** For everybody; their screens are in `screens/public-screens.ts`. */
export const PUBLIC_ROUTES = {
  register: "/register",
  recover: "/recover",
  activate: "/activate",
  resetPassword: "/reset-password",
  confirmEmail: "/confirm-email",
  unsubscribe: "/unsubscribe",
  autopayOff: "/autopay-off",
  autopaySkip: "/autopay-skip",
  esiaConsent: "/esia-consent",
  guestReadings: "/guest-readings",
  guestPay: "/pay",
  guestPayment: "/pay/:order_token",
  help: "/help",
} as const;

/** Behind the sign-in; their screens are in `screens/private-screens.ts`. */
export const PRIVATE_ROUTES = {
  home: "/home",
  summary: "/summary",
  services: "/services",
  charges: "/charges",
  explanation: "/explanation",
  payments: "/payments",
  readings: "/readings",
  meters: "/meters",
  documents: "/documents",
  requests: "/requests",
  notices: "/notices",
  cart: "/cart",
  orders: "/orders",
  order: "/orders/:order_id",
  accounts: "/accounts",
  bind: "/accounts/bind",
  settings: "/settings",
  cards: "/settings/cards",
  notifications: "/settings/notifications",
  calendar: "/settings/calendar",
  ownData: "/settings/data",
  accessTokens: "/settings/programs",
} as const;

export const ROUTES = { start: "/", ...PUBLIC_ROUTES, ...PRIVATE_ROUTES } as const;

/** A view of one month. */
export function monthRoute(view: "services" | "charges" | "explanation", period: string | null): string {
  return period ? `${ROUTES[view]}?period=${period}` : ROUTES[view];
}

/** The meters, with the readings of what a receipt calls `service` unfolded. */
export function metersRoute(service: string): string {
  return `${ROUTES.meters}?service=${encodeURIComponent(service)}`;
}

/** The list of accounts, with a word about the one that was bound just now. */
export function boundAccountRoute(accountId: string): string {
  return `${ROUTES.accounts}?bound=${encodeURIComponent(accountId)}`;
}

export function orderRoute(orderId: string): string {
  return ROUTES.order.replace(":order_id", encodeURIComponent(orderId));
}

export function guestPaymentRoute(orderToken: string): string {
  return ROUTES.guestPayment.replace(":order_token", encodeURIComponent(orderToken));
}

/** Where the browser leaves for Госуслуги: to sign in, or to link the cabinet that is open. */
export const ESIA = {
  login: "/api/auth/esia/login",
  link: "/api/auth/esia/link",
} as const satisfies Record<string, keyof paths>;
