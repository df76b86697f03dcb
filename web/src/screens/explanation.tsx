// «Почему столько?»: what was charged otherwise than a month before, service by service, and by what.
import { useLocation } from "preact-iso";
import { explanationRead } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Charge, ExplainedLine, Explanation } from "../api/types";
import { amount, billingText, month, rubles, signedAmount } from "../format";
import { metersRoute, monthRoute, ROUTES } from "../routes";
import { AccountPage } from "../shell/account-header";
import { AbbreviationNote } from "../ui/abbreviations";
import { type Bar, Bars } from "../ui/bars";
import { Empty, QueryView } from "../ui/feedback";
import { MonthStepper } from "../ui/month";
import { Cell, Row, Table } from "../ui/table";
import { SpendingDetails } from "./spending";
import { VOLUME_KINDS } from "./volume-kinds";
import "./explanation.css";

const TITLES = ["Услуга", "Было (руб.)", "Стало (руб.)", "Изменение (руб.)"] as const;
const COLUMNS = TITLES.map((title, index) => ({ title, number: index > 0 }));

export function ExplanationScreen() {
  const period = useLocation().query["period"];
  return (
    <AccountPage title="Почему столько?" history reads={(id) => [explanationRead(id, period)]}>
      {(account) => <ExplanationContent account={account} />}
    </AccountPage>
  );
}

function ExplanationContent({ account }: { account: Binding }) {
  const { query: place, route } = useLocation();
  const period = place["period"];
  const id = account.account_id;
  const query = useRead(explanationRead(id, period));
  return (
    <QueryView query={query}>
      {(explanation) => (
        <>
          <MonthStepper view={explanation} onMonth={(to) => route(monthRoute("explanation", to))} />
          {explanation.lines.length === 0 ? (
            <Empty>
              {explanation.period
                ? `За ${month(explanation.period)} начислений нет.`
                : "Начислений пока нет."}
            </Empty>
          ) : (
            <>
              <Total explanation={explanation} />
              <Services explanation={explanation} />
              <SpendingDetails account={account} />
            </>
          )}
        </>
      )}
    </QueryView>
  );
}

/** The difference in a sentence. */
function changeText({ total, is_compared }: Explanation): string {
  if (!is_compared) return "За месяц до этого квитанции нет: сравнить не с чем.";
  if (total.change === 0) return "Столько же, сколько месяцем раньше.";
  return `На ${rubles(Math.abs(total.change))} ${total.change > 0 ? "больше" : "меньше"}, чем месяцем раньше.`;
}

function Total({ explanation }: { explanation: Explanation }) {
  const { period, total, typical, is_compared } = explanation;
  const known = (title: string, kopecks: number | null): Bar[] =>
    kopecks === null ? [] : [{ title, kopecks }];
  const bars = [
    { title: "Сейчас", kopecks: total.now, strong: true },
    ...known("Месяц назад", is_compared ? total.before : null),
    ...known("Год назад", typical.same_month_last_year),
    ...known("Обычно", typical.median_of_12),
  ];
  return (
    <section class="card" aria-labelledby="explained-total">
      <h2 id="explained-total">
        {period && month(period)}: начислено {rubles(total.now)}
      </h2>
      <p>{changeText(explanation)}</p>
      <Bars bars={bars} greatest={Math.max(...bars.map((bar) => bar.kopecks))} />
      {typical.median_of_12 !== null && (
        <p class="muted">«Обычно» — из двенадцати месяцев до этого половина дороже, половина дешевле.</p>
      )}
    </section>
  );
}

function Services({ explanation }: { explanation: Explanation }) {
  const { lines, total, is_compared } = explanation;
  const greatest = Math.max(...lines.flatMap((line) => [line.now, line.before]));
  const changed = lines
    .filter((line) => line.change !== 0)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const others = lines.filter((line) => line.change === 0);
  const items = (some: ExplainedLine[]) => (
    <ul class="plain-list">
      {some.map((line) => (
        <Service key={line.service} line={line} greatest={greatest} explanation={explanation} />
      ))}
    </ul>
  );
  return (
    <>
      {changed.length > 0 && (
        <section class="card" aria-labelledby="explained-changed">
          <h2 id="explained-changed">{is_compared ? "Что изменилось" : "Из чего сложилась сумма"}</h2>
          {items(changed)}
        </section>
      )}
      {others.length > 0 && (
        <section class="card">
          <details open={changed.length === 0}>
            <summary>
              <h2>Не изменилось</h2>{" "}
              <span class="muted">{others.map((line) => line.service).join(", ")}</span>
            </summary>
            {items(others)}
          </details>
        </section>
      )}
      <section class="card">
        <details>
          <summary>
            <h2>Всё таблицей</h2>
          </summary>
          <Table caption="Начислено по услугам, было и стало" hideCaption columns={COLUMNS}>
            {lines.map((line) => (
              <AmountsRow key={line.service} title={line.service} amounts={line} />
            ))}
            <AmountsRow title="ИТОГО" amounts={total} class="row-total" />
          </Table>
        </details>
      </section>
    </>
  );
}

function AmountsRow(props: { title: string; amounts: Explanation["total"]; class?: string }) {
  return (
    <Row class={props.class}>
      <Cell column={TITLES[0]} head>
        {props.title}
      </Cell>
      <Cell column={TITLES[1]} number>
        {amount(props.amounts.before)}
      </Cell>
      <Cell column={TITLES[2]} number>
        {amount(props.amounts.now)}
      </Cell>
      <Cell column={TITLES[3]} number class="cell-strong">
        {signedAmount(props.amounts.change)}
      </Cell>
    </Row>
  );
}

function Service(props: { line: ExplainedLine; greatest: number; explanation: Explanation }) {
  const { line, greatest, explanation } = props;
  const before = explanation.is_compared ? [{ title: "Было", kopecks: line.before }] : [];
  return (
    <li class="explained">
      <div class="split">
        <h3>{line.service}</h3>
        {line.change !== 0 && explanation.is_compared && (
          <strong class={`number ${line.change > 0 ? "explained-more" : "explained-less"}`}>
            {signedAmount(line.change)} ₽
          </strong>
        )}
      </div>
      <AbbreviationNote text={line.service} />
      <Bars bars={[...before, { title: "Стало", kopecks: line.now, strong: true }]} greatest={greatest} />
      {explanation.is_compared && (
        <ul class="explained-reasons">
          {line.because.map((part) => (
            <li key={part.text} class="split">
              <span>{billingText(part.text)}</span>
              {line.because.length > 1 && <span class="number">{signedAmount(part.amount)} ₽</span>}
            </li>
          ))}
        </ul>
      )}
      {line.charges.length > 0 && (
        <details>
          <summary>
            Откуда эта сумма<span class="sr-only">: {line.service}</span>
          </summary>
          {line.charges.map((charge, index) => (
            <ChargeTrail key={index} charge={charge} period={explanation.period} />
          ))}
        </details>
      )}
    </li>
  );
}

/** Reading → volume → tariff → charge → payment, each a link to where it is shown in full. */
function ChargeTrail({ charge, period }: { charge: Charge; period: string | null }) {
  const kind = charge.volume_kind && VOLUME_KINDS[charge.volume_kind];
  return (
    <ol class="trail" aria-label={charge.operation || charge.service}>
      {charge.volume_kind === "meter" && (
        <li>
          <a href={metersRoute(charge.service)}>Показания счетчика</a>
        </li>
      )}
      {charge.volume && (
        <li>
          Объем {billingText(charge.volume)}
          {kind && <span class="muted"> {kind}</span>}
        </li>
      )}
      {charge.tariff && <li>Тариф {billingText(charge.tariff)}</li>}
      <li>
        <a href={monthRoute("charges", period)}>
          {charge.operation || "начисление"} {rubles(charge.amount)}
        </a>
        {charge.grounds && <span class="muted"> {charge.grounds}</span>}
      </li>
      <li>
        <a href={ROUTES.payments}>История оплат</a>
      </li>
    </ol>
  );
}
