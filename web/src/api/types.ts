// The contract's own types, taken from the generated description by the route that answers them.
import type { components, paths } from "./schema";

type JsonBody<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;
type SuccessBody<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 ? JsonBody<Responses[Status]> : never;
}[keyof Responses];
type ResponseBody<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: infer Responses;
}
  ? SuccessBody<Responses>
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
export type Site = ResponseBody<"/api/site", "get">;
export type Home = ResponseBody<"/api/home", "get">;
export type HomeFlat = Home["flats"][number];
export type Profile = ResponseBody<"/api/profile", "get">;
export type Mailings = ResponseBody<"/api/profile/mailings/{account_id}", "put">;
export type Consent = ResponseBody<"/api/auth/consent", "get">;
export type Captcha = ResponseBody<"/api/auth/captchas", "post">;

export type Binding = Item<ResponseBody<"/api/bindings", "get">>;
export type Branding = NonNullable<Binding["branding"]>;
export type Feature = Binding["features"][number];
export type Candidate = ResponseBody<"/api/bindings/search", "post">["candidates"][number];

export type Archive = ResponseBody<"/api/profile/archive", "get">;
export type Notifications = ResponseBody<"/api/profile/notifications", "get">;
export type CalendarState = ResponseBody<"/api/profile/calendar", "get">;
export type AccessToken = Item<ResponseBody<"/api/profile/tokens", "get">>;
export type AccessTokenCreated = ResponseBody<"/api/profile/tokens", "post">;
export type TokenScope = AccessToken["scopes"][number];

export type Summary = ResponseBody<"/api/accounts/{account_id}/summary", "get">;
export type Receipt = Summary["receipts"][number];
export type ReceiptAmounts = Receipt["debt"];
export type Services = ResponseBody<"/api/accounts/{account_id}/services", "get">;
export type Charges = ResponseBody<"/api/accounts/{account_id}/charges", "get">;
export type Explanation = ResponseBody<"/api/accounts/{account_id}/explanation", "get">;
export type ExplainedLine = Explanation["lines"][number];
export type Charge = ExplainedLine["charges"][number];
export type Payment = Item<ResponseBody<"/api/accounts/{account_id}/payments", "get">>;
export type Document = Item<ResponseBody<"/api/accounts/{account_id}/documents", "get">>;
export type Meters = ResponseBody<"/api/accounts/{account_id}/meters", "get">;
export type Meter = Item<Meters>;
export type Reading = Item<ResponseBody<"/api/accounts/{account_id}/meters/{meter_id}/readings", "get">>;
export type Consumption = ResponseBody<"/api/accounts/{account_id}/consumption", "get">;

export type ReadingsForm = ResponseBody<"/api/accounts/{account_id}/readings/form", "get">;
export type ReadingsWindow = ReadingsForm["window"];
export type FormMeter = ReadingsForm["meters"][number];
export type SubmissionResult = ResponseBody<"/api/accounts/{account_id}/readings", "post">;
export type GuestPaymentForm = ResponseBody<"/api/guest/payments/lookup", "post">;
export type GuestPayment = ResponseBody<"/api/guest/payments/{order_token}", "get">;
export type GuestLookup = ResponseBody<"/api/guest/readings/lookup", "post">;

export type NewReading = Schemas["NewReading"];
/** What a `confirmation_needed` answer tells about a row. */
export type ReadingPreview = Schemas["Preview"];

export type Cart = ResponseBody<"/api/cart", "get">;
export type PaymentMethod = Item<ResponseBody<"/api/cart/payment-methods", "get">>;
type CartGroup = Cart["groups"][number];
export type CartItem = CartGroup["receipts"][number]["payees"][number]["items"][number];
export type CartOrder = Cart["orders"][number];
export type SavedCard = Item<ResponseBody<"/api/saved-cards", "get">>;
export type AutopayRule = Item<ResponseBody<"/api/autopay", "get">>;
export type Order = ResponseBody<"/api/orders/{order_id}", "get">;
export type OrderStatus = Order["status"];
/** Another order that pays the same receipts. */
export type CompetingOrder = Schemas["CompetingOrder"];

export type RequestKinds = ResponseBody<"/api/accounts/{account_id}/request-kinds", "get">;
export type RequestKind = Item<RequestKinds>;
export type RequestKindCode = RequestKind["kind"];
export type SubscriberRequest = Item<ResponseBody<"/api/accounts/{account_id}/requests", "get">>;
export type Notice = Item<ResponseBody<"/api/notices", "get">>;
