// «Детализация начислений»: tariff, norm, volume and sum by service for a month.
import { useLocation } from "preact-iso";
import { chargesRead } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Charge, Charges } from "../api/types";
import { csv, csvAmount, download } from "../csv";
import { amount, billingText, monthUpper } from "../format";
import { metersRoute, monthRoute } from "../routes";
import { AccountPage } from "../shell/account-header";
import { AbbreviationNote } from "../ui/abbreviations";
import { Empty, QueryView } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { useReadOnly } from "../ui/read-only";
import { MonthStepper } from "../ui/month";
import { Cell, LineRow, Row, Table } from "../ui/table";
import { VOLUME_KINDS } from "./volume-kinds";
import "./charges.css";

const TITLES = [
  "Услуга",
  "Тип операции",
  "Тариф",
  "Норматив",
  "Объем",
  "Период расчета",
  "Сумма (руб.)",
] as const;
const COLUMNS = TITLES.map((title) => ({ title, number: title === "Сумма (руб.)" }));

export function ChargesScreen() {
  const period = useLocation().query["period"];
  return (
    <AccountPage title="Детализация начислений" history reads={(id) => [chargesRead(id, period)]}>
      {(account) => <ChargesContent account={account} />}
    </AccountPage>
  );
}

/** How the volume was found; a meter's leads to its readings. */
function VolumeKind({ charge: { service, volume_kind: kind } }: { charge: Charge }) {
  const readOnly = useReadOnly();
  if (!kind) return null;
  return kind === "meter" && !readOnly ? (
    <a href={metersRoute(service)}>{VOLUME_KINDS.meter}</a>
  ) : (
    <>{VOLUME_KINDS[kind]}</>
  );
}

/** On a phone's line what is not an ordinary charge is named beside its service. */
function lineText({ service, operation }: Charge) {
  return (
    <>
      {service} <span class="muted">{operation}</span>
    </>
  );
}

function chargesCsv(charges: Charges): string {
  const rows = charges.receipts.flatMap((receipt) =>
    receipt.lines.map((line) => [
      receipt.title,
      line.service,
      line.operation,
      billingText(line.tariff),
      billingText(line.norm),
      billingText(line.volume),
      line.volume_kind ? VOLUME_KINDS[line.volume_kind] : "",
      line.calculation_period,
      line.grounds,
      csvAmount(line.amount),
    ]),
  );
  const [service, operation, tariff, norm, volume, period, sum] = TITLES;
  return csv([
    [
      "Квитанция",
      service,
      operation,
      tariff,
      norm,
      volume,
      "Вид объема",
      period,
      "Основание перерасчета",
      sum,
    ],
    ...rows,
  ]);
}

function ChargesContent({ account }: { account: Binding }) {
  const { query: place, route } = useLocation();
  const period = place["period"];
  const id = account.account_id;
  const query = useRead(chargesRead(id, period));
  return (
    <QueryView query={query}>
      {(charges) => (
        <>
          <div class="toolbar">
            <MonthStepper view={charges} onMonth={(to) => route(monthRoute("charges", to))} />
            <a href={monthRoute("explanation", charges.period)}>Почему столько?</a>
            <button
              type="button"
              class="button button-second"
              onClick={() =>
                download(`начисления-${account.number}-${charges.period}.csv`, chargesCsv(charges))
              }
            >
              <Icon name="download" /> Скачать таблицу (CSV)
            </button>
          </div>
          <ChargesTables charges={charges} />
        </>
      )}
    </QueryView>
  );
}

/** The receipts of a month, line by line. */
export function ChargesTables({ charges }: { charges: Charges }) {
  return (
    <>
      {charges.receipts.map((receipt, index) => (
        <section class="card" key={index}>
          <Table caption={receipt.title} class="table-charges" columns={COLUMNS}>
            {receipt.lines.map((line, at) => (
              <LineRow
                key={at}
                column={TITLES[0]}
                title={line.service}
                line={line.operation === "начисление" ? undefined : lineText(line)}
                note={<AbbreviationNote text={`${line.service} ${line.norm}`} />}
                sum={amount(line.amount)}
              >
                <Cell column={TITLES[1]}>
                  {line.operation}
                  {line.grounds && <span class="small-note">{line.grounds}</span>}
                </Cell>
                <Cell column={TITLES[2]}>{billingText(line.tariff)}</Cell>
                <Cell column={TITLES[3]}>{billingText(line.norm)}</Cell>
                <Cell column={TITLES[4]}>
                  {billingText(line.volume)}
                  {line.volume_kind && (
                    <span class="small-note">
                      <VolumeKind charge={line} />
                    </span>
                  )}
                </Cell>
                <Cell column={TITLES[5]}>{line.calculation_period}</Cell>
                <Cell column={TITLES[6]} number class="cell-strong">
                  {amount(line.amount)}
                </Cell>
              </LineRow>
            ))}
            <Row class="row-total row-sum">
              <Cell column={TITLES[0]} head>
                ИТОГО
              </Cell>
              {TITLES.slice(1, 6).map((title) => (
                <Cell key={title} column={title} />
              ))}
              <Cell column={TITLES[6]} number>
                {amount(receipt.total)}
              </Cell>
            </Row>
          </Table>
        </section>
      ))}
      {charges.receipts.length === 0 && (
        <Empty>
          {charges.period ? `За ${monthUpper(charges.period)} начислений нет.` : "Начислений пока нет."}
        </Empty>
      )}
    </>
  );
}
