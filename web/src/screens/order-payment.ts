// What can be done with an order that is not paid: go on to the bank, or give it up.
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import type { Order } from "../api/types";
import { orderRoute } from "../routes";

/** Leaves for the bank's page of the order; one by СБП or by a saved card is shown on its own. */
export async function continueOrder(orderId: string, payAnyway = false): Promise<void> {
  const { payment_url, sbp } = await unwrap(
    api.POST("/api/orders/{order_id}/payment", {
      params: { path: { order_id: orderId } },
      body: { pay_anyway: payAnyway },
    }),
  );
  refresh(`order:${orderId}`);
  // A saved card is charged at once: the order's own page shows the result.
  const url = sbp || !payment_url ? orderRoute(orderId) : payment_url;
  if (url !== location.pathname) location.assign(url);
}

/** Returns the order as it is then: one that was paid meanwhile stays paid. */
export async function cancelOrder(orderId: string): Promise<Order> {
  const order = await unwrap(
    api.POST("/api/orders/{order_id}/cancel", { params: { path: { order_id: orderId } } }),
  );
  refresh("orders");
  refresh(`order:${orderId}`);
  return order;
}
