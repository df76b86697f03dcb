// The contract's own types, taken from the generated description by the route that answers them.
import type { components, paths } from "./schema";

type Content<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;
type Good<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 ? Content<Responses[Status]> : never;
}[keyof Responses];
type Answer<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: infer Responses;
}
  ? Good<Responses>
  : never;
type Item<List> = List extends { items: (infer One)[] } ? One : never;

type Schemas = components["schemas"];

export type FieldError = Schemas["FieldError"];
/** What an error answers; a gateway's own page has none of it. */
export type ProblemBody = Partial<
  Schemas["Problem"] &
    Schemas["ConfirmationRequiredMembers"] &
    Schemas["AlreadyBeingPaidMembers"] &
    Schemas["PaymentInProgressMembers"]
>;

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What is shown before the sign-in. */
export type Site = Answer<"/api/site", "get">;
export type Home = Answer<"/api/home", "get">;
export type HomeFlat = Home["flats"][number];
export type Profile = Answer<"/api/profile", "get">;
export type Mailings = Answer<"/api/profile/mailings/{account_id}", "put">;
export type Consent = Answer<"/api/auth/consent", "get">;
export type Captcha = Answer<"/api/auth/captchas", "post">;

export type Binding = Item<Answer<"/api/bindings", "get">>;
export type Branding = NonNullable<Binding["branding"]>;
export type Feature = Binding["features"][number];
export type Candidate = Answer<"/api/bindings/search", "post">["candidates"][number];

export type Archive = Answer<"/api/profile/archive", "get">;
export type Notifications = Answer<"/api/profile/notifications", "get">;
export type CalendarState = Answer<"/api/profile/calendar", "get">;
export type AccessToken = Item<Answer<"/api/profile/tokens", "get">>;
export type AccessTokenCreated = Answer<"/api/profile/tokens", "post">;
export type TokenScope = AccessToken["scopes"][number];

export type Summary = Answer<"/api/accounts/{account_id}/summary", "get">;
export type Receipt = Summary["receipts"][number];
export type Sums = Receipt["debt"];
export type Services = Answer<"/api/accounts/{account_id}/services", "get">;
export type Charges = Answer<"/api/accounts/{account_id}/charges", "get">;
export type Explanation = Answer<"/api/accounts/{account_id}/explanation", "get">;
export type ExplainedLine = Explanation["lines"][number];
export type Charge = ExplainedLine["charges"][number];
export type Payment = Item<Answer<"/api/accounts/{account_id}/payments", "get">>;
export type Document = Item<Answer<"/api/accounts/{account_id}/documents", "get">>;
export type Meters = Answer<"/api/accounts/{account_id}/meters", "get">;
export type Meter = Item<Meters>;
export type Reading = Item<Answer<"/api/accounts/{account_id}/meters/{meter_id}/readings", "get">>;
export type Consumption = Answer<"/api/accounts/{account_id}/consumption", "get">;

export type ReadingsForm = Answer<"/api/accounts/{account_id}/readings/form", "get">;
export type ReadingsWindow = ReadingsForm["window"];
export type FormMeter = ReadingsForm["meters"][number];
export type Accepted = Answer<"/api/accounts/{account_id}/readings", "post">;
export type GuestPaymentForm = Answer<"/api/guest/payments/lookup", "post">;
export type GuestPayment = Answer<"/api/guest/payments/{order_token}", "get">;
export type GuestLookup = Answer<"/api/guest/readings/lookup", "post">;

export type NewReading = Schemas["NewReading"];
/** What a `confirmation_needed` answer tells about a row. */
export type Preview = Schemas["Preview"];

export type Cart = Answer<"/api/cart", "get">;
export type PaymentMethod = Item<Answer<"/api/cart/payment-methods", "get">>;
type CartGroup = Cart["groups"][number];
export type CartItem = CartGroup["receipts"][number]["payees"][number]["items"][number];
export type CartOrder = Cart["orders"][number];
export type SavedCard = Item<Answer<"/api/saved-cards", "get">>;
export type AutopayRule = Item<Answer<"/api/autopay", "get">>;
export type Order = Answer<"/api/orders/{order_id}", "get">;
export type OrderStatus = Order["status"];
/** Another order that pays the same receipts. */
export type CompetingOrder = Schemas["CompetingOrder"];

export type RequestKinds = Answer<"/api/accounts/{account_id}/request-kinds", "get">;
export type RequestKind = Item<RequestKinds>;
export type RequestKindCode = RequestKind["kind"];
export type SubscriberRequest = Item<Answer<"/api/accounts/{account_id}/requests", "get">>;
export type Notice = Item<Answer<"/api/notices", "get">>;
