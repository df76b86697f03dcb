// Paying for an order in another way: an order with a number of its own takes its place.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import type { Order, PaymentMethod } from "../api/types";
import { rubles } from "../format";
import { orderRoute } from "../routes";
import { QueryView } from "../ui/feedback";
import { PaymentCountdown, useCountdown } from "./payment-countdown";

export function ChangePaymentMethod({ order }: { order: Order }) {
  const { route } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const path = { params: { path: { order_id: order.order_id } } };
  const query = useQuery(isOpen ? `order-methods:${order.order_id}` : null, () =>
    unwrap(api.GET("/api/orders/{order_id}/payment-methods", path)),
  );
  const paying = useChange();
  const wait = useCountdown(paying.problem);
  const pay = async (way: PaymentMethod) => {
    const body = { pay_anyway: false, method: way.method, total: way.total };
    const made = await unwrap(api.POST("/api/orders/{order_id}/payment", { ...path, body }));
    refresh(`order:${order.order_id}`);
    refresh("orders");
    route(orderRoute(made.order_id), true);
    if (!made.sbp && made.payment_url) location.assign(made.payment_url);
  };
  return (
    <details class="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Оплатить другим способом</summary>
      {isOpen && (
        <QueryView query={query} reserve={48}>
          {({ items }) => {
            const others = items.filter((way) => way.method !== order.method);
            if (!others.length) return <p>Других способов для этого заказа нет.</p>;
            return (
              <>
                <p>Этот заказ будет отменён, вместо него появится новый с теми же услугами.</p>
                <div class="actions">
                  {others.map((way) => (
                    <button
                      type="button"
                      key={way.method}
                      class="button button-second"
                      aria-disabled={paying.busy || wait > 0}
                      onClick={() => wait === 0 && paying.run(() => pay(way))}
                    >
                      {way.title}: {rubles(way.total)}
                    </button>
                  ))}
                </div>
              </>
            );
          }}
        </QueryView>
      )}
      {paying.problem && <PaymentCountdown problem={paying.problem} wait={wait} />}
    </details>
  );
}
