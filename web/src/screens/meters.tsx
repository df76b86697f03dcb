// «Информация об ИПУ»: the meters, their dates, and the readings handed in for them.
import { type ComponentChildren, Fragment } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { consumptionRead, metersRead } from "../api/account-reads";
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { fetchAllItems, useRead } from "../api/query";
import type { Binding, Meter } from "../api/types";
import { csv, download } from "../csv";
import { date, decimal, localDay } from "../format";
import { AccountPage } from "../shell/account-header";
import { Empty, Failure, QueryView } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Cell, LineRow, Table } from "../ui/table";
import { ConsumptionContent } from "./consumption";
import { PreviousReadings, sourceName, zoneTitle } from "./previous-readings";

const TITLES = {
  number: "Номер",
  name: "Наименование",
  place: "Место установки",
  installed: "Дата установки",
  verify: "Дата поверки",
  from: "Дата начала расчета",
  to: "Дата окончания расчета",
  reason: "Причина снятия с расчета",
  average: "Среднее потребление за последние 6 месяцев",
  readings: "Просмотр показаний",
};

export function MetersScreen() {
  return (
    <AccountPage title="Информация об ИПУ" reads={(id) => [metersRead(id), consumptionRead(id)]}>
      {(account) => <MetersContent account={account} />}
    </AccountPage>
  );
}

function loadReadings(accountId: string, meterId: string) {
  return (cursor?: string) =>
    unwrap(
      api.GET("/api/accounts/{account_id}/meters/{meter_id}/readings", {
        params: { path: { account_id: accountId, meter_id: meterId }, query: cursor ? { cursor } : {} },
      }),
    );
}

async function metersCsv(accountId: string, meters: Meter[]): Promise<string> {
  const rows: string[][] = [];
  for (const meter of meters) {
    for (const reading of await fetchAllItems(loadReadings(accountId, meter.meter_id))) {
      rows.push([
        meter.number,
        meter.service,
        date(reading.accounted_on),
        date(reading.taken_on),
        sourceName(reading.source),
        zoneTitle(meter.zones, reading.zone),
        reading.value.replace(".", ","),
      ]);
    }
  }
  return csv([
    ["Номер", "Наименование", "Дата учета", "Дата снятия", "Источник", "Зона", "Показание"],
    ...rows,
  ]);
}

/** Whether a meter counts what a receipt calls `service`: «Электроэнергия T1» counts «Электроэнергия (пик)». */
function measuresService(meter: Meter, service: string | undefined): boolean {
  const name = service?.replace(/\(.*/, "").trim().toLowerCase();
  return !!name && !meter.calculated_to && meter.service.toLowerCase().startsWith(name);
}

function MetersContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const query = useRead(metersRead(id));
  const { query: place } = useLocation();
  /** The meter of the service that the address names: a charge leads here. */
  const asked = (items: Meter[]) => items.find((meter) => measuresService(meter, place["service"]))?.meter_id;
  const exporting = useChange();
  const exportCsv = async (meters: Meter[]) =>
    download(`показания-${account.number}.csv`, await metersCsv(id, meters));
  return (
    <>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>По этому лицевому счету счетчиков нет.</Empty>
          ) : (
            <>
              <div class="toolbar">
                <h2>Информация об индивидуальных приборах учета</h2>
                <button
                  type="button"
                  class="button button-second"
                  aria-disabled={exporting.busy}
                  onClick={() => exporting.run(() => exportCsv(items))}
                >
                  <Icon name="download" /> Скачать показания (CSV)
                </button>
              </div>
              {exporting.problem && <Failure problem={exporting.problem} />}
              <MetersTable
                items={items}
                openedMeterId={asked(items)}
                readings={(meter, name) => (
                  <PreviousReadings
                    accountId={id}
                    meterId={meter.meter_id}
                    meterName={name}
                    zones={meter.zones}
                  />
                )}
              />
            </>
          )
        }
      </QueryView>
      <ConsumptionContent account={account} />
    </>
  );
}

interface MetersTableProps {
  items: Meter[];
  /** The meter whose readings are unfolded at first. */
  openedMeterId?: string | undefined;
  /** What unfolds under «Показать показания». */
  readings: (meter: Meter, name: string) => ComponentChildren;
}

export function MetersTable({ items, openedMeterId, readings }: MetersTableProps) {
  const [chosen, setUnfolded] = useState<string | null>();
  return (
    <section class="card">
      <Table
        caption="Информация об индивидуальных приборах учета"
        hideCaption
        class="table-wide"
        columns={Object.values(TITLES).map((title) => ({ title }))}
      >
        {items.map((meter) => {
          const unfolded = meter.meter_id === (chosen === undefined ? openedMeterId : chosen);
          return (
            <MeterRow
              key={meter.meter_id}
              meter={meter}
              readings={readings}
              unfolded={unfolded}
              onUnfold={() => setUnfolded(unfolded ? null : meter.meter_id)}
            />
          );
        })}
      </Table>
    </section>
  );
}

/** The state of a meter in words. */
function MeterState({ meter }: { meter: Meter }) {
  if (meter.calculated_to) return <> · снят с расчета {date(meter.calculated_to)}</>;
  if (!meter.verify_until) return null;
  return meter.verify_until < localDay(new Date()) ? (
    <span class="tag tag-debt">поверка истекла {date(meter.verify_until)}</span>
  ) : (
    <> · поверка до {date(meter.verify_until)}</>
  );
}

function MeterRow(props: {
  meter: Meter;
  readings: MetersTableProps["readings"];
  unfolded: boolean;
  onUnfold: () => void;
}) {
  const { meter, unfolded } = props;
  const name = `${meter.service}, № ${meter.number}`;
  return (
    <Fragment>
      <LineRow
        column={TITLES.number}
        title={meter.number}
        line={
          <>
            {[meter.service, meter.place].filter(Boolean).join(", ")}
            <span class="muted">
              № {meter.number} <MeterState meter={meter} />
            </span>
          </>
        }
      >
        <Cell column={TITLES.name} class="cell-strong">
          {meter.service}
        </Cell>
        <Cell column={TITLES.place}>{meter.place}</Cell>
        <Cell column={TITLES.installed}>{date(meter.installed_on)}</Cell>
        <Cell column={TITLES.verify}>{date(meter.verify_until)}</Cell>
        <Cell column={TITLES.from}>{date(meter.calculated_from)}</Cell>
        <Cell column={TITLES.to}>{date(meter.calculated_to)}</Cell>
        <Cell column={TITLES.reason}>{meter.removal_reason}</Cell>
        <Cell column={TITLES.average}>{decimal(meter.average_6_months)}</Cell>
        <Cell column={TITLES.readings} class="cell-action">
          <button type="button" class="button button-quiet" aria-expanded={unfolded} onClick={props.onUnfold}>
            <span>
              {unfolded ? "Скрыть" : "Показать"} показания
              <span class="sr-only">: {name}</span>
            </span>
          </button>
        </Cell>
      </LineRow>
      {unfolded && (
        <tr role="row" class="row-unfolded">
          <td role="cell" colSpan={10}>
            {props.readings(meter, name)}
          </td>
        </tr>
      )}
    </Fragment>
  );
}
