// «События для биллинга»: the state of a supplier's webhook, what waits, what was delivered; pause, resume, replay.
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { usePages, useQuery, type Query } from "../api/query";
import { time } from "../format";
import { Empty, InlineFailure, QueryView, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { DESK } from "./routes";
import type { Delivery, WaitingEvent, WebhookState } from "./types";
import { SupplierScope } from "./supplier-scope";

const KINDS: Record<WaitingEvent["kind"], string> = {
  "reading.accepted": "показания приняты",
  "payment.credited": "оплата зачислена",
  "payment.refunded": "деньги возвращены",
  "request.created": "заявка создана",
  "paperless.changed": "отказ от бумаги изменён",
};

const OUTCOMES: Record<string, string> = {
  gone: "приём ответил 410: событий больше не присылать",
  exhausted: "событие не приняли ни с одной из десяти попыток за трое суток",
};

/** The result of a try, in words. */
function failureText(failure: string): string {
  if (failure === "unreachable") return "приём не отвечает";
  if (failure === "address_refused") return "адрес приёма вызывать нельзя: он внутренний или не существует";
  if (failure === "secret_unreadable") return "нет ключа подписи: его делает cabinet rotate webhook";
  return `приём ответил кодом ${failure.replace("http_", "")}`;
}

export function WebhookScreen() {
  return (
    <Screen title="События для биллинга">
      <SupplierScope>
        {(supplierId) => <WebhookContent key={supplierId} supplierId={supplierId} />}
      </SupplierScope>
    </Screen>
  );
}

function WebhookContent({ supplierId }: { supplierId: string }) {
  const params = { path: { supplier_id: supplierId } };
  const query = useQuery<WebhookState>(`webhook:${supplierId}`, () =>
    unwrap(api.GET("/api/staff/webhooks/{supplier_id}", { params })),
  );
  return (
    <QueryView query={query}>
      {(state) =>
        state.status === "none" ? (
          <Empty>
            Биллинг этой организации узнаёт обо всём из реестров. Чтобы он узнавал сразу, укажите webhook в{" "}
            <a href={`${DESK.suppliers}?supplier_id=${encodeURIComponent(supplierId)}`}>
              настройках организации
            </a>
            .
          </Empty>
        ) : (
          <>
            <WebhookStatus state={state} query={query} />
            <WaitingEvents state={state} onReload={query.reload} />
            <Deliveries supplierId={supplierId} onReplayed={query.reload} />
          </>
        )
      }
    </QueryView>
  );
}

function WebhookStatus({ state, query }: { state: WebhookState; query: Query<WebhookState> }) {
  const { status, supplier_id: supplierId } = state;
  const resuming = useChange();
  const params = { path: { supplier_id: supplierId } };
  const resume = async () =>
    query.setData(await unwrap(api.POST("/api/staff/webhooks/{supplier_id}/resume", { params })));
  return (
    <section class="card stack" aria-labelledby="webhook-standing">
      <h2 id="webhook-standing">Отправка</h2>
      <div role="status">
        {status === "active" && <p>События отправляются на {state.url}.</p>}
        {status === "paused" && (
          <p>
            Приостановлена {state.changed_at && time(state.changed_at)}: {state.reason}. События ждут.
          </p>
        )}
        {status === "ended" && (
          <Note tone="bad">
            <p>
              Завершена {state.changed_at && time(state.changed_at)}: {OUTCOMES[state.reason] ?? state.reason}
              . События ждут до 30 дней. Когда приём {state.url} исправят, откройте отправку снова.
            </p>
          </Note>
        )}
        {status === "active" && state.failing_since && (
          <Note tone="warn">
            <p>
              С {time(state.failing_since)} ничего не принято: {failureText(state.failure)}. Кабинет пробует
              снова и снова, трое суток.
            </p>
          </Note>
        )}
      </div>
      {status === "active" && !state.failing_since ? null : (
        <div class="actions">
          <button
            type="button"
            class="button button-main"
            aria-disabled={resuming.busy}
            onClick={() => resuming.run(resume)}
          >
            {status === "active" ? "Попробовать сейчас" : "Открыть отправку"}
          </button>
          {resuming.problem && <InlineFailure problem={resuming.problem} />}
        </div>
      )}
      {status === "active" && <PauseForm supplierId={supplierId} onPaused={query.setData} />}
    </section>
  );
}

function PauseForm(props: { supplierId: string; onPaused: (state: WebhookState) => void }) {
  const form = useForm("pause-webhook");
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const pause = async () => {
    const params = { path: { supplier_id: props.supplierId } };
    const body = { reason: reason.trim() };
    props.onPaused(await unwrap(api.POST("/api/staff/webhooks/{supplier_id}/pause", { params, body })));
  };
  if (!open)
    return (
      <p>
        <button type="button" class="button button-second" onClick={() => setOpen(true)}>
          Приостановить
        </button>
      </p>
    );
  return (
    <Form
      form={form}
      label="Приостановить отправку"
      check={() => ({ reason: !reason.trim() && "Напишите причину: она останется в журнале" })}
      act={pause}
    >
      <Field name="reason" label="Причина" value={reason} onValue={setReason} maxLength={500} />
      <div class="actions">
        <Submit busy="Приостанавливаем…">Приостановить</Submit>
        <button type="button" class="button button-second" onClick={() => setOpen(false)}>
          Отмена
        </button>
      </div>
    </Form>
  );
}

const WAITING_COLUMNS = [
  { title: "Событие" },
  { title: "Лицевой счёт" },
  { title: "Создано" },
  { title: "Попыток", number: true },
  { title: "Чем кончилась последняя" },
  { title: "Следующая" },
];

function WaitingEvents({ state, onReload }: { state: WebhookState; onReload: () => void }) {
  const { waiting, status } = state;
  return (
    <section class="card stack" aria-labelledby="webhook-waiting">
      <h2 id="webhook-waiting">Ждут отправки</h2>
      {waiting.length === 0 ? (
        <p>Все события отправлены.</p>
      ) : (
        <ListTable caption="События, которые ждут отправки" columns={WAITING_COLUMNS}>
          {waiting.map((each) => (
            <Row key={each.event_id}>
              <Cell column="Событие" head>
                {KINDS[each.kind]}
              </Cell>
              <Cell column="Лицевой счёт">{ownNumber(each.account_id)}</Cell>
              <Cell column="Создано">{time(each.created_at)}</Cell>
              <Cell column="Попыток" number>
                {each.attempts}
              </Cell>
              <Cell column="Чем кончилась последняя">{each.failure ? failureText(each.failure) : "—"}</Cell>
              <Cell column="Следующая">
                {each.next_try_at && status === "active" ? time(each.next_try_at) : "—"}
              </Cell>
            </Row>
          ))}
        </ListTable>
      )}
      {state.more_waiting && <p class="muted">Показаны первые {waiting.length}, ждут и другие.</p>}
      <p>
        <button type="button" class="button button-quiet" onClick={onReload}>
          Обновить
        </button>
      </p>
    </section>
  );
}

const DELIVERY_COLUMNS = [
  { title: "Событие" },
  { title: "Лицевой счёт" },
  { title: "Отправлено" },
  { title: "Ответ", number: true },
  { title: "Попыток", number: true },
  { title: "Что отправлено" },
];

function Deliveries({ supplierId, onReplayed }: { supplierId: string; onReplayed: () => void }) {
  const pages = usePages<Delivery>(`deliveries:${supplierId}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/webhooks/{supplier_id}/deliveries", {
        params: { path: { supplier_id: supplierId }, query: cursor ? { cursor } : {} },
      }),
    ),
  );
  return (
    <section class="stack" aria-labelledby="webhook-log">
      <h2 id="webhook-log">Отправлено за 30 дней</h2>
      <PagedList
        pages={pages}
        none="Ещё ничего не отправлено."
        lines={(items) => (
          <ListTable caption="Отправленные события" columns={DELIVERY_COLUMNS}>
            {items.map((each) => (
              <Row key={each.delivery_id}>
                <Cell column="Событие" head>
                  {KINDS[each.kind]}
                </Cell>
                <Cell column="Лицевой счёт">{ownNumber(each.account_id)}</Cell>
                <Cell column="Отправлено">{time(each.delivered_at)}</Cell>
                <Cell column="Ответ" number>
                  {each.http_status}
                </Cell>
                <Cell column="Попыток" number>
                  {each.attempts}
                </Cell>
                <Cell column="Что отправлено" class="cell-stack">
                  <DeliveryDetails supplierId={supplierId} delivery={each} onReplayed={onReplayed} />
                </Cell>
              </Row>
            ))}
          </ListTable>
        )}
      />
    </section>
  );
}

/** Sending again is inside the unfolded line: Enter on a line only opens it. */
function DeliveryDetails(props: { supplierId: string; delivery: Delivery; onReplayed: () => void }) {
  const { delivery } = props;
  return (
    <details>
      <summary>Событие {delivery.event_id}</summary>
      <div class="stack">
        <pre class="payload">{JSON.stringify(JSON.parse(delivery.body), null, 2)}</pre>
        <ReplayButton {...props} />
      </div>
    </details>
  );
}

function ReplayButton(props: { supplierId: string; delivery: Delivery; onReplayed: () => void }) {
  const { supplierId, delivery } = props;
  const replaying = useChange();
  const [done, setDone] = useState(false);
  const replay = async () => {
    const params = { path: { supplier_id: supplierId, delivery_id: delivery.delivery_id } };
    await unwrap(api.POST("/api/staff/webhooks/{supplier_id}/deliveries/{delivery_id}/replay", { params }));
    setDone(true);
    props.onReplayed();
  };
  return (
    <div role="status">
      {done ? (
        <p>Отправляется снова.</p>
      ) : (
        <p>
          <button
            type="button"
            class="button button-second"
            aria-disabled={replaying.busy}
            onClick={() => replaying.run(replay)}
          >
            Отправить снова<span class="sr-only"> событие {delivery.event_id}</span>
          </button>
        </p>
      )}
      {replaying.problem && <InlineFailure problem={replaying.problem} />}
    </div>
  );
}

/** «1234567» of «supplier:1234567». */
const ownNumber = (accountId: string) => accountId.slice(accountId.indexOf(":") + 1);
