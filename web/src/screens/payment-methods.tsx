// How a payment is to be made: each way with its own commission and total. Of one way there is nothing to choose.
import type { CartOrder, PaymentMethod } from "../api/types";
import { rubles } from "../format";

/** The cart's order → the way that was chosen. */
export type ChosenMethods = Record<number, PaymentMethod["method"]>;

/** The way that an order is to be paid: as chosen, or the usual one. */
export function methodOf(order: CartOrder, chosen: ChosenMethods): PaymentMethod {
  const wanted = order.methods.find(({ method }) => method === chosen[order.order]);
  return wanted ?? (order.methods[0] as PaymentMethod);
}

export function MethodChoice(props: {
  /** Tells one choice on the page from another. */
  name: string;
  legend: string;
  ways: PaymentMethod[];
  chosen: PaymentMethod | undefined;
  onChoose: (method: PaymentMethod["method"]) => void;
}) {
  const { name, chosen } = props;
  if (props.ways.length < 2) return null;
  return (
    <fieldset class="choices">
      <legend>{props.legend}</legend>
      {props.ways.map((way) => (
        <div class="check" key={way.method}>
          <input
            type="radio"
            id={`pay-${name}-${way.method}`}
            name={`pay-${name}`}
            checked={way.method === chosen?.method}
            onChange={() => props.onChoose(way.method)}
          />
          <label for={`pay-${name}-${way.method}`}>
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
