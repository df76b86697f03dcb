// Consumption of the last 24 months by meter: charts of this year against the last one.
import { CONSUMPTION_MONTHS, consumptionRead } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Consumption } from "../api/types";
import { billingText, decimal } from "../format";
import { monthRoute } from "../routes";
import { YearsCard } from "../ui/chart";
import { Empty, QueryView } from "../ui/feedback";
import { Icon } from "../ui/icons";

/** All that is known, as files: the server makes them for programs too. */
function fileUrl(account: Binding, file: "consumption.csv" | "green-button.xml"): string {
  return `/api/accounts/${encodeURIComponent(account.account_id)}/${file}`;
}

function latestPeriod(consumption: Consumption): string {
  const periods = consumption.meters.flatMap((meter) => meter.points.map((point) => point.period));
  return periods.sort().pop() ?? "";
}

export function ConsumptionContent({ account }: { account: Binding }) {
  const query = useRead(consumptionRead(account.account_id));
  return (
    <section class="stack" aria-labelledby="consumption">
      <div class="toolbar">
        <h2 id="consumption">Потребление за {CONSUMPTION_MONTHS} месяца</h2>
        {query.data && query.data.meters.length > 0 && (
          <span class="actions">
            <a class="button button-second" href={fileUrl(account, "consumption.csv")} download>
              <Icon name="download" /> Скачать таблицу (CSV)
            </a>
            <a class="button button-quiet" href={fileUrl(account, "green-button.xml")} download>
              Green Button (XML)
            </a>
          </span>
        )}
      </div>
      <QueryView query={query}>
        {(consumption) => (
          <>
            <div class="charts">
              {consumption.meters.map((meter) => (
                <MeterConsumption key={meter.meter_id} meter={meter} last={latestPeriod(consumption)} />
              ))}
            </div>
            {consumption.meters.every((meter) => meter.points.length === 0) && (
              <Empty>Показаний пока недостаточно, чтобы показать потребление.</Empty>
            )}
          </>
        )}
      </QueryView>
    </section>
  );
}

function MeterConsumption({ meter, last }: { meter: Consumption["meters"][number]; last: string }) {
  if (meter.points.length === 0) return null;
  return (
    <YearsCard
      title={`Потребление: ${meter.service}`}
      unit={billingText(meter.unit) || "объем"}
      points={meter.points.map((point) => ({ period: point.period, value: Number(point.volume) }))}
      last={last}
      label={(value) => decimal(String(Number(value.toFixed(3))))}
      monthLink={(period) => monthRoute("explanation", period)}
    />
  );
}
