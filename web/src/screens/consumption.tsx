// Consumption of the last 24 months by meter: a chart, and the same figures in a table beneath.
import { api, ask } from "../api/client";
import { useQuery } from "../api/query";
import type { Binding, Consumption } from "../api/types";
import { csv, download } from "../csv";
import { decimal, measured, month } from "../format";
import { monthRoute } from "../routes";
import { BarChart } from "../ui/chart";
import { Empty, Loaded } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Cell, Row, Table } from "../ui/table";

const MONTHS = 24;

function exported(consumption: Consumption): string {
  const rows = consumption.meters.flatMap((meter) =>
    meter.points.map((point) => [
      meter.service,
      month(point.period),
      point.volume.replace(".", ","),
      measured(meter.unit),
    ]),
  );
  return csv([["Услуга", "Месяц", "Объем", "Единица"], ...rows]);
}

export function ConsumptionOf({ account }: { account: Binding }) {
  const id = account.account_id;
  const query = useQuery(`consumption:${id}`, () =>
    ask(
      api.GET("/api/accounts/{account_id}/consumption", {
        params: { path: { account_id: id }, query: { months: MONTHS } },
      }),
    ),
  );
  return (
    <section class="stack" aria-labelledby="consumption">
      <div class="toolbar">
        <h2 id="consumption">Потребление за {MONTHS} месяца</h2>
        {query.data && query.data.meters.length > 0 && (
          <button
            type="button"
            class="button button-second"
            onClick={() => query.data && download(`потребление-${account.number}.csv`, exported(query.data))}
          >
            <Icon name="download" /> Скачать таблицу (CSV)
          </button>
        )}
      </div>
      <Loaded query={query}>
        {(consumption) => (
          <>
            <div class="charts">
              {consumption.meters.map((meter) => (
                <MeterConsumption key={meter.meter_id} meter={meter} />
              ))}
            </div>
            {consumption.meters.every((meter) => meter.points.length === 0) && (
              <Empty>Показаний пока недостаточно, чтобы показать потребление.</Empty>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function MeterConsumption({ meter }: { meter: Consumption["meters"][number] }) {
  if (meter.points.length === 0) return null;
  const volume = meter.unit ? `Объем (${measured(meter.unit)})` : "Объем";
  return (
    <section class="card">
      <h3>{meter.unit ? `${meter.service}, ${measured(meter.unit)}` : meter.service}</h3>
      <BarChart bars={meter.points} title={`Потребление: ${meter.service}`} unit={measured(meter.unit)} />
      <details>
        <summary>Показать таблицу</summary>
        <Table
          caption={`Потребление: ${meter.service}`}
          hideCaption
          class="table-small"
          columns={[{ title: "Месяц" }, { title: volume, number: true }]}
        >
          {[...meter.points].reverse().map((point) => (
            <Row key={point.period}>
              <Cell of="Месяц">
                <a href={monthRoute("explanation", point.period)}>{month(point.period)}</a>
              </Cell>
              <Cell of={volume} number>
                {decimal(point.volume)}
              </Cell>
            </Row>
          ))}
        </Table>
      </details>
    </section>
  );
}
