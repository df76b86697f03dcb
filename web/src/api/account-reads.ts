// What the screens of one account read. Named here, so that a screen's data can be asked for before its account is known in full.
import { api, unwrap } from "./client";
import type { ReadSpec } from "./query";
import type {
  Charges,
  Consumption,
  Document,
  Explanation,
  Meters,
  Page,
  Payment,
  ReadingsForm,
  RequestKinds,
  Services,
  SubscriberRequest,
} from "./types";

const periodQuery = (period: string | undefined) => (period ? { period } : {});
const cursorQuery = (cursor: string | undefined) => (cursor ? { cursor } : {});

export function servicesRead(account_id: string, period?: string): ReadSpec<Services> {
  const params = { path: { account_id }, query: periodQuery(period) };
  return {
    key: `services:${account_id}:${period ?? ""}`,
    load: () => unwrap(api.GET("/api/accounts/{account_id}/services", { params })),
  };
}

export function chargesRead(account_id: string, period?: string): ReadSpec<Charges> {
  const params = { path: { account_id }, query: periodQuery(period) };
  return {
    key: `charges:${account_id}:${period ?? ""}`,
    load: () => unwrap(api.GET("/api/accounts/{account_id}/charges", { params })),
  };
}

export function explanationRead(account_id: string, period?: string): ReadSpec<Explanation> {
  const params = { path: { account_id }, query: periodQuery(period) };
  return {
    key: `explanation:${account_id}:${period ?? ""}`,
    load: () => unwrap(api.GET("/api/accounts/{account_id}/explanation", { params })),
  };
}

export function paymentsRead(account_id: string): ReadSpec<Page<Payment>> {
  return {
    key: `payments:${account_id}`,
    load: (cursor) =>
      unwrap(
        api.GET("/api/accounts/{account_id}/payments", {
          params: { path: { account_id }, query: cursorQuery(cursor) },
        }),
      ),
  };
}

export function documentsRead(account_id: string): ReadSpec<Page<Document>> {
  return {
    key: `documents:${account_id}`,
    load: (cursor) =>
      unwrap(
        api.GET("/api/accounts/{account_id}/documents", {
          params: { path: { account_id }, query: cursorQuery(cursor) },
        }),
      ),
  };
}

export function requestsRead(account_id: string): ReadSpec<Page<SubscriberRequest>> {
  return {
    key: `requests:${account_id}`,
    load: (cursor) =>
      unwrap(
        api.GET("/api/accounts/{account_id}/requests", {
          params: { path: { account_id }, query: cursorQuery(cursor) },
        }),
      ),
  };
}

export function requestKindsRead(account_id: string): ReadSpec<RequestKinds> {
  return {
    key: `request-kinds:${account_id}`,
    load: () =>
      unwrap(api.GET("/api/accounts/{account_id}/request-kinds", { params: { path: { account_id } } })),
  };
}

export function readingsFormRead(account_id: string): ReadSpec<ReadingsForm> {
  return {
    key: `readings-form:${account_id}`,
    load: () =>
      unwrap(api.GET("/api/accounts/{account_id}/readings/form", { params: { path: { account_id } } })),
  };
}

export function metersRead(account_id: string): ReadSpec<Meters> {
  return {
    key: `meters:${account_id}`,
    load: () => unwrap(api.GET("/api/accounts/{account_id}/meters", { params: { path: { account_id } } })),
  };
}

export const CONSUMPTION_MONTHS = 24;

export function consumptionRead(account_id: string): ReadSpec<Consumption> {
  const params = { path: { account_id }, query: { months: CONSUMPTION_MONTHS } };
  return {
    key: `consumption:${account_id}`,
    load: () => unwrap(api.GET("/api/accounts/{account_id}/consumption", { params })),
  };
}
