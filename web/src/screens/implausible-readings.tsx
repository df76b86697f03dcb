// A reading beyond what can have been used is not accepted at once: it is checked again, or sent as a request.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import type { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import type { Binding, SubscriberRequest } from "../api/types";
import { billingText, date, decimal } from "../format";
import { ROUTES } from "../routes";
import { Dialog } from "../ui/dialog";
import { QueryView, Note } from "../ui/feedback";
import { type Entries, meterName, rowNameOfError, type ZoneRow } from "./readings-form-state";
import { RequestForm } from "./request-form";

/** A row that was not accepted, and the server's message about it. */
export interface ImplausibleRow {
  row: ZoneRow;
  message: string;
}

export function implausibleRows(problem: Problem, sent: ZoneRow[]): ImplausibleRow[] {
  return problem.errors
    .filter((error) => error.code === "implausible")
    .flatMap(({ field, message }) => {
      const row = sent.find((one) => one.name === rowNameOfError(field, sent));
      return row ? [{ row, message }] : [];
    });
}

/** What the management company must know to take the reading itself. */
function requestText(found: ImplausibleRow[], entries: Entries, takenOn: string): string {
  const rows = found.map(({ row }) => {
    const { value = "", delta = "" } = entries[row.name] ?? {};
    return [
      `Счетчик: ${meterName(row)}`,
      value ? `Новое показание: ${value}` : `Объем изменения: ${delta}`,
      `Дата снятия показания: ${date(takenOn)}`,
      `Последнее показание: ${decimal(row.lastValue)} от ${date(row.lastTakenOn)}`,
    ].join("\n");
  });
  const wish =
    found.length > 1 ? "Прошу проверить и учесть показания." : "Прошу проверить и учесть показание.";
  return [wish, ...rows].join("\n\n");
}

interface Props {
  found: ImplausibleRow[];
  entries: Entries;
  takenOn: string;
  account: Binding;
  onCorrect: () => void;
  onSent: (request: SubscriberRequest) => void;
}

/** The question whether the meter really shows that much; then the request, written already. */
export function ImplausibleReadings(props: Props) {
  const [writing, setWriting] = useState(false);
  if (writing) return <ReadingRequest {...props} />;
  return (
    <Dialog title="Показание не принято" onClose={props.onCorrect}>
      <p>Такой расход почти всегда означает опечатку, поэтому кабинет не принимает его сразу.</p>
      <ul class="previews">
        {props.found.map(({ row, message }) => (
          <li key={row.name}>
            <strong>{meterName(row)}</strong>. {billingText(message)}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="button button-main" onClick={props.onCorrect}>
          Исправить
        </button>
        <button type="button" class="button button-second" onClick={() => setWriting(true)}>
          Отправить заявку
        </button>
      </div>
    </Dialog>
  );
}

function ReadingRequest({ account, ...props }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const kinds = useQuery(`request-kinds:${account.account_id}`, () =>
    unwrap(
      api.GET("/api/accounts/{account_id}/request-kinds", {
        params: { path: { account_id: account.account_id } },
      }),
    ),
  );
  const appeal = kinds.data?.items.find((kind) => kind.kind === "appeal");
  useEffect(() => place.current?.focus(), [appeal?.kind]);
  return (
    <div ref={place} tabIndex={-1}>
      <QueryView query={kinds} reserve={240}>
        {() =>
          appeal && (
            <RequestForm
              account={account}
              kind={appeal}
              text={requestText(props.found, props.entries, props.takenOn)}
              onCancel={props.onCorrect}
              onSent={props.onSent}
            />
          )
        }
      </QueryView>
    </div>
  );
}

/** Takes the focus: the form of the request is gone. */
export function RequestSentNote({ request }: { request: SubscriberRequest }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <div ref={place} tabIndex={-1}>
      <Note tone="good" live>
        <p>
          <strong>Заявка № {request.number} принята.</strong> Показание проверят и учтут, ответ появится в
          разделе <a href={ROUTES.requests}>«Заявки»</a>.
        </p>
        <p>Показания остальных счетчиков, если Вы их ввели, передайте как обычно.</p>
      </Note>
    </div>
  );
}
