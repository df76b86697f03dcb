// The site's own addresses, and the sections of the cabinet in the manual's order.
import type { Feature } from "../api/types";
import type { IconName } from "../ui/icons";

export const CLIENT_PAGES = { accounts: "/accounts", bind: "/accounts/bind", settings: "/settings" } as const;

export interface Section {
  path: string;
  title: string;
  icon: IconName;
  /** Shown only when the account's supplier offers it. */
  feature?: Feature;
  counter?: "unread_notices" | "cart_count";
}

export const SECTIONS: Section[] = [
  { path: "/summary", title: "Общая информация", icon: "home" },
  { path: "/services", title: "Детализация по услугам", icon: "list" },
  { path: "/charges", title: "Детализация начислений", icon: "table" },
  { path: "/payments", title: "История оплат", icon: "history" },
  { path: "/readings", title: "Передать показания", icon: "gauge" },
  { path: "/meters", title: "Информация об ИПУ", icon: "info" },
  { path: "/documents", title: "Документы", icon: "file" },
  { path: "/requests", title: "Заявки", icon: "chat", feature: "requests" },
  { path: "/notices", title: "Уведомления", icon: "bell", feature: "notices", counter: "unread_notices" },
  { path: "/cart", title: "Корзина", icon: "cart", feature: "payments", counter: "cart_count" },
];
