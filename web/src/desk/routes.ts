// The desk's addresses. None carries personal data: a request is named by its supplier and number.
export const DESK = {
  today: "/desk/",
  requests: "/desk/requests",
  request: "/desk/requests/:request_id",
  staff: "/desk/staff",
  audit: "/desk/audit",
  invitation: "/desk/invitation",
} as const;

export function requestPath(requestId: string): string {
  return `${DESK.requests}/${encodeURIComponent(requestId)}`;
}
