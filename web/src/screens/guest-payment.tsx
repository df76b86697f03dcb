// The state of a guest's payment; its URL is the only key to it.
import { useRoute } from "preact-iso";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { GuestPayment as State } from "../api/types";
import { rubles, time } from "../format";
import { ROUTES } from "../routes";
import { QueryView } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import { OrderStatusCard, usePolling } from "./order-status";
import { PaymentCountdown, useCountdown } from "./payment-countdown";
import { MissingPaymentHelp, SbpPayment } from "./sbp-payment";
import "./guest-pay.css";

export function GuestPayment() {
  const token = useRoute().params["order_token"] ?? "";
  const path = { params: { path: { order_token: token } } };
  const query = useQuery(`guest-payment:${token}`, () =>
    unwrap(api.GET("/api/guest/payments/{order_token}", path)),
  );
  const pending = usePolling(query, query.data);
  const paying = useChange();
  const wait = useCountdown(paying.problem);
  const payAgain = async () => {
    const { payment_url, sbp } = await unwrap(api.POST("/api/guest/payments/{order_token}/payment", path));
    if (sbp) query.reload();
    else location.assign(payment_url);
  };
  const again = (shown: State) => (shown.method === "sbp" ? "Получить новый код" : "Попробовать ещё раз");
  return (
    <Page title="Оплата квитанции" class="narrow">
      <QueryView query={query}>
        {(shown) => (
          <div class="stack">
            <OrderStatusCard order={shown} />
            {shown.sbp && <SbpPayment key={shown.sbp.link} sbp={shown.sbp} onEnd={query.reload} />}
            <div class="actions">
              {shown.can_pay && !shown.sbp && (
                <button
                  type="button"
                  class="button button-main"
                  aria-disabled={paying.busy || wait > 0}
                  onClick={() => wait === 0 && paying.run(payAgain)}
                >
                  {pending ? "Вернуться к оплате" : again(shown)}
                </button>
              )}
              {pending && (
                <button
                  type="button"
                  class="button button-second"
                  aria-disabled={query.loading}
                  onClick={query.reload}
                >
                  <Icon name="refresh" /> Проверить сейчас
                </button>
              )}
              {shown.fiscal_url && (
                <a class="button button-second" href={shown.fiscal_url} target="_blank" rel="noreferrer">
                  Кассовый чек
                </a>
              )}
              {!pending && (
                <a class="button button-second" href={ROUTES.guestPay}>
                  Оплатить другую квитанцию
                </a>
              )}
            </div>
            {paying.problem && <PaymentCountdown problem={paying.problem} wait={wait} />}
            {pending && shown.method === "sbp" && <MissingPaymentHelp orderId={shown.order_id} />}
            <section class="card">
              <h2>Платёж</h2>
              <dl class="facts">
                <dt>По квитанции</dt>
                <dd>{rubles(shown.amount)}</dd>
                {shown.commission > 0 && (
                  <>
                    <dt>Комиссия</dt>
                    <dd>{rubles(shown.commission)}</dd>
                  </>
                )}
                {shown.paid_at && (
                  <>
                    <dt>Оплачено</dt>
                    <dd>{time(shown.paid_at)}</dd>
                  </>
                )}
                {shown.refunded > 0 && (
                  <>
                    <dt>Возвращено</dt>
                    <dd>{rubles(shown.refunded)}</dd>
                  </>
                )}
                <dt>Номер заказа</dt>
                <dd class="long-text">{shown.order_id}</dd>
              </dl>
              <p class="muted">
                Сохраните адрес этой страницы: по нему состояние платежа видно три месяца, и только тем, кому
                Вы его дадите.
              </p>
            </section>
          </div>
        )}
      </QueryView>
    </Page>
  );
}
