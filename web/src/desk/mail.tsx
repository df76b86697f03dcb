// «Письма»: emails that died, and addresses that are not written to.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { time } from "../format";
import { InlineFailure, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Screen } from "./layout";
import { PagedList } from "./lists";
import { FilterSelect } from "../ui/filter-select";
import { accountPath, DESK } from "./routes";
import type { MailLine } from "./types";

type MailState = MailLine["state"];

const STATES: Record<MailState, string> = {
  dead: "не отправились",
  suppressed: "адреса, на которые не пишем",
};
const REASONS: Record<string, string> = {
  bounce: "письма вернулись: ящика нет или он закрыт",
  complaint: "житель пожаловался на спам",
};

/** What the emails are called; others are shown by their own names. */
const TEMPLATE_TITLES: Record<string, string> = {
  activation: "подтверждение регистрации",
  password_reset: "смена пароля",
  email_change: "подтверждение нового адреса",
  security_event: "изменение в кабинете",
  readings_accepted: "показания приняты",
  payment_received: "платёж получен",
  payment_refunded: "возврат платежа",
  receipt: "квитанция",
  notice: "уведомление",
  emergency: "авария",
  emergency_over: "авария устранена",
  request_changed: "ответ на заявку",
  reminder_receipt: "напоминание о квитанции",
  reminder_debt: "напоминание о долге",
};

export function UndeliveredMail() {
  const { query, route } = useLocation();
  const state: MailState = query.state === "suppressed" ? "suppressed" : "dead";
  const [done, setDone] = useState("");
  const pages = usePages<MailLine>(`mail:${state}`, (cursor) =>
    unwrap(api.GET("/api/staff/mail", { params: { query: { state, ...(cursor ? { cursor } : {}) } } })),
  );
  const gone = (line: MailLine, text: string) => {
    setDone(text);
    pages.updateData((page) => ({
      ...page,
      items: page.items.filter((each) => each.mail_id !== line.mail_id),
    }));
  };
  return (
    <Screen title="Письма">
      <div class="filters">
        <FilterSelect
          label="Что показать"
          value={state}
          options={Object.entries(STATES)}
          onValue={(value) => {
            setDone("");
            route(value === "dead" ? DESK.mail : `${DESK.mail}?state=${value}`, true);
          }}
        />
      </div>
      {done && (
        <Note tone="good" live>
          <p>{done}</p>
        </Note>
      )}
      <PagedList
        pages={pages}
        none="Таких нет."
        lines={(items) => (
          <div class="stack" data-list>
            {items.map((line) => (
              <article key={line.mail_id} class="card stack" data-line>
                <p>
                  <strong>{line.email_masked}</strong>, {time(line.at)}
                  {line.account_id && (
                    <>
                      {" · "}
                      лицевой счёт <a href={accountPath(line.account_id)}>{line.account_id.split(":")[1]}</a>
                    </>
                  )}
                </p>
                <p class="muted">
                  {REASONS[line.reason] ?? line.reason}
                  {line.template && ` · ${TEMPLATE_TITLES[line.template] ?? line.template}`}
                </p>
                {line.state === "dead" ? (
                  <Retry
                    line={line}
                    onDone={() => gone(line, `Письмо на ${line.email_masked} отправляется.`)}
                  />
                ) : (
                  <UnsuppressButton
                    line={line}
                    onDone={(sent) =>
                      gone(line, `На ${line.email_masked} пишем снова. Отложенных писем: ${sent}.`)
                    }
                  />
                )}
              </article>
            ))}
          </div>
        )}
      />
    </Screen>
  );
}

function Retry({ line, onDone }: { line: MailLine; onDone: () => void }) {
  const retrying = useChange();
  const retry = async () => {
    await unwrap(
      api.POST("/api/staff/mail/{mail_id}/retry", { params: { path: { mail_id: line.mail_id } } }),
    );
    onDone();
  };
  return (
    <p>
      <button
        type="button"
        class="button button-second"
        aria-disabled={retrying.busy}
        onClick={() => retrying.run(retry)}
      >
        Отправить снова<span class="sr-only"> письмо на {line.email_masked}</span>
      </button>
      {retrying.problem && <InlineFailure problem={retrying.problem} />}
    </p>
  );
}

function UnsuppressButton({ line, onDone }: { line: MailLine; onDone: (sent: number) => void }) {
  const form = useForm(`lift-${line.mail_id}`);
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const lift = async () => {
    const { sent } = await unwrap(
      api.DELETE("/api/staff/suppressions/{address_hash}", {
        params: { path: { address_hash: line.mail_id } },
        body: { reason: reason.trim() },
      }),
    );
    onDone(sent);
  };
  if (!open)
    return (
      <p>
        <button type="button" class="button button-second" onClick={() => setOpen(true)}>
          Писать снова<span class="sr-only"> на {line.email_masked}</span>
        </button>
      </p>
    );
  return (
    <Form
      form={form}
      label="Писать снова"
      check={() => ({ reason: !reason.trim() && "Напишите причину: она останется в журнале" })}
      act={lift}
    >
      <Field name="reason" label="Причина" value={reason} onValue={setReason} maxLength={500} />
      <div class="actions">
        <Submit busy="Сохраняем…">Писать снова</Submit>
        <button type="button" class="button button-second" onClick={() => setOpen(false)}>
          Отмена
        </button>
      </div>
    </Form>
  );
}
