// How a payment is to be made: each way with its own commission and total. Of one way there is nothing to choose.
import type { CartOrder } from "../api/types";
import { rubles } from "../format";

export type PaymentMethod = CartOrder["methods"][number];
/** The cart's order → the way that was chosen. */
export type ChosenMethods = Record<number, PaymentMethod["method"]>;

/** The way that an order is to be paid: as chosen, or the usual one. */
export function methodOf(order: CartOrder, chosen: ChosenMethods): PaymentMethod {
  const wanted = order.methods.find(({ method }) => method === chosen[order.order]);
  return wanted ?? (order.methods[0] as PaymentMethod);
}

export function PaymentMethods(props: {
  order: CartOrder;
  chosen: PaymentMethod;
  several: boolean;
  onChoose: (method: PaymentMethod["method"]) => void;
}) {
  const { order, chosen } = props;
  if (order.methods.length < 2) return null;
  return (
    <fieldset class="choices">
      <legend>{props.several ? `Как оплатить платёж ${order.order}` : "Как оплатить"}</legend>
      {order.methods.map((way) => (
        <div class="check" key={way.method}>
          <input
            type="radio"
            id={`pay-${order.order}-${way.method}`}
            name={`pay-${order.order}`}
            checked={way.method === chosen.method}
            onChange={() => props.onChoose(way.method)}
          />
          <label for={`pay-${order.order}-${way.method}`}>
            {way.title}: {rubles(way.total)}{" "}
            <span class="muted">
              {way.commission.amount > 0
                ? `в том числе комиссия ${rubles(way.commission.amount)}`
                : "без комиссии"}
            </span>
          </label>
        </div>
      ))}
    </fieldset>
  );
}
