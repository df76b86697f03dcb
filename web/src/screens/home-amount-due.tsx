// What all flats owe together and each, until when, and the button that pays all of it.
import type { Binding, Home, HomeFlat } from "../api/types";
import { dayInWords, localDay, rubles } from "../format";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { InlineFailure } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { PayAllButton, usePayAll } from "./pay-all";
import "../ui/pay-card.css";

/** What can be paid here and what cannot: both are owed. */
const amountOwed = (flat: HomeFlat): number => flat.to_pay + flat.not_payable;

const sumBy = (flats: HomeFlat[], amountOf: (flat: HomeFlat) => number): number =>
  flats.reduce((sum, flat) => sum + amountOf(flat), 0);

export function HomeAmountDue({ home }: { home: Home }) {
  const { flats, bindings } = home;
  const paying = usePayAll(null);
  const owed = sumBy(flats, amountOwed);
  const paid = sumBy(flats, (flat) => flat.unaccounted);
  const elsewhere = sumBy(flats, (flat) => flat.not_payable);
  const payable = flats.some(
    ({ account_id, to_pay }) =>
      to_pay > 0 && bindings.find((one) => one.account_id === account_id)?.features.includes("payments"),
  );
  const isFirst = (binding: Binding) => binding.account_id === home.account_id;
  const title = owed > 0 ? "К оплате" : paid > 0 ? "Оплачено" : "Платить ничего не нужно";
  return (
    <section class={`card pay-card ${owed > 0 ? "" : "pay-card-clear"}`} aria-labelledby="home-sum">
      <h2 id="home-sum">{title}</h2>
      {owed > 0 && <p class="pay-sum">{rubles(owed)}</p>}
      {owed > 0 && <DueDate flats={flats} />}
      {paid > 0 && (
        <p class="pay-when">
          <Icon name="check" />
          {`Вы уже заплатили ${rubles(paid)}: оплата ещё не учтена, платить её снова не нужно.`}
        </p>
      )}
      {elsewhere > 0 && (
        <p>
          {`${rubles(elsewhere)} из этой суммы нельзя оплатить в личном кабинете: расчётная организация не назвала получателя.`}
        </p>
      )}
      {payable && (
        <div class="actions">
          <PayAllButton paying={paying} />
        </div>
      )}
      {paying.problem && <InlineFailure problem={paying.problem} />}
      {bindings.length > 1 && (
        <ul class="home-list">
          {[...bindings.filter(isFirst), ...bindings.filter((one) => !isFirst(one))].map((binding) => (
            <Flat
              key={binding.account_id}
              binding={binding}
              flat={flats.find((one) => one.account_id === binding.account_id)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The day to pay by. What is overdue is said first: the nearest of the days may be long past. */
function DueDate({ flats }: { flats: HomeFlat[] }) {
  const owing = flats.filter((flat) => amountOwed(flat) > 0);
  const overdue = sumBy(owing, (flat) => flat.overdue);
  // Of a flat in arrears the nearest day is that of the arrears, and past.
  const today = localDay(new Date());
  const days = owing.flatMap(({ pay_until }) => (pay_until && pay_until >= today ? [pay_until] : []));
  const [next] = days.sort();
  return (
    <>
      {overdue > 0 && (
        <p class="pay-when">
          <Icon name="warning" /> Срок оплаты {rubles(overdue)} прошёл
        </p>
      )}
      {next && (
        <p class="pay-when">
          <Icon name="history" /> {overdue > 0 ? "Остальное оплатите" : "Оплатите"} до {dayInWords(next)}
        </p>
      )}
    </>
  );
}

/** One flat, which a tap opens. */
function Flat({ binding, flat }: { binding: Binding; flat: HomeFlat | undefined }) {
  const { chooseAccount } = useSession();
  return (
    <li>
      <a href={ROUTES.summary} onClick={() => chooseAccount(binding.account_id)}>
        <span class="home-words">
          <span class="home-address">{binding.address.replace(" - ", "\u00a0-\u00a0")}</span>
          <span class="muted">
            <span class="sr-only">Лицевой счет</span> № {binding.number}
          </span>
        </span>
        <span class="home-amount">
          {!flat ? "нужна фамилия" : amountOwed(flat) > 0 ? rubles(amountOwed(flat)) : "нет долга"}
        </span>
      </a>
    </li>
  );
}
