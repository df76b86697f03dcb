// What is said of orders at the desk.
import type { Approval, BankStatus, OrderSummary } from "./types";

export const ORDER_STATUSES: Record<OrderSummary["status"], string> = {
  created: "не передан в банк",
  registered: "ждёт оплаты",
  paid: "оплачен",
  declined: "отклонён",
  expired: "истёк",
  review: "на проверке",
  refunded: "возвращён",
};

export const METHODS: Record<OrderSummary["method"], string> = {
  card: "карта",
  sbp: "СБП",
  saved_card: "сохранённая карта",
};

/** A way of paying in words; totals of long ago may not name it. */
export function methodName(method: string): string {
  return method in METHODS ? METHODS[method as OrderSummary["method"]] : "не назван";
}

export const REVIEW_REASONS: Record<string, string> = {
  amount: "банк назвал другую сумму",
  order: "банк назвал другой заказ",
  currency: "банк назвал другую валюту",
  silence: "банк три дня не отвечал",
};

export const REFUND_STATUSES = {
  requested: "запрошен у банка",
  done: "возвращён",
  refused: "банк отказал",
} as const;

export const APPROVAL_STATES: Record<Approval["state"], string> = {
  waiting: "ждёт одобрения",
  approved: "одобрен",
  rejected: "отклонён",
  expired: "срок одобрения истёк",
};

export const BANK_STATES: Record<NonNullable<BankStatus["state"]>, string> = {
  waiting: "ждёт оплаты",
  paid: "оплачен",
  declined: "отклонён",
  refunded: "оплачен, есть возврат",
  reversed: "отменён банком",
  unknown: "банк такого заказа не знает",
};

/** An account's number, without its supplier. */
export function accountNumber(accountId: string): string {
  return accountId.slice(accountId.indexOf(":") + 1);
}
