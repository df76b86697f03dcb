// Money by service over two years: the last twelve months against those before. Read when it is unfolded.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { Binding } from "../api/types";
import { amount } from "../format";
import { monthRoute } from "../routes";
import { YearsCard } from "../ui/chart";
import { Empty, QueryView } from "../ui/feedback";

export function SpendingDetails({ account }: { account: Binding }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Деньги по услугам за два года</h2>
      </summary>
      {isOpen && <SpendingContent account={account} />}
    </details>
  );
}

function SpendingContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const query = useQuery(`spending:${id}`, () =>
    unwrap(
      api.GET("/api/accounts/{account_id}/spending", {
        params: { path: { account_id: id }, query: { months: 24 } },
      }),
    ),
  );
  return (
    <QueryView query={query}>
      {({ periods, totals, services }) => {
        const last = periods[periods.length - 1];
        if (!last) return <Empty>Начислений пока нет.</Empty>;
        const card = (title: string, amounts: number[]) => (
          <YearsCard
            key={title}
            title={title}
            unit="руб."
            points={periods.map((period, at) => ({ period, value: amounts[at] ?? 0 }))}
            last={last}
            label={amount}
            axis={(kopecks) => amount(kopecks).slice(0, -3)}
            monthLink={(period) => monthRoute("explanation", period)}
          />
        );
        return (
          <div class="charts">
            {card("Всего начислено", totals)}
            {services.map((each) => card(each.service, each.amounts))}
          </div>
        );
      }}
    </QueryView>
  );
}
