// «Сегодня», besides requests: emails and registries that need somebody, and six months as small charts.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { month, monthShort } from "../format";
import { QueryView } from "../ui/feedback";
import { DESK } from "./routes";
import type { TodayNumbers } from "./types";

type MonthNumbers = TodayNumbers["months"][number];

export function Numbers({ supplier }: { supplier: string }) {
  const found = useQuery<TodayNumbers>(`today-numbers:${supplier}`, () =>
    unwrap(api.GET("/api/staff/today", { params: { query: { supplier_id: supplier } } })),
  );
  return (
    <QueryView query={found} reserve={160}>
      {(today) => (
        <>
          <Attention today={today} supplier={supplier} />
          <section class="card stack" aria-labelledby="today-months">
            <h2 id="today-months">По месяцам</h2>
            <div class="month-charts">
              <MonthChart title="Заходили в кабинет" months={today.months} of={(each) => each.active} />
              <MonthChart title="Подключено лицевых счетов" months={today.months} of={(each) => each.bound} />
              <MonthChart title="Передано показаний" months={today.months} of={(each) => each.submissions} />
            </div>
          </section>
        </>
      )}
    </QueryView>
  );
}

const WEBHOOKS = {
  failing: "Приём событий биллинга не отвечает больше часа",
  paused: "Отправка событий биллингу приостановлена",
  ended: "Отправка событий биллингу завершена: приём их больше не берёт",
};

function Attention({ today, supplier }: { today: TodayNumbers; supplier: string }) {
  const { dead_letters: dead, refused_registries: refused, webhook } = today;
  if (dead === null && refused === null && webhook === null) return null;
  return (
    <section class="card stack" aria-labelledby="today-attention">
      <h2 id="today-attention">Требуют внимания</h2>
      <ul class="attention">
        {dead !== null && (
          <li>
            {dead > 0 ? (
              <a href={DESK.mail}>
                Неотправленных писем: {dead}
                {today.more_dead_letters && " и больше"}
              </a>
            ) : (
              "Неотправленных писем нет"
            )}
          </li>
        )}
        {refused !== null && (
          <li>
            {refused > 0 ? (
              <a href={`${DESK.registries}?supplier_id=${encodeURIComponent(supplier)}`}>
                Отклонённых реестров за неделю: {refused}
              </a>
            ) : (
              "Отклонённых реестров за неделю нет"
            )}
          </li>
        )}
        {webhook !== null && (
          <li>
            {webhook === "active" ? (
              "События для биллинга принимаются"
            ) : (
              <a href={`${DESK.webhook}?supplier_id=${encodeURIComponent(supplier)}`}>{WEBHOOKS[webhook]}</a>
            )}
          </li>
        )}
      </ul>
    </section>
  );
}

/** Columns of one scale; each figure is above its column, so screen readers skip the columns. */
function MonthChart(props: { title: string; months: MonthNumbers[]; of: (month: MonthNumbers) => number }) {
  const { title, months, of } = props;
  const greatest = Math.max(...months.map(of), 1);
  return (
    <figure class="month-chart">
      <figcaption>{title}</figcaption>
      <ol>
        {months.map((each) => (
          <li key={each.period}>
            <span class="number">{of(each)}</span>
            <svg viewBox="0 0 10 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect
                width="10"
                y={40 - (of(each) / greatest) * 40}
                height={Math.max((of(each) / greatest) * 40, 0.5)}
              />
            </svg>
            <span class="muted">
              <span aria-hidden="true">{monthShort(each.period)}</span>
              <span class="sr-only">{month(each.period)}</span>
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}
