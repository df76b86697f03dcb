// Consumption of the last 24 months by meter: charts of this year against the last one.
import { CONSUMPTION_MONTHS, consumptionOf } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Consumption } from "../api/types";
import { csv, download } from "../csv";
import { decimal, measured, month } from "../format";
import { monthRoute } from "../routes";
import { YearsCard } from "../ui/chart";
import { Empty, Loaded } from "../ui/feedback";
import { Icon } from "../ui/icons";

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

function newest(consumption: Consumption): string {
  const periods = consumption.meters.flatMap((meter) => meter.points.map((point) => point.period));
  return periods.sort().pop() ?? "";
}

export function ConsumptionOf({ account }: { account: Binding }) {
  const query = useRead(consumptionOf(account.account_id));
  return (
    <section class="stack" aria-labelledby="consumption">
      <div class="toolbar">
        <h2 id="consumption">Потребление за {CONSUMPTION_MONTHS} месяца</h2>
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
                <MeterConsumption key={meter.meter_id} meter={meter} last={newest(consumption)} />
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

function MeterConsumption({ meter, last }: { meter: Consumption["meters"][number]; last: string }) {
  if (meter.points.length === 0) return null;
  return (
    <YearsCard
      title={`Потребление: ${meter.service}`}
      unit={measured(meter.unit) || "объем"}
      points={meter.points.map((point) => ({ period: point.period, value: Number(point.volume) }))}
      last={last}
      label={(value) => decimal(String(Number(value.toFixed(3))))}
      monthLink={(period) => monthRoute("explanation", period)}
    />
  );
}
