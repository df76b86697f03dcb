// The return from the bank: an honest state of the payment that refreshes by itself.
import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { refresh, useQuery } from "../api/query";
import type { Order } from "../api/types";
import { rubles, time } from "../format";
import { orderRoute, ROUTES } from "../routes";
import { useSession } from "../session-context";
import { QueryView, Note } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import { CompetingOrderDialog } from "./competing-order-dialog";
import { cancelOrder, continueOrder } from "./order-payment";
import { ChangePaymentMethod } from "./change-payment-method";
import { OrderStatusCard, usePolling } from "./order-status";
import { PaymentCountdown, useCountdown } from "./payment-countdown";
import { MissingPaymentHelp, SbpPayment } from "./sbp-payment";

export function OrderScreen() {
  const id = useRoute().params["order_id"] ?? "";
  const query = useQuery(`order:${id}`, () =>
    unwrap(api.GET("/api/orders/{order_id}", { params: { path: { order_id: id } } })),
  );
  const status = query.data?.status;
  const pending = usePolling(query, query.data);
  useEffect(() => {
    if (!status || pending) return;
    for (const stale of ["home", "cart", "summary", "payments", "orders"]) refresh(stale);
  }, [status, pending]);
  return (
    <Page title="Оплата услуг" class="narrow">
      <QueryView query={query}>
        {(order) => (
          <OrderContent order={order} pending={pending} loading={query.loading} reload={query.reload} />
        )}
      </QueryView>
    </Page>
  );
}

function OrderContent(props: { order: Order; pending: boolean; loading: boolean; reload: () => void }) {
  const { order, pending } = props;
  const { home } = useSession();
  const paying = useChange();
  const [competing, setCompeting] = useState<Problem | null>(null);
  const wait = useCountdown(paying.problem);
  const busy = paying.busy || wait > 0;
  const payAgain = async (payAnyway = false) => {
    try {
      await continueOrder(order.order_id, payAnyway);
    } catch (reason) {
      if (!(reason instanceof Problem) || reason.code !== "already_being_paid") throw reason;
      setCompeting(reason);
    }
  };
  const cancel = async () => {
    await cancelOrder(order.order_id);
    props.reload();
  };
  return (
    <div class="stack">
      <OrderStatusCard order={order} />
      {order.masked_pan && <p>Оплата сохранённой картой {order.masked_pan}</p>}
      {order.sbp && <SbpPayment key={order.sbp.link} sbp={order.sbp} onEnd={props.reload} />}
      <div class="actions">
        {order.can_pay && !order.sbp && !(pending && order.masked_pan && !order.payment_url) && (
          <button
            type="button"
            class="button button-main"
            aria-disabled={busy}
            onClick={() => !busy && paying.run(() => payAgain())}
          >
            {pending
              ? "Вернуться к оплате"
              : order.method === "sbp"
                ? "Получить новый код"
                : "Попробовать ещё раз"}
          </button>
        )}
        {order.can_cancel && (
          <button
            type="button"
            class="button button-second"
            aria-disabled={busy}
            onClick={() => !busy && paying.run(cancel)}
          >
            Отменить заказ
          </button>
        )}
        {pending && (
          <button
            type="button"
            class="button button-second"
            aria-disabled={props.loading}
            onClick={props.reload}
          >
            <Icon name="refresh" /> Проверить сейчас
          </button>
        )}
        {Boolean(home?.counters.cart) && (
          <a class="button button-second" href={ROUTES.cart}>
            Перейти в корзину
          </a>
        )}
        {order.fiscal_url && (
          <a class="button button-second" href={order.fiscal_url} target="_blank" rel="noreferrer">
            Кассовый чек
          </a>
        )}
        <a class="button button-second" href={ROUTES.summary}>
          Общая информация
        </a>
      </div>
      {paying.problem && <PaymentCountdown problem={paying.problem} wait={wait} />}
      {pending && order.method === "sbp" && <MissingPaymentHelp orderId={order.order_id} />}
      {order.can_pay && <ChangePaymentMethod order={order} />}
      {order.replaced_by && (
        <Note tone="info">
          <p>
            Вместо него — <a href={orderRoute(order.replaced_by)}>заказ № {order.replaced_by}</a>.
          </p>
        </Note>
      )}
      {competing && (
        <CompetingOrderDialog
          problem={competing}
          onClose={() => setCompeting(null)}
          onCancelled={() => setCompeting(null)}
          onPayAnyway={() => {
            setCompeting(null);
            paying.run(() => payAgain(true));
          }}
        />
      )}
      {order.refunds.length > 0 && (
        <section class="card">
          <Refunds refunds={order.refunds} />
        </section>
      )}
      <section class="card">
        <h2>Что оплачивается</h2>
        {groupByFlat(order.items).map(([flat, items]) => (
          <Fragment key={flat.account_id}>
            {flat.address && <h3>{flat.address}</h3>}
            <ul class="plain-list">
              {items.map((item, index) => (
                <li key={index} class="split">
                  <span>{item.service}</span> <span class="nowrap">{rubles(item.amount)}</span>
                </li>
              ))}
            </ul>
          </Fragment>
        ))}
        {order.commission > 0 && (
          <p class="split">
            <span>Комиссия</span> <span class="nowrap">{rubles(order.commission)}</span>
          </p>
        )}
        {order.timeline.length > 0 && (
          <>
            <h2>Ход оплаты</h2>
            <ol class="steps">
              {order.timeline.map((event, index) => (
                <li key={index}>
                  <span class="muted">{time(event.at)}</span> {event.what}
                </li>
              ))}
            </ol>
          </>
        )}
        <p class="muted">
          Номер заказа: <span class="long-text">{order.order_id}</span>
        </p>
      </section>
    </div>
  );
}

/** The lines of each flat, in the order of the receipt; the first line names the flat. */
function groupByFlat(items: Order["items"]): [Order["items"][number], Order["items"]][] {
  const flats = [...new Set(items.map((item) => item.account_id))];
  return flats.flatMap((accountId) => {
    const own = items.filter((item) => item.account_id === accountId);
    return own[0] ? [[own[0], own]] : [];
  });
}

const REFUND_TEXTS = { requested: "запрошен у банка", done: "деньги возвращены", refused: "банк отказал" };

function Refunds({ refunds }: { refunds: Order["refunds"] }) {
  return (
    <>
      <h2>Возвраты</h2>
      <ul class="plain-list">
        {refunds.map((refund, index) => (
          <li key={index} class="split">
            <span>
              <span class="muted">{time(refund.at)}</span> {REFUND_TEXTS[refund.status]}:{" "}
              <span class="long-text">{refund.reason}</span>
            </span>{" "}
            <span class="nowrap">{rubles(refund.amount)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
