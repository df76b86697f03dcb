// What is said of orders at the desk.
import type { OrderLine } from "./types";

export const ORDER_STATUSES: Record<OrderLine["status"], string> = {
  created: "не передан в банк",
  registered: "ждёт оплаты",
  paid: "оплачен",
  declined: "отклонён",
  expired: "истёк",
  review: "на проверке",
  refunded: "возвращён",
};

export const METHODS: Record<OrderLine["method"], string> = {
  card: "карта",
  sbp: "СБП",
  saved_card: "сохранённая карта",
};

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

/** An account's number, without its supplier. */
export function accountNumber(accountId: string): string {
  return accountId.slice(accountId.indexOf(":") + 1);
}
