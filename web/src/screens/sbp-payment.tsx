// Paying by СБП: the bank's link for the app on this phone, the bank's code for the camera of another one, and until when.
import { useEffect, useState } from "preact/hooks";
import type { Order } from "../api/types";
import "./sbp-payment.css";

type Sbp = NonNullable<Order["sbp"]>;

/** The seconds until `moment`, counted down; `onEnd` is called when none is left. */
function useSecondsLeft(moment: string, onEnd: () => void): number {
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, Math.ceil((Date.parse(moment) - now) / 1000));
  const isOver = seconds === 0;
  useEffect(() => {
    if (isOver) {
      onEnd();
      return;
    }
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isOver, onEnd]);
  return seconds;
}

export function SbpPayment({ sbp, onEnd }: { sbp: Sbp; onEnd: () => void }) {
  const seconds = useSecondsLeft(sbp.expires_at, onEnd);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <section class="card sbp" aria-label="Оплата по СБП">
      {sbp.qr_png && (
        <figure class="sbp-code">
          <img src={sbp.qr_png} width="240" height="240" alt="QR-код для оплаты по СБП" />
          <figcaption>Наведите камеру телефона и подтвердите оплату в приложении своего банка.</figcaption>
        </figure>
      )}
      <p class="sbp-link">
        <a class="button button-main" href={sbp.link} rel="noreferrer">
          Оплатить через СБП
        </a>
      </p>
      <p role="timer">
        {seconds > 0
          ? `Заплатить можно ещё ${clock}. Страница обновится сама.`
          : "Время этого кода вышло. Узнаём у банка, была ли оплата."}
      </p>
    </section>
  );
}

/** What to do when the money was taken and the page still waits: no promise, but what happens and when. */
export function MissingPaymentHelp({ orderId }: { orderId: string }) {
  return (
    <details class="card">
      <summary>Деньги списаны, а статус не меняется</summary>
      <p>
        Платить ещё раз не нужно: деньги не пропадут. Обычно банк сообщает об оплате за несколько секунд. Если
        сообщение потерялось, мы сами спросим банк через минуту, через 5 и через 30 минут, потом каждый час, и
        страница обновится.
      </p>
      <p>
        Если через час здесь всё ещё нет слова «Оплачено», позвоните в расчётную организацию и назовите номер
        заказа <span class="long-text">{orderId}</span>.
      </p>
    </details>
  );
}
