// «Главная»: what all flats owe, with one button to pay; what is to be done next, and what is wrong in the house.
import { useEffect, useState } from "preact/hooks";
import type { Binding, Home } from "../api/types";
import { dayInWords, month, rubles } from "../format";
import { monthRoute, ROUTES } from "../routes";
import { useSession } from "../session-context";
import { AccountHeader, NoAccount } from "../shell/account-header";
import { Failure, QueryView, Spinner } from "../ui/feedback";
import { Icon, type IconName } from "../ui/icons";
import { useWide } from "../ui/media";
import { Page } from "../ui/page";
import { ConfirmHolder } from "./confirm-holder";
import { HomeAmountDue } from "./home-amount-due";
import { MeterTrends } from "./meter-trends";
import { SummaryTables, useSummary } from "./summary";
import "./home.css";

type Due = Home["due"][number];

/** Where things are done; what is to be paid is above, with its button. */
const STEP_LINKS: Record<Exclude<Due["kind"], "pay">, { path: string; icon: IconName }> = {
  readings: { path: ROUTES.readings, icon: "gauge" },
  verification: { path: ROUTES.meters, icon: "info" },
  request: { path: ROUTES.requests, icon: "chat" },
};

export function HomeScreen() {
  const { home, problem, reload, refreshHome } = useSession();
  useEffect(refreshHome, [refreshHome]);
  return (
    <Page title="Главная">
      {problem && !problem.sessionEnded && <Failure problem={problem} retry={reload} />}
      {!home && !problem && <Spinner />}
      {home && (home.bindings.length > 0 ? <HomeContent home={home} /> : <NoAccount />)}
    </Page>
  );
}

function HomeContent({ home }: { home: Home }) {
  const sumPainted = useSumPainted();
  return (
    <>
      <HomeAmountDue home={home} />
      {sumPainted && (
        <>
          <HomeAutopay home={home} />
          <NextSteps home={home} />
          <MonthChanges home={home} />
          <GeneralInformation />
          <MeterTrends />
        </>
      )}
    </>
  );
}

let isSumPainted = false;

/** On the first visit the sum is painted alone, and what is below it one frame later. */
function useSumPainted(): boolean {
  const [painted, setPainted] = useState(isSumPainted);
  useEffect(() => {
    isSumPainted = true;
    setPainted(true);
  }, []);
  return painted;
}

function NextSteps({ home }: { home: Home }) {
  const { chooseAccount } = useSession();
  const several = home.bindings.length > 1;
  const steps = home.due.flatMap((due) => (due.kind === "pay" ? [] : [{ ...due, ...STEP_LINKS[due.kind] }]));
  if (steps.length === 0) return null;
  return (
    <section class="card" aria-labelledby="steps">
      <h2 id="steps">Что ещё сделать</h2>
      <ul class="home-list">
        {steps.map((step) => (
          <li key={step.account_id + step.text}>
            <a href={step.path} onClick={() => chooseAccount(step.account_id)}>
              <Icon name={step.icon} />
              <span class="home-words">
                {step.text.replace("№ ", "№\u00a0")}
                {several && <span class="muted">{accountAddress(home, step.account_id)}</span>}
              </span>
              <Icon name="right" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is charged by itself and when, or why it is not. */
function HomeAutopay({ home }: { home: Home }) {
  if (home.autopay.length === 0) return null;
  return (
    <section class="card" aria-labelledby="autopay">
      <h2 id="autopay">Автоплатёж</h2>
      <ul class="home-list">
        {home.autopay.map((one) => (
          <li key={one.account_id}>
            <a href={ROUTES.cards}>
              <Icon name={one.state === "left" || one.state === "stopped" ? "warning" : "wallet"} />
              <span class="home-words">
                {autopayText(one)}
                {home.bindings.length > 1 && (
                  <span class="muted">{accountAddress(home, one.account_id)}</span>
                )}
              </span>
              <Icon name="right" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function autopayText({ state, on, amount, text }: Home["autopay"][number]): string {
  switch (state) {
    case "planned":
      return `${on ? `${dayInWords(on)} с` : "С"}пишется ${rubles(amount ?? 0)}`;
    case "skipped":
      return "Следующее списание будет пропущено";
    case "waiting":
      return on
        ? `Следующее списание ${dayInWords(on)}: сумму пришлём за день`
        : "Следующая квитанция оплатится сама: сумму пришлём за день";
    case "trying":
      return text ?? "Списание отправлено в банк";
    case "left":
      return text ?? "Эту квитанцию оплатите сами";
    case "stopped":
      return text ?? "Автоплатёж остановлен";
  }
}

function accountAddress(home: Home, accountId: string): string {
  return home.bindings.find((binding) => binding.account_id === accountId)?.address ?? "";
}

/** «За октябрь 2026 начислено 5 135,27 ₽, на 320,00 ₽ больше, чем за месяц до этого.» */
function MonthChanges({ home }: { home: Home }) {
  const { chooseAccount } = useSession();
  const known = home.flats.flatMap(({ account_id, charged }) =>
    charged && charged.before !== null
      ? [{ account_id, ...charged, change: charged.now - charged.before }]
      : [],
  );
  // A flat that has had no receipt for long has nothing new to tell.
  const newest = known
    .map(({ period }) => period)
    .sort()
    .pop();
  const compared = known.filter(({ period }) => period === newest);
  const [one] = compared;
  if (!one) return null;
  const flats = compared.map(({ account_id, period, now, change }) => (
    <p key={account_id}>
      {home.flats.length > 1 && `${accountAddress(home, account_id)}. `}
      {chargedText(period, now, change)}{" "}
      <a href={monthRoute("explanation", period)} onClick={() => chooseAccount(account_id)}>
        Почему столько?
      </a>
    </p>
  ));
  return (
    <section class="card" aria-labelledby="months">
      <h2 id="months">Что изменилось за месяц</h2>
      {compared.length <= MAX_LISTED ? (
        flats
      ) : (
        <>
          <p>
            {chargedText(
              one.period,
              compared.reduce((sum, { now }) => sum + now, 0),
              compared.reduce((sum, { change }) => sum + change, 0),
            )}
          </p>
          <details>
            <summary>По каждому адресу</summary>
            <div class="stack">{flats}</div>
          </details>
        </>
      )}
    </section>
  );
}

/** Maximum number of flats shown one by one; of more, their sum, and each on a tap. */
const MAX_LISTED = 2;

function chargedText(period: string, now: number, change: number): string {
  return `За ${month(period).toLowerCase()} начислено ${rubles(now)}, ${comparisonText(change)}.`;
}

function comparisonText(change: number): string {
  if (change === 0) return "столько же, сколько за месяц до этого";
  return `на ${rubles(Math.abs(change))} ${change > 0 ? "больше" : "меньше"}, чем за месяц до этого`;
}

/** The manual's «Общая информация»: on a wide screen right here, on a phone one tap away. */
function GeneralInformation() {
  const wide = useWide();
  const { account } = useSession();
  if (!wide || !account)
    return (
      <p>
        <a class="button button-second home-more" href={ROUTES.summary}>
          <Icon name="wallet" /> Общая информация
        </a>
      </p>
    );
  return (
    <section class="stack" aria-labelledby="general-information" key={account.account_id}>
      <h2 id="general-information">Общая информация</h2>
      <AccountHeader account={account} />
      {account.needs_surname ? <ConfirmHolder account={account} /> : <GeneralTables account={account} />}
    </section>
  );
}

function GeneralTables({ account }: { account: Binding }) {
  return (
    <QueryView query={useSummary(account)} reserve={600}>
      {(summary) => <SummaryTables account={account} summary={summary} />}
    </QueryView>
  );
}
