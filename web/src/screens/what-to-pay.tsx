// «Что платить и до какого числа»: the answer that most people come for, in one card above the tables.
import { useLocation } from "preact-iso";
import { api, ask } from "../api/client";
import { refresh } from "../api/query";
import type { Binding, Receipt, Summary } from "../api/types";
import { dayInWords, localDay, month, rubles } from "../format";
import { useForm } from "../ui/form";
import { Icon } from "../ui/icons";

/** Since March 2026 receipts are paid by the 15th of the next month, before that by the 10th (ЖК РФ, ст. 155). */
const NEW_DAY_SINCE = "2026-02";

export function payBy(receipt: Receipt): string {
  const [year = 0, number = 0] = receipt.period.split("-").map(Number);
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
  return `${next}-${receipt.period >= NEW_DAY_SINCE ? "15" : "10"}`;
}

export function WhatToPay({ account, summary }: { account: Binding; summary: Summary }) {
  const form = useForm("pay");
  const { route } = useLocation();
  const payable = account.features.includes("payments")
    ? summary.receipts.filter((receipt) => receipt.can_pay && receipt.total.main + receipt.total.penalty > 0)
    : [];
  const pay = async () => {
    for (const receipt of payable) {
      const body = { account_id: account.account_id, receipt_id: receipt.receipt_id, with_preliminary: false };
      await ask(api.POST("/api/cart/items", { body }));
    }
    refresh("cart");
    refresh("profile");
    route("/cart");
  };
  const due = summary.receipts.map((receipt) => receipt.total.main + receipt.total.penalty);
  const total = due.reduce((sum, one) => sum + Math.max(one, 0), 0);
  const latest = summary.receipts[0];
  if (!latest) return null;
  const deadline = summary.receipts.map(payBy).sort()[0] ?? payBy(latest);
  const late = total > 0 && deadline < localDay(new Date());
  const over = due.reduce((sum, one) => sum + Math.min(one, 0), 0);
  return (
    <section class={`card pay-card ${total > 0 ? "" : "pay-card-clear"}`} aria-labelledby="what-to-pay">
      <h2 id="what-to-pay">{total > 0 ? `К оплате за ${month(latest.period).toLowerCase()}` : "Платить ничего не нужно"}</h2>
      {total > 0 ? (
        <>
          <p class="pay-sum">{rubles(total)}</p>
          <p class="pay-when">
            <Icon name={late ? "warning" : "history"} />
            {late ? `Срок оплаты прошёл: нужно было заплатить до ${dayInWords(deadline)}` : `Оплатите до ${dayInWords(deadline)} ${deadline.slice(0, 4)} года`}
          </p>
        </>
      ) : (
        <p class="pay-when">
          <Icon name="check" />
          {over < 0 ? `По квитанции за ${month(latest.period).toLowerCase()} переплата ${rubles(-over)}` : `По квитанции за ${month(latest.period).toLowerCase()} долга нет`}
        </p>
      )}
      <div class="actions">
        {payable.length > 0 && (
          <button type="button" class="button button-main" aria-disabled={form.busy} onClick={() => void form.run(pay)}>
            {form.busy ? "Добавляем в корзину…" : "Перейти к оплате"}
          </button>
        )}
        <a class="button button-second" href="/readings">
          <Icon name="gauge" /> Передать показания
        </a>
      </div>
      {form.problem && (
        <p class="mistake" role="alert">
          {form.problem.message}
        </p>
      )}
    </section>
  );
}
