// How a payment is to be made: each way with its own commission and total. Of one way there is nothing to choose.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { CartOrder, PaymentMethod } from "../api/types";
import { rubles } from "../format";
import { Paragraphs } from "../ui/consent";
import { Dialog } from "../ui/dialog";
import { QueryView } from "../ui/feedback";

/** The cart's order → the way that was chosen: a method, or one of the saved cards. */
export type ChosenMethods = Record<number, string>;

/** What names a way among those of its order: there may be several saved cards. */
export const methodId = (way: PaymentMethod) => way.saved_card_id ?? way.method;

/** The way that an order is to be paid: as chosen, or the usual one. */
export function chosenMethod(order: CartOrder, chosen: ChosenMethods): PaymentMethod {
  const wanted = order.methods.find((way) => methodId(way) === chosen[order.order]);
  return wanted ?? (order.methods[0] as PaymentMethod);
}

export function MethodChoice(props: {
  /** Distinguishes several choices on a page. */
  name: string;
  legend: string;
  ways: PaymentMethod[];
  chosen: PaymentMethod | undefined;
  onChoose: (way: string) => void;
}) {
  const { name, chosen } = props;
  if (props.ways.length < 2) return null;
  return (
    <fieldset class="choices">
      <legend>{props.legend}</legend>
      {props.ways.map((way) => (
        <div class="check" key={methodId(way)}>
          <input
            type="radio"
            id={`pay-${name}-${methodId(way)}`}
            name={`pay-${name}`}
            checked={chosen !== undefined && methodId(way) === methodId(chosen)}
            disabled={way.expired === true}
            onChange={() => props.onChoose(methodId(way))}
          />
          <label for={`pay-${name}-${methodId(way)}`}>
            {way.title}: {way.expired ? "срок карты истёк" : rubles(way.total)}{" "}
            {!way.expired && (
              <span class="muted">
                {way.commission.amount > 0
                  ? `в том числе комиссия ${rubles(way.commission.amount)}`
                  : "без комиссии"}
              </span>
            )}
          </label>
        </div>
      ))}
    </fieldset>
  );
}

/** «Сохранить карту»: never ticked beforehand, with a consent of its own. */
export function SaveCardBox(props: {
  order: number;
  checked: boolean;
  onChecked: (checked: boolean) => void;
}) {
  const [reading, setReading] = useState(false);
  const id = `save-card-${props.order}`;
  return (
    <>
      <div class="check">
        <input
          type="checkbox"
          id={id}
          checked={props.checked}
          onChange={(event) => props.onChecked(event.currentTarget.checked)}
        />
        <label for={id}>Сохранить карту для следующих оплат</label>
      </div>
      <button type="button" class="link" onClick={() => setReading(true)}>
        Как хранится карта
      </button>
      {reading && <ConsentDialog onClose={() => setReading(false)} />}
    </>
  );
}

function ConsentDialog({ onClose }: { onClose: () => void }) {
  const consent = useQuery("card-consent", () => unwrap(api.GET("/api/saved-cards/consent")));
  return (
    <Dialog title={consent.data?.title ?? "Согласие на сохранение карты"} onClose={onClose}>
      <QueryView query={consent} reserve={240}>
        {({ text }) => <Paragraphs text={text} />}
      </QueryView>
      <div class="actions">
        <button type="button" class="button button-main" onClick={onClose}>
          Понятно
        </button>
      </div>
    </Dialog>
  );
}

/** What a press of «ОПЛАТИТЬ» will do, by the ways that were chosen. */
export function paymentHint(ways: PaymentMethod[]): string {
  if (ways.every((way) => way.method === "sbp")) return "Оплату Вы подтвердите в приложении своего банка.";
  if (ways.every((way) => way.method === "saved_card"))
    return "Деньги спишутся с сохранённой карты сразу. Если банк попросит подтверждение, откроется его страница.";
  return "Вы перейдёте на защищённую страницу банка. Данные карты вводятся только там.";
}
