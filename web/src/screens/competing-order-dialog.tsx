// «Этот счёт уже оплачивается»: go on with the order that pays it, cancel that order, or pay once more on purpose.
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import type { Problem } from "../api/problem";
import type { CompetingOrder } from "../api/types";
import { rubles, time } from "../format";
import { orderRoute } from "../routes";
import { Dialog } from "../ui/dialog";
import { cancelOrder, continueOrder } from "./order-payment";
import { PaymentCountdown, useCountdown } from "./payment-countdown";
import "./competing-order-dialog.css";

interface Props {
  /** The refusal `already_being_paid`. */
  problem: Problem;
  onClose: () => void;
  /** An order was cancelled: its receipts can be paid by another. */
  onCancelled: () => void;
  /** The deliberate second step was taken. */
  onPayAnyway: () => void;
}

export function CompetingOrderDialog(props: Props) {
  const [certain, setCertain] = useState(false);
  const { problem, onClose } = props;
  const orders = problem.body.orders ?? [];
  if (certain)
    return <PayAnyway isPaid={!orders.length} onYes={props.onPayAnyway} onNo={() => setCertain(false)} />;
  return (
    <Dialog title={orders.length ? "Счёт уже оплачивается" : "Счёт уже оплачен"} onClose={onClose}>
      <p>{problem.message}</p>
      {orders.map((order) => (
        <CompetingOrderSection key={order.order_id} order={order} onCancelled={props.onCancelled} />
      ))}
      <div class="actions">
        <button type="button" class="button button-second" onClick={onClose}>
          Вернуться
        </button>
        <button type="button" class="button button-quiet" onClick={() => setCertain(true)}>
          Оплатить всё равно…
        </button>
      </div>
    </Dialog>
  );
}

/** One of the orders that pay the same; another resident's can only be waited for. */
function CompetingOrderSection({ order, onCancelled }: { order: CompetingOrder; onCancelled: () => void }) {
  const change = useChange();
  const wait = useCountdown(change.problem);
  const busy = change.busy || wait > 0;
  const cancel = async () => {
    const { status } = await cancelOrder(order.order_id);
    // Paid meanwhile: its own page says so.
    if (status === "declined" || status === "expired") onCancelled();
    else location.assign(orderRoute(order.order_id));
  };
  return (
    <section class="competing-order" aria-label={`Заказ № ${order.order_id}`}>
      <p class="split">
        <span>
          Заказ № <span class="long-text">{order.order_id}</span>
          <br />
          <span class="muted">{time(order.created_at)}</span>
        </span>{" "}
        <strong class="nowrap">{rubles(order.amount)}</strong>
      </p>
      {order.is_yours ? (
        <>
          <div class="actions">
            <button
              type="button"
              class="button button-main"
              aria-disabled={busy}
              onClick={() => !busy && change.run(() => continueOrder(order.order_id))}
            >
              Продолжить оплату заказа
            </button>
            <button
              type="button"
              class="button button-second"
              aria-disabled={busy}
              onClick={() => !busy && change.run(cancel)}
            >
              Отменить заказ
            </button>
          </div>
          <p>
            <a href={orderRoute(order.order_id)}>Посмотреть заказ</a>
          </p>
        </>
      ) : (
        <p>
          Заказ оформил другой пользователь этого лицевого счета. Если он не заплатит, заказ отменится сам
          примерно через полчаса.
        </p>
      )}
      {change.problem && <PaymentCountdown problem={change.problem} wait={wait} />}
    </section>
  );
}

function PayAnyway(props: { isPaid: boolean; onYes: () => void; onNo: () => void }) {
  return (
    <Dialog title="Оплатить ещё раз?" onClose={props.onNo}>
      <p>
        {props.isPaid
          ? "Этот счёт уже оплачен. Если оплатить его ещё раз, деньги спишутся дважды, а лишнее останется переплатой на лицевом счете."
          : "Если оплатить оба заказа, деньги спишутся дважды, а лишнее останется переплатой на лицевом счете."}
      </p>
      <div class="actions">
        <button type="button" class="button button-main" onClick={props.onNo}>
          Не платить второй раз
        </button>
        <button type="button" class="button button-second" onClick={props.onYes}>
          Да, оплатить всё равно
        </button>
      </div>
    </Dialog>
  );
}
