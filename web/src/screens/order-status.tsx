// The state of a payment in words, and how often the page asks: of a subscriber's order and of a guest's payment.
import { useEffect, useState } from "preact/hooks";
import type { Query } from "../api/query";
import type { Order, OrderStatus } from "../api/types";
import { rubles } from "../format";
import { Icon, type IconName } from "../ui/icons";
import "./order.css";
import "../ui/pay-card.css";

type PolledOrder = Pick<Order, "status" | "sbp" | "total" | "refunded"> & { replaced_by?: string | null };

interface StatusText {
  title: string;
  text: string;
  tone: "good" | "bad" | "wait";
}

export const ORDER_TEXTS: Record<OrderStatus, StatusText> = {
  created: { title: "Готовим оплату", text: "Заказ создан. Деньги ещё не списаны.", tone: "wait" },
  registered: {
    title: "Ждём подтверждения банка",
    text: "Банк ещё не сообщил, прошёл ли платёж. Если Вы уже заплатили, ничего делать не нужно: страница обновится сама.",
    tone: "wait",
  },
  paid: { title: "Оплачено", text: "Платёж прошёл. Он появится в истории оплат.", tone: "good" },
  declined: {
    title: "Платёж не прошёл",
    text: "Деньги не списаны. Можно попробовать ещё раз.",
    tone: "bad",
  },
  expired: {
    title: "Время оплаты истекло",
    text: "Деньги не списаны. Можно попробовать ещё раз.",
    tone: "bad",
  },
  review: {
    title: "Платёж проверяется",
    text: "Мы получили от банка не тот ответ, который ждали. Сотрудник разберётся, деньги не пропадут. Платить ещё раз не нужно.",
    tone: "wait",
  },
  refunded: {
    title: "Деньги возвращены",
    text: "Платёж отменён, деньги вернутся туда, откуда были списаны.",
    tone: "wait",
  },
};
const SBP_TEXT: StatusText = {
  title: "Ждём оплату по СБП",
  text: "Подтвердите её в приложении своего банка. Если Вы уже заплатили, ничего делать не нужно.",
  tone: "wait",
};
const REPLACED_TEXT: StatusText = {
  title: "Заказ заменён",
  text: "Выбран другой способ оплаты. По этому заказу платить не нужно.",
  tone: "wait",
};
const ICONS: Record<StatusText["tone"], IconName> = { good: "check", bad: "warning", wait: "history" };
const PENDING: OrderStatus[] = ["created", "registered"];
/** Seconds between the questions: often at first, then rarely, so that a forgotten tab is no load. */
const POLL_PAUSES_S = [2, 2, 3, 3, 5, 5, 5, 10, 10, 10, 20, 20, 30];
/** The longest of them while a code is shown: its payer looks at the page. */
const SBP_POLL_PAUSE_S = 5;

/** Asks again while the payment is under way; returns whether it is. */
export function usePolling<T>(query: Query<T>, shown: PolledOrder | undefined): boolean {
  const { loading, reload } = query;
  const [asked, setAsked] = useState(0);
  const pending = shown !== undefined && PENDING.includes(shown.status);
  const hasCode = Boolean(shown?.sbp);
  useEffect(() => {
    if (!pending || loading) return;
    const pause = Math.min(POLL_PAUSES_S[asked] ?? 60, hasCode ? SBP_POLL_PAUSE_S : 60);
    const timer = setTimeout(() => {
      // A hidden tab waits until somebody looks at it.
      if (!document.hidden) {
        setAsked(asked + 1);
        reload();
      } else document.addEventListener("visibilitychange", reload, { once: true });
    }, pause * 1000);
    return () => clearTimeout(timer);
  }, [pending, loading, reload, asked, hasCode]);
  return pending;
}

export function OrderStatusCard({ order }: { order: PolledOrder }) {
  const words = order.replaced_by ? REPLACED_TEXT : order.sbp ? SBP_TEXT : ORDER_TEXTS[order.status];
  return (
    <section class={`card order order-${words.tone}`} role="status">
      <p class="order-title">
        <Icon name={ICONS[words.tone]} />
        <strong>{words.title}</strong>
      </p>
      <p class="pay-sum">{rubles(order.total)}</p>
      <p>{words.text}</p>
      {order.status === "paid" && order.refunded > 0 && <p>Из них возвращено: {rubles(order.refunded)}</p>}
    </section>
  );
}
