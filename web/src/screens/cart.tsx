// «Корзина»: what was chosen to pay, with sums that can be adjusted, the commission, «Очистить корзину» and «ОПЛАТИТЬ».
import { Fragment } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { Problem } from "../api/problem";
import { refresh, useQuery } from "../api/query";
import type { Cart, CartOrder } from "../api/types";
import { rubles } from "../format";
import { orderRoute, ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { Empty, Failure, QueryView, Note } from "../ui/feedback";
import { ErrorSummary, useForm } from "../ui/form";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import { CompetingOrderDialog } from "./competing-order-dialog";
import { CartItem, type Edits } from "./cart-item";
import { MethodChoice, chosenMethod, paymentHint, SaveCardBox, type ChosenMethods } from "./payment-methods";
import { PaymentCountdown, useCountdown } from "./payment-countdown";
import "./cart.css";
import "../ui/pay-card.css";

export function CartScreen() {
  const query = useQuery("cart", () => unwrap(api.GET("/api/cart")));
  return (
    <Page title="Корзина">
      <QueryView query={query}>
        {(cart) =>
          cart.count === 0 ? (
            <div class="stack">
              <Empty>Корзина пуста. Добавьте суммы к оплате на экране «Общая информация».</Empty>
              <p>
                <a class="button button-main" href={ROUTES.summary}>
                  Общая информация
                </a>
              </p>
            </div>
          ) : (
            <CartContent cart={cart} onCart={query.setData} reload={query.reload} />
          )
        }
      </QueryView>
      {query.data && (
        <p class="actions">
          <a href={ROUTES.orders}>Мои оплаты в личном кабинете</a>
        </p>
      )}
    </Page>
  );
}

function CartContent({
  cart,
  onCart,
  reload,
}: {
  cart: Cart;
  onCart: (cart: Cart) => void;
  reload: () => void;
}) {
  const { route } = useLocation();
  const { setCounters } = useSession();
  const form = useForm("cart");
  const [clearing, setClearing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  /** Sums being typed, not yet accepted by the server. */
  const [edits, setEdits] = useState<Edits>({});
  const [editing, setEditing] = useState(false);
  const unsaved = Object.keys(edits).length > 0;
  const [chosen, setChosen] = useState<ChosenMethods>({});
  /** The cart's order → whether the card that pays it shall be saved. */
  const [saving, setSaving] = useState<Record<number, boolean>>({});
  const methods = cart.orders.map((order) => chosenMethod(order, chosen));
  const commission = methods.reduce((sum, way) => sum + way.commission.amount, 0);
  const lines = cart.groups.flatMap((group) =>
    group.receipts.flatMap((receipt) => receipt.payees.flatMap((payee) => payee.items)),
  );
  /** What the bank does not take at once: the first screen's sum has it. */
  const left = lines.reduce((sum, { due, paid, limit }) => sum + Math.max(0, due - paid - limit), 0);
  const limit = Math.min(...lines.map((line) => line.limit));
  const [competing, setCompeting] = useState<{ order: CartOrder; problem: Problem } | null>(null);
  const [cancelled, setCancelled] = useState(false);
  const wait = useCountdown(form.problem);

  const changed = (next: Cart) => {
    onCart(next);
    setCounters({ cart: next.count });
  };
  const pay = async (order: CartOrder, payAnyway = false) => {
    // The total is what was shown: another sum is not charged.
    const { method, total, saved_card_id, can_save } = chosenMethod(order, chosen);
    const body = {
      order: order.order,
      version: cart.version,
      method,
      total,
      pay_anyway: payAnyway,
      ...(saved_card_id ? { saved_card_id } : {}),
      save_card: can_save && (saving[order.order] ?? false),
    };
    setCancelled(false);
    try {
      const checkout = await unwrap(
        api.POST("/api/cart/checkout", {
          params: { header: { "Idempotency-Key": idempotencyKey("checkout", body) } },
          body,
        }),
      );
      clearIdempotencyKey("checkout");
      refresh("home");
      refresh("orders");
      // Back from the bank's page must not return to a cart that could be paid again, so the order takes its place.
      setLeaving(true);
      route(orderRoute(checkout.order_id), true);
      if (!checkout.sbp && checkout.payment_url) location.assign(checkout.payment_url);
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      if (reason.code === "already_being_paid") {
        setCompeting({ order, problem: reason });
        return;
      }
      if (reason.code === "cart_changed" || reason.code === "cart_empty") reload();
      throw reason;
    }
  };
  const clear = async () => {
    await unwrap(api.DELETE("/api/cart"));
    setClearing(false);
    refresh("cart");
    setCounters({ cart: 0 });
  };
  if (leaving) return <p role="status">Переходим к оплате…</p>;
  return (
    <>
      {form.problem?.code !== "payment_being_prepared" && <ErrorSummary form={form} />}
      <section class="card pay-card" aria-label="Оплата">
        <p class="cart-total" aria-live="polite">
          <span>Итого к оплате:</span>{" "}
          <strong class="pay-sum">{rubles(methods.reduce((sum, way) => sum + way.total, 0))}</strong>
        </p>
        {cart.orders.map((order) => (
          <Fragment key={order.order}>
            <MethodChoice
              name={String(order.order)}
              legend={cart.orders.length > 1 ? `Как оплатить платёж ${order.order}` : "Как оплатить"}
              ways={order.methods}
              chosen={chosenMethod(order, chosen)}
              onChoose={(way) => setChosen({ ...chosen, [order.order]: way })}
            />
            {chosenMethod(order, chosen).can_save && (
              <SaveCardBox
                order={order.order}
                checked={saving[order.order] ?? false}
                onChecked={(checked) => setSaving({ ...saving, [order.order]: checked })}
              />
            )}
            <PayButton
              total={chosenMethod(order, chosen).total}
              several={cart.orders.length > 1}
              busy={form.busy}
              disabled={unsaved || wait > 0}
              onPay={() => form.run(() => pay(order))}
            />
          </Fragment>
        ))}
        <p>Информация о комиссии: {[...new Set(methods.map((way) => way.commission.text))].join(" ")}</p>
        {commission > 0 && <p>Комиссия: {rubles(commission)}</p>}
        {cart.note && (
          <Note tone="info">
            <p>{cart.note}</p>
          </Note>
        )}
        {form.problem?.code === "payment_being_prepared" && (
          <PaymentCountdown problem={form.problem} wait={wait} />
        )}
        {cancelled && (
          <Note tone="good" live>
            <p>Тот заказ отменён. Теперь можно оплатить этот.</p>
          </Note>
        )}
        {left > 0 && (
          <p class="hint">
            {`Ещё ${rubles(left)} останется на следующий заказ: банк не берёт за одну услугу больше ${rubles(limit)} сразу.`}
          </p>
        )}
        {unsaved && <p class="hint">Сначала завершите изменение суммы.</p>}
        <p class="hint">{paymentHint(methods)}</p>
      </section>
      <div class="toolbar">
        <h2>Оплачиваемые услуги</h2>
        <div class="actions">
          <button
            type="button"
            class="button button-second"
            aria-pressed={editing}
            onClick={() => setEditing(!editing)}
          >
            {editing ? "Готово" : "Изменить суммы"}
          </button>
          <button type="button" class="button button-second" onClick={() => setClearing(true)}>
            Очистить корзину <Icon name="close" />
          </button>
        </div>
      </div>
      {cart.groups.map((group) => (
        <section key={group.account_id} class="card" aria-label={group.address}>
          <h3>{group.address}</h3>
          <p>Расчетная организация: {group.supplier_name}</p>
          {group.receipts.map((receipt, at) => (
            <div key={at} class="cart-receipt">
              <h4>{receipt.title}</h4>
              {receipt.payees.map((payee, index) => (
                <div key={index} class="cart-payee">
                  <p class="payee">Получатель платежа: {payee.payee}</p>
                  <ul class="cart-items">
                    {payee.items.map((item) => (
                      <CartItem
                        key={item.item_id}
                        item={item}
                        editing={editing}
                        edits={edits}
                        setEdits={setEdits}
                        onCart={changed}
                      />
                    ))}
                  </ul>
                </div>
              ))}
            </div>
          ))}
          <p class="cart-subtotal">
            <span>ИТОГО:</span> <strong>{rubles(group.subtotal)}</strong>
          </p>
        </section>
      ))}
      {competing && (
        <CompetingOrderDialog
          problem={competing.problem}
          onClose={() => setCompeting(null)}
          onCancelled={() => {
            setCompeting(null);
            setCancelled(true);
          }}
          onPayAnyway={() => {
            setCompeting(null);
            form.run(() => pay(competing.order, true));
          }}
        />
      )}
      {clearing && <ClearDialog onYes={clear} onNo={() => setClearing(false)} />}
    </>
  );
}

function PayButton(props: {
  total: number;
  several: boolean;
  busy: boolean;
  disabled: boolean;
  onPay: () => void;
}) {
  const { total, several, busy, disabled } = props;
  return (
    <p>
      <button
        type="button"
        class="button button-main button-pay"
        aria-disabled={busy || disabled}
        onClick={() => {
          if (!busy && !disabled) props.onPay();
        }}
      >
        {busy ? "Переходим к оплате…" : several ? `ОПЛАТИТЬ ${rubles(total)}` : "ОПЛАТИТЬ"}
      </button>
    </p>
  );
}

function ClearDialog({ onYes, onNo }: { onYes: () => Promise<void>; onNo: () => void }) {
  const clearing = useChange();
  return (
    <Dialog title="Очистить корзину?" onClose={onNo}>
      <p>Все выбранные услуги будут убраны из корзины. Начисления при этом не изменятся.</p>
      {clearing.problem && <Failure problem={clearing.problem} />}
      <div class="actions">
        <button
          type="button"
          class="button button-main"
          aria-disabled={clearing.busy}
          onClick={() => clearing.run(onYes)}
        >
          Очистить
        </button>
        <button type="button" class="button button-second" onClick={onNo}>
          Отмена
        </button>
      </div>
    </Dialog>
  );
}
