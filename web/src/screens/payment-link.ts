// The bank's page of an order, kept for this tab, so that a payment left halfway can be gone on with.
const name = (orderId: string) => `pay:${orderId}`;

export function rememberPaymentLink(orderId: string, url: string): void {
  sessionStorage.setItem(name(orderId), url);
}

export function paymentLink(orderId: string): string | null {
  return sessionStorage.getItem(name(orderId));
}

export function forgetPaymentLink(orderId: string): void {
  sessionStorage.removeItem(name(orderId));
}
