// The desk's addresses. None carries personal data: a request and an account are named by supplier and number.
export const DESK = {
  today: "/desk/",
  requests: "/desk/requests",
  request: "/desk/requests/:request_id",
  residents: "/desk/residents",
  account: "/desk/accounts/:account_id",
  views: "/desk/accounts/:account_id/view",
  phoneReadings: "/desk/accounts/:account_id/readings",
  orders: "/desk/orders",
  order: "/desk/orders/:order_id",
  totals: "/desk/totals",
  bankStatement: "/desk/bank-register",
  autopayFailures: "/desk/autopay-failures",
  notices: "/desk/notices",
  newNotice: "/desk/notices/new",
  notice: "/desk/notices/:notice_id",
  registries: "/desk/registries",
  registry: "/desk/registries/:import_id",
  suppliers: "/desk/suppliers",
  webhook: "/desk/webhook",
  exports: "/desk/exports",
  rows: "/desk/rows/:account_id",
  mail: "/desk/mail",
  passkeys: "/desk/passkeys",
  staff: "/desk/staff",
  audit: "/desk/audit",
  invitation: "/desk/invitation",
} as const;

export function requestPath(requestId: string): string {
  return `${DESK.requests}/${encodeURIComponent(requestId)}`;
}

export function orderPath(orderId: string): string {
  return `${DESK.orders}/${encodeURIComponent(orderId)}`;
}

export function registryPath(importId: string): string {
  return `${DESK.registries}/${encodeURIComponent(importId)}`;
}

export function rowsPath(accountId: string): string {
  return `/desk/rows/${encodeURIComponent(accountId)}`;
}

export type ViewName = "summary" | "services" | "charges" | "payments" | "meters";

export function viewPath(accountId: string, view: ViewName, period?: string): string {
  return `${accountPath(accountId)}/view?sheet=${view}${period ? `&period=${period}` : ""}`;
}

export function phoneReadingsPath(accountId: string): string {
  return `${accountPath(accountId)}/readings`;
}

export function accountPath(accountId: string): string {
  return `/desk/accounts/${encodeURIComponent(accountId)}`;
}

export function noticePath(noticeId: string): string {
  return `${DESK.notices}/${encodeURIComponent(noticeId)}`;
}
