// «Глазами абонента»: the resident's own views, read-only; readings that are said by telephone. Loaded when they are opened.
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { refresh, usePages, useQuery } from "../api/query";
import type { Meter, NewReading, Payment, Reading } from "../api/types";
import { ChargesTables } from "../screens/charges";
import { MetersTable } from "../screens/meters";
import { PaymentsTable } from "../screens/payments";
import { ReadingsTable } from "../screens/previous-readings";
import { ReadingsForm } from "../screens/readings-form";
import { ServicesTable } from "../screens/services";
import { SummaryTables } from "../screens/summary";
import { Empty, QueryView, Note } from "../ui/feedback";
import { ReadOnlyContext } from "../ui/read-only";
import { MonthStepper } from "../ui/month";
import { LoadMore } from "../ui/load-more";
import { Screen } from "./layout";
import { accountPath, viewPath, type ViewName } from "./routes";

const VIEWS: Record<ViewName, string> = {
  summary: "Общая информация",
  services: "Услуги",
  charges: "Начисления",
  payments: "Оплаты",
  meters: "Приборы учёта",
};
const DEFAULT_REASON = "Житель продиктовал по телефону";

function useAccountId(): string {
  return decodeURIComponent(useRoute().params.account_id ?? "");
}

const accountNumber = (accountId: string) => accountId.slice(accountId.indexOf(":") + 1);

function ViewsScreen() {
  const id = useAccountId();
  const { query } = useLocation();
  const view = (Object.keys(VIEWS) as ViewName[]).find((name) => name === query["sheet"]) ?? "summary";
  const period = query["period"];
  return (
    <Screen title={`Глазами абонента: ${accountNumber(id)}`}>
      <Note tone="info">
        <p>
          Так этот лицевой счёт видит житель. Изменить здесь ничего нельзя; каждый просмотр записывается в
          журнал, а житель увидит его в разделе «Безопасность».
        </p>
      </Note>
      <nav aria-label="Разделы лицевого счёта">
        <ul class="desk-tabs">
          {(Object.entries(VIEWS) as [ViewName, string][]).map(([name, title]) => (
            <li key={name}>
              <a href={viewPath(id, name)} aria-current={name === view ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <ReadOnlyContext.Provider value={true}>
        {view === "summary" && <SummaryContent id={id} />}
        {view === "services" && <ServicesContent id={id} period={period} />}
        {view === "charges" && <ChargesContent id={id} period={period} />}
        {view === "payments" && <PaymentsContent id={id} />}
        {view === "meters" && <MetersContent id={id} />}
      </ReadOnlyContext.Provider>
      <p>
        <a href={accountPath(id)}>К лицевому счёту</a>
      </p>
    </Screen>
  );
}

function SummaryContent({ id }: { id: string }) {
  const query = useQuery(`desk-summary:${id}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}/summary", { params: { path: { account_id: id } } })),
  );
  return (
    <QueryView query={query}>
      {(summary) => (
        <SummaryTables
          account={{ account_id: id, number: summary.account.number, features: [] }}
          summary={summary}
        />
      )}
    </QueryView>
  );
}

interface MonthProps {
  id: string;
  period: string | undefined;
}

function ServicesContent({ id, period }: MonthProps) {
  const { route } = useLocation();
  const params = { path: { account_id: id }, query: period ? { period } : {} };
  const query = useQuery(`desk-services:${id}:${period ?? ""}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}/services", { params })),
  );
  return (
    <QueryView query={query}>
      {(services) => (
        <>
          <MonthStepper view={services} onMonth={(to) => route(viewPath(id, "services", to))} />
          {services.receipts.map((receipt, index) => (
            <ServicesTable key={index} receipt={receipt} />
          ))}
          {services.receipts.length === 0 && <Empty>Квитанций пока нет.</Empty>}
        </>
      )}
    </QueryView>
  );
}

function ChargesContent({ id, period }: MonthProps) {
  const { route } = useLocation();
  const params = { path: { account_id: id }, query: period ? { period } : {} };
  const query = useQuery(`desk-charges:${id}:${period ?? ""}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}/charges", { params })),
  );
  return (
    <QueryView query={query}>
      {(charges) => (
        <>
          <MonthStepper view={charges} onMonth={(to) => route(viewPath(id, "charges", to))} />
          <ChargesTables charges={charges} />
        </>
      )}
    </QueryView>
  );
}

function PaymentsContent({ id }: { id: string }) {
  const query = usePages<Payment>(`desk-payments:${id}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/accounts/{account_id}/payments", {
        params: { path: { account_id: id }, query: cursor ? { cursor } : {} },
      }),
    ),
  );
  return (
    <QueryView query={query}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty>Оплат по этому лицевому счету пока нет.</Empty>
        ) : (
          <section class="card">
            <PaymentsTable items={page.items} />
            <LoadMore pages={query} />
          </section>
        )
      }
    </QueryView>
  );
}

function MetersContent({ id }: { id: string }) {
  const query = useQuery(`desk-meters:${id}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}/meters", { params: { path: { account_id: id } } })),
  );
  return (
    <QueryView query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty>По этому лицевому счету счетчиков нет.</Empty>
        ) : (
          <MetersTable
            items={items}
            readings={(meter, name) => <ReadingsContent id={id} meter={meter} name={name} />}
          />
        )
      }
    </QueryView>
  );
}

function ReadingsContent({ id, meter, name }: { id: string; meter: Meter; name: string }) {
  const query = usePages<Reading>(`desk-readings:${id}:${meter.meter_id}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/accounts/{account_id}/meters/{meter_id}/readings", {
        params: { path: { account_id: id, meter_id: meter.meter_id }, query: cursor ? { cursor } : {} },
      }),
    ),
  );
  return <ReadingsTable query={query} meterName={name} zones={meter.zones} />;
}

function ReadingsScreen() {
  const id = useAccountId();
  const [reason, setReason] = useState(DEFAULT_REASON);
  const query = useQuery(`desk-readings-form:${id}`, () =>
    unwrap(
      api.GET("/api/staff/accounts/{account_id}/readings/form", { params: { path: { account_id: id } } }),
    ),
  );
  const send = async (takenOn: string, readings: NewReading[]) => {
    const body = { taken_on: takenOn, readings, reason: reason.trim() || DEFAULT_REASON };
    const answer = await unwrap(
      api.POST("/api/staff/accounts/{account_id}/readings", {
        params: {
          path: { account_id: id },
          header: { "Idempotency-Key": idempotencyKey("desk-readings", [id, body]) },
        },
        body,
      }),
    );
    clearIdempotencyKey("desk-readings");
    return answer;
  };
  return (
    <Screen title={`Показания по телефону: ${accountNumber(id)}`}>
      <p>Те же правила, что у жителя. Он увидит показания у себя с пометкой «Сотрудник».</p>
      <div class="card">
        <div class="field">
          <label for="phone-reason">Почему вносите вы</label>
          <p class="hint" id="phone-reason-hint">
            Останется в журнале.
          </p>
          <input
            id="phone-reason"
            type="text"
            aria-describedby="phone-reason-hint"
            maxLength={500}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
      </div>
      <QueryView query={query}>
        {(form) => (
          <ReadingsForm
            draft={`desk:${id}`}
            window={form.window}
            meters={form.meters}
            send={send}
            onAccepted={() => {
              scrollTo(0, 0);
              for (const name of ["desk-readings-form", "desk-readings", "desk-meters"])
                refresh(`${name}:${id}`);
            }}
          />
        )}
      </QueryView>
      <p>
        <a href={accountPath(id)}>К лицевому счёту</a>
      </p>
    </Screen>
  );
}

export const SCREENS = { views: ViewsScreen, readings: ReadingsScreen };
