// «Что платить и до какого числа»: the answer that most people come for, in one card above the tables.
import { useLocation } from "preact-iso";
import { useChange } from "../api/change";
import { api, ask } from "../api/client";
import { refresh } from "../api/query";
import type { Binding, Receipt, Summary } from "../api/types";
import { dayInWords, localDay, month, rubles } from "../format";
import { ROUTES } from "../routes";
import { Icon } from "../ui/icons";
import "../ui/pay-card.css";
import { InlineFailure } from "../ui/feedback";

const dueOf = (receipt: Receipt): number => receipt.total.main + receipt.total.penalty;

export function WhatToPay({ account, summary }: { account: Binding; summary: Summary }) {
  const adding = useChange();
  const { route } = useLocation();
  const payable = account.features.includes("payments")
    ? summary.receipts.filter((receipt) => receipt.can_pay && receipt.left > 0)
    : [];
  const pay = async () => {
    for (const receipt of payable) {
      const body = {
        account_id: account.account_id,
        receipt_id: receipt.receipt_id,
        with_preliminary: false,
        pay_ahead: false,
      };
      await ask(api.POST("/api/cart/items", { body }));
    }
    refresh("cart");
    refresh("profile");
    route(ROUTES.cart);
  };
  const due = summary.receipts.map(dueOf);
  const total = due.reduce((sum, one) => sum + Math.max(one, 0), 0);
  const latest = summary.receipts[0];
  if (!latest) return null;
  // The nearest day among the receipts that still ask for something.
  const deadline =
    summary.receipts
      .filter((receipt) => receipt.left + receipt.not_payable > 0)
      .map((receipt) => receipt.pay_by)
      .sort()[0] ?? latest.pay_by;
  const late = deadline < localDay(new Date());
  const over = due.reduce((sum, one) => sum + Math.min(one, 0), 0);
  // Paid here, and not yet in any receipt: nobody must pay it twice because billing is slow.
  const paid = summary.receipts.reduce((sum, receipt) => sum + receipt.unaccounted, 0);
  // What can be paid here and what cannot: both are owed, and the day is the same.
  const lost = summary.receipts.reduce((sum, receipt) => sum + receipt.not_payable, 0);
  const left = summary.receipts.reduce((sum, receipt) => sum + receipt.left, 0) + lost;
  const day = `${dayInWords(deadline)} ${deadline.slice(0, 4)} года`;
  return (
    <section class={`card pay-card ${left > 0 ? "" : "pay-card-clear"}`} aria-labelledby="what-to-pay">
      <h2 id="what-to-pay">
        {left > 0
          ? `К оплате за ${month(latest.period).toLowerCase()}`
          : total > 0
            ? "Оплачено"
            : "Платить ничего не нужно"}
      </h2>
      {left > 0 ? (
        <>
          <p class="pay-sum">{rubles(left)}</p>
          <p class="pay-when">
            <Icon name={late ? "warning" : "history"} />
            {late ? `Срок оплаты прошёл: нужно было заплатить до ${day}` : `Оплатите до ${day}`}
          </p>
          {lost > 0 &&
            summary.receipts.map(
              (receipt) => receipt.payment_note && <p key={receipt.receipt_id}>{receipt.payment_note}</p>,
            )}
          {paid > 0 && (
            <p>
              По квитанциям {rubles(total)}, из них {rubles(paid)} Вы уже заплатили: оплата ещё не учтена. В
              корзину попадёт остаток, суммы там можно поправить.
            </p>
          )}
        </>
      ) : total > 0 ? (
        <p class="pay-when">
          <Icon name="check" />
          Вы заплатили {rubles(paid)}. Оплата ещё не учтена в квитанции, платить снова не нужно.
        </p>
      ) : (
        <p class="pay-when">
          <Icon name="check" />
          {over < 0
            ? `По квитанции за ${month(latest.period).toLowerCase()} переплата ${rubles(-over)}`
            : `По квитанции за ${month(latest.period).toLowerCase()} долга нет`}
        </p>
      )}
      <div class="actions">
        {payable.length > 0 && (
          <button
            type="button"
            class="button button-main"
            aria-disabled={adding.busy}
            onClick={() => adding.run(pay)}
          >
            {adding.busy ? "Добавляем в корзину…" : "Перейти к оплате"}
          </button>
        )}
        <a class="button button-second" href={ROUTES.readings}>
          <Icon name="gauge" /> Передать показания
        </a>
      </div>
      {adding.problem && <InlineFailure problem={adding.problem} />}
    </section>
  );
}
