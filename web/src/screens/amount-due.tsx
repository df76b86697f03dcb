// «Что платить и до какого числа»: the answer that most people come for, in one card above the tables.
import type { Binding, Receipt, Summary } from "../api/types";
import { dayInWords, localDay, month, rubles } from "../format";
import { ROUTES } from "../routes";
import { Icon } from "../ui/icons";
import "../ui/pay-card.css";
import { InlineFailure } from "../ui/feedback";
import { PayAllButton, usePayAll } from "./pay-all";

const amountDue = (receipt: Receipt): number => receipt.total.main + receipt.total.penalty;

export function AmountDueCard({ account, summary }: { account: Binding; summary: Summary }) {
  const paying = usePayAll([account.account_id]);
  const payable =
    account.features.includes("payments") &&
    summary.receipts.some((receipt) => receipt.can_pay && receipt.left > 0);
  const due = summary.receipts.map(amountDue);
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
  const overpaid = due.reduce((sum, one) => sum + Math.max(-one, 0), 0);
  // Paid here, and not yet in any receipt: nobody must pay it twice because billing is slow.
  const paid = summary.receipts.reduce((sum, receipt) => sum + receipt.unaccounted, 0);
  // What can be paid here and what cannot: both are owed, and the day is the same.
  const notPayable = summary.receipts.reduce((sum, receipt) => sum + receipt.not_payable, 0);
  const left = summary.receipts.reduce((sum, receipt) => sum + receipt.left, 0) + notPayable;
  const day = `${dayInWords(deadline)} ${deadline.slice(0, 4)} года`;
  return (
    <section class={`card pay-card ${left > 0 ? "" : "pay-card-clear"}`} aria-labelledby="amount-due">
      <h2 id="amount-due">
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
          {notPayable > 0 &&
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
          {overpaid > 0
            ? `По квитанции за ${month(latest.period).toLowerCase()} переплата ${rubles(overpaid)}`
            : `По квитанции за ${month(latest.period).toLowerCase()} долга нет`}
        </p>
      )}
      <div class="actions">
        {payable && <PayAllButton paying={paying} />}
        <a class="button button-second" href={ROUTES.readings}>
          <Icon name="gauge" /> Передать показания
        </a>
      </div>
      {paying.problem && <InlineFailure problem={paying.problem} />}
    </section>
  );
}
