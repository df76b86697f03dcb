// What can be done with an order that is not paid: go on to the bank, or give it up.
import { api, ask } from "../api/client";
import { refresh } from "../api/query";
import type { Order } from "../api/types";

/** Leaves for the bank's page of the order. */
export async function continueOrder(orderId: string, payAnyway = false): Promise<void> {
  const { payment_url } = await ask(
    api.POST("/api/orders/{order_id}/payment", {
      params: { path: { order_id: orderId } },
      body: { pay_anyway: payAnyway },
    }),
  );
  location.assign(payment_url);
}

/** Returns the order as it is then: one that was paid meanwhile stays paid. */
export async function cancelOrder(orderId: string): Promise<Order> {
  const order = await ask(
    api.POST("/api/orders/{order_id}/cancel", { params: { path: { order_id: orderId } } }),
  );
  refresh("orders");
  refresh(`order:${orderId}`);
  return order;
}
