// What each meter of the shown flat counted in the last year, as a line beside its figures; asked for once it is scrolled to.
import { useEffect, useRef, useState } from "preact/hooks";
import { consumptionRead } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Consumption } from "../api/types";
import { billingText, decimal, month } from "../format";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import "./meter-trends.css";

const MONTHS = 12;
const WIDTH = 96;
const HEIGHT = 32;

type Meter = Consumption["meters"][number];

export function MeterTrends() {
  const { account } = useSession();
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  const [empty, setEmpty] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  if (!account || account.needs_surname) return null;
  return (
    <div ref={place} class={empty ? "" : "trends-place"}>
      {seen && <TrendsContent key={account.account_id} account={account} onEmpty={() => setEmpty(true)} />}
    </div>
  );
}

/** The first screen is one request: this one comes later, and shows nothing if it fails. */
function TrendsContent({ account, onEmpty }: { account: Binding; onEmpty: () => void }) {
  const { data, problem } = useRead(consumptionRead(account.account_id));
  const meters = data?.meters.filter((meter) => meter.points.length > 1) ?? [];
  const empty = meters.length === 0 && Boolean(data ?? problem);
  useEffect(() => {
    if (empty) onEmpty();
    // Said once: the function is another at each drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [empty]);
  if (meters.length === 0) return null;
  return (
    <section class="card" aria-labelledby="trends">
      <h2 id="trends">Расход за год</h2>
      <p class="muted">{account.address}</p>
      <ul class="home-list">
        {meters.map((meter) => (
          <li key={meter.meter_id}>
            <Trend meter={meter} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Trend({ meter }: { meter: Meter }) {
  const points = meter.points.slice(-MONTHS);
  const volumes = points.map((point) => Number(point.volume));
  const last = points[points.length - 1];
  const average = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
  const unit = billingText(meter.unit);
  if (!last) return null;
  return (
    <a href={ROUTES.meters}>
      <span class="home-words">
        {meter.service}
        <span class="muted">
          {`${month(last.period)}: ${decimal(last.volume)} ${unit}, в среднем ${decimal(average.toFixed(1))}`}
        </span>
      </span>
      <Sparkline values={volumes} />
    </a>
  );
}

/** The words beside it say the figures; the tables are a tap away. */
function Sparkline({ values }: { values: number[] }) {
  const greatest = Math.max(...values, 0) || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  const at = (value: number) => HEIGHT - 2 - (Math.max(0, value) / greatest) * (HEIGHT - 4);
  const line = values.map((value, index) => `${(index * step).toFixed(1)},${at(value).toFixed(1)}`).join(" ");
  return (
    <svg
      class="sparkline"
      viewBox={`-2 0 ${WIDTH + 4} ${HEIGHT}`}
      width={WIDTH + 4}
      height={HEIGHT}
      aria-hidden="true"
      focusable="false"
    >
      <polyline points={line} />
      <circle cx={WIDTH} cy={at(values[values.length - 1] ?? 0)} r="2.5" />
    </svg>
  );
}
