// The contract over HTTP by hand, in the shape that openapi-typescript makes of docs/openapi.json.
import type * as T from "./types";

type Op<Params, Body, Status extends number, Answer> = {
  parameters: Params;
  responses: Record<Status, { headers: Record<string, unknown>; content: { "application/json": Answer } }>;
} & (Body extends undefined ? { requestBody?: never } : { requestBody: { content: { "application/json": Body } } });
type Get<Answer, Params = { path?: never }> = { get: Op<Params, undefined, 200, Answer> };
type Post<Body, Answer, Params = { path?: never }> = { post: Op<Params, Body, 200, Answer> };
type Put<Body, Answer, Params = { path?: never }> = { put: Op<Params, Body, 200, Answer> };
type Patch<Body, Answer, Params = { path?: never }> = { patch: Op<Params, Body, 200, Answer> };
type Delete<Body, Answer, Params = { path?: never }> = { delete: Op<Params, Body, 200, Answer> };
type Account<Query = object> = { path: { account_id: string }; query?: Query };
type Cursor = { cursor?: string };
type Keyed = { header: { "Idempotency-Key": string } };

export interface paths {
  "/api/auth/consent": Get<T.Consent>;
  "/api/auth/captchas": Post<undefined, T.Captcha>;
  "/api/auth/registrations": Post<
    {
      email: string;
      password: string;
      phone: string;
      captcha: { challenge: string; answer: string };
      consent: { version: string };
    },
    undefined
  >;
  "/api/auth/activations": Post<{ token: string }, undefined>;
  "/api/auth/sessions": Post<{ email: string; password: string }, { user_id: string; email: string }>;
  "/api/auth/sessions/current": Delete<undefined, undefined>;
  "/api/auth/password-resets": Post<{ email: string; captcha: { challenge: string; answer: string } }, undefined>;
  "/api/auth/password-resets/confirm": Post<{ token: string; password: string }, undefined>;
  "/api/profile": Get<T.Profile> & Patch<{ phone: string }, T.Profile> & Delete<{ password?: string }, undefined>;
  "/api/profile/email-changes": Post<{ email: string; password: string }, undefined>;
  "/api/profile/email-changes/confirm": Post<{ token: string }, undefined>;
  "/api/profile/password": Post<{ current: string; new: string }, undefined>;
  "/api/profile/sessions": Get<{ items: T.Device[] }>;
  "/api/profile/sessions/{session_id}": Delete<undefined, undefined, { path: { session_id: string } }>;
  "/api/profile/esia": Delete<undefined, undefined>;
  "/api/profile/mailings/{account_id}": Put<T.Mailings, T.Mailings, Account>;
  "/api/bindings/search": Post<
    { account_number: string; house: string; flat?: string },
    { candidates: T.Candidate[] }
  >;
  "/api/bindings": Get<{ items: T.Binding[] }> &
    Post<{ candidate: string; surname: string; primary: boolean }, T.Binding>;
  "/api/bindings/{account_id}": Delete<undefined, undefined, Account>;
  "/api/bindings/{account_id}/primary": Put<undefined, undefined, Account>;
  "/api/bindings/{account_id}/paperless": Put<{ enabled: boolean; statement_version?: string }, T.Binding, Account>;
  "/api/bindings/{account_id}/paperless/statement": Get<{ version: string; text: string }, Account>;
  "/api/accounts/{account_id}/summary": Get<T.Summary, Account>;
  "/api/accounts/{account_id}/services": Get<T.Services, Account<{ period?: string }>>;
  "/api/accounts/{account_id}/charges": Get<T.Charges, Account<{ period?: string }>>;
  "/api/accounts/{account_id}/payments": Get<T.Page<T.Payment>, Account<Cursor>>;
  "/api/accounts/{account_id}/meters": Get<T.Page<T.Meter>, Account>;
  "/api/accounts/{account_id}/meters/{meter_id}/readings": Get<
    T.Page<T.Reading>,
    { path: { account_id: string; meter_id: string }; query?: Cursor }
  >;
  "/api/accounts/{account_id}/documents": Get<T.Page<T.Document>, Account<Cursor>>;
  "/api/accounts/{account_id}/documents/{document_id}/pdf": Get<
    { url: string; expires_at: string },
    { path: { account_id: string; document_id: string } }
  >;
  "/api/accounts/{account_id}/consumption": Get<T.Consumption, Account<{ months?: number }>>;
  "/api/accounts/{account_id}/readings/form": Get<T.ReadingsForm, Account>;
  "/api/accounts/{account_id}/readings": Post<
    { taken_on: string; readings: T.NewReading[] },
    T.Accepted,
    Account & Keyed
  >;
  "/api/guest/readings/lookup": Post<
    { account_number: string; house: string; flat?: string; captcha?: { challenge: string; answer: string } },
    T.GuestLookup
  >;
  "/api/guest/readings": Post<{ token: string; taken_on: string; readings: T.NewReading[] }, T.Accepted, Keyed>;
  "/api/cart": Get<T.Cart> & Delete<undefined, undefined>;
  "/api/cart/items": Post<{ account_id: string; receipt_id: string; with_preliminary: boolean }, T.Cart>;
  "/api/cart/items/{item_id}": Patch<{ amount: number }, T.Cart, { path: { item_id: string } }> &
    Delete<undefined, T.Cart, { path: { item_id: string } }>;
  "/api/cart/checkout": Post<Record<string, never>, T.Checkout, Keyed>;
  "/api/orders": Get<T.Page<T.Order>, { query?: Cursor }>;
  "/api/orders/{order_id}": Get<T.Order, { path: { order_id: string } }>;
  "/api/accounts/{account_id}/request-kinds": Get<{ items: T.RequestKind[] }, Account>;
  "/api/accounts/{account_id}/requests": Get<T.Page<T.SubscriberRequest>, Account<Cursor>> &
    Post<
      { kind: T.RequestKindCode; text: string; service_code?: string; contact_phone?: string },
      T.SubscriberRequest,
      Account & Keyed
    >;
  "/api/notices": Get<T.Page<T.Notice>, { query?: Cursor }>;
  "/api/notices/{notice_id}/read": Post<undefined, undefined, { path: { notice_id: string } }>;
  "/api/notices/unsubscribe": Post<{ token: string }, undefined>;
  "/api/notices/read-all": Post<undefined, undefined>;
}
