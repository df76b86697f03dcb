// One service in the cart: a line to read; while sums are being changed, a field, and a way to leave it out.
import type { StateUpdater } from "preact/hooks";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import type { Cart, CartItem as Item } from "../api/types";
import { amount, rubles, typedKopecks } from "../format";
import { Icon } from "../ui/icons";

/** Item → the sum as it is being typed. */
export type Edits = Record<string, string>;

export function CartItem(props: {
  item: Item;
  /** The whole cart is being edited; otherwise only lines that need it can be. */
  editing: boolean;
  edits: Edits;
  setEdits: (update: StateUpdater<Edits>) => void;
  onCart: (cart: Cart) => void;
}) {
  const { item, edits, setEdits, onCart } = props;
  const saving = useChange();
  const [mistake, setMistake] = useState<string | null>(null);
  const failed = mistake ?? saving.problem?.message;
  const typed = edits[item.item_id];
  const id = `item-${item.item_id}`;
  const open = props.editing || typed !== undefined || item.stale || Boolean(failed);
  const over = item.amount > item.due - item.paid;
  const path = { params: { path: { item_id: item.item_id } } };

  const done = () => setEdits(({ [item.item_id]: _done, ...rest }) => rest);
  const change = (call: () => Promise<Cart>) => {
    setMistake(null);
    saving.run(async () => {
      const cart = await call();
      done();
      onCart(cart);
    });
  };
  const save = () => {
    if (typed === undefined || saving.busy) return;
    const kopecks = typedKopecks(typed);
    if (kopecks === item.amount) {
      setMistake(null);
      saving.clear();
      done();
    } else if (!kopecks) setMistake("Введите сумму больше нуля, например 1 234,56");
    else change(() => unwrap(api.PATCH("/api/cart/items/{item_id}", { ...path, body: { amount: kopecks } })));
  };
  return (
    <li class="cart-item">
      {!open && (
        <>
          <span>{item.service}</span>
          <span class="number">{rubles(item.amount)}</span>
        </>
      )}
      {open && (
        <>
          <label for={id}>{item.service}</label>
          <span class="cart-sum">
            <input
              id={id}
              type="text"
              inputMode="decimal"
              autoComplete="off"
              value={typed ?? amount(item.amount)}
              aria-invalid={failed ? true : undefined}
              aria-describedby={
                [item.paid > 0 && `${id}-paid`, failed && `${id}-mistake`].filter(Boolean).join(" ") ||
                undefined
              }
              onInput={(event) => {
                const text = event.currentTarget.value;
                setEdits((all) => ({ ...all, [item.item_id]: text }));
              }}
              onBlur={save}
              onKeyDown={(event) => {
                if (event.key === "Enter") save();
              }}
            />
            <span aria-hidden="true">₽</span>
          </span>
          <button
            type="button"
            class="button-icon"
            aria-label={`Убрать из корзины: ${item.service}`}
            aria-disabled={saving.busy}
            onClick={() =>
              !saving.busy && change(() => unwrap(api.DELETE("/api/cart/items/{item_id}", path)))
            }
          >
            <Icon name="close" />
          </button>
        </>
      )}
      {item.paid > 0 && (
        <p class={over ? "mistake" : "hint"} id={`${id}-paid`}>
          {`По квитанции ${rubles(item.due)}, из них ${rubles(item.paid)} Вы уже заплатили: оплата ещё не учтена. `}
          {!over
            ? `Осталось ${rubles(item.due - item.paid)}.`
            : item.paid < item.due
              ? `Осталось только ${rubles(item.due - item.paid)}: если не платите вперёд, исправьте сумму.`
              : "Если не платите вперёд, уберите услугу из корзины."}
        </p>
      )}
      {item.due - item.paid > item.limit && (
        <p class="hint">
          {`За один раз по этой услуге можно заплатить не больше ${rubles(item.limit)}: остальное оплатите следующим заказом.`}
        </p>
      )}
      {item.stale && <p class="mistake">Пришла новая квитанция: уберите услугу и добавьте её заново.</p>}
      {failed && (
        <p class="mistake" id={`${id}-mistake`} role="alert">
          {failed}
        </p>
      )}
    </li>
  );
}
