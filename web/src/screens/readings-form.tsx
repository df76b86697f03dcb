// The form of «Передать показания», for the subscriber and for the guest.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Problem } from "../api/problem";
import type {
  Binding,
  FormMeter,
  NewReading,
  ReadingPreview,
  ReadingsWindow,
  SubmissionResult,
  SubscriberRequest,
} from "../api/types";
import { date, decimal, monthUpper, rubles } from "../format";
import { Dialog } from "../ui/dialog";
import { DraftNote, useDraft } from "../ui/draft";
import { Empty, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { MeterCard } from "./meter-card";
import { SubmittedReadings } from "./submitted-readings";
import {
  type ImplausibleRow,
  ImplausibleReadings,
  implausibleRows,
  RequestSentNote,
} from "./implausible-readings";
import {
  type Entries,
  filledRows,
  meterName,
  findErrors,
  readingsToSend,
  rowNameOfError,
  buildRows,
  fillRow,
  type ZoneRow,
} from "./readings-form-state";
import "./readings-form.css";

interface Props {
  window: ReadingsWindow;
  meters: FormMeter[];
  /** Whose form it is: what is typed and not sent is kept under this name. */
  draft: string;
  /** Sends the readings; throws `Problem`. */
  send: (takenOn: string, readings: NewReading[]) => Promise<SubmissionResult>;
  /** What unfolds under «Показать»; absent for guests. */
  previous?: (meter: FormMeter) => ComponentChildren;
  onAccepted: () => void;
  /** Whose requests accept what the form does not; absent if there are none. */
  requestsFor?: Binding | undefined;
  /** Takes back a reading of this month; absent for guests, who may not. */
  withdraw?: (readingId: string) => Promise<void>;
  /** The meters are being loaded again: the valid reading may already be another. */
  stale?: boolean;
}

export function ReadingsForm(props: Props) {
  const rows = buildRows(props.meters);
  const sent = useRef<ZoneRow[]>([]);
  const form = useForm("readings", (field) => rowNameOfError(field, sent.current));
  const draft = useDraft<Entries>(`readings:${props.draft}`, {});
  const entries = draft.value;
  const setEntries = (typed: Entries) => draft.save(filledRows(rows, typed).length ? typed : null);
  /** The rows with a field: «дальше» leads from one to the next. */
  const acceptingRows = rows.filter((row) => row.meter.accepts);
  const [takenOn, setTakenOn] = useState(props.window.today);
  const [previews, setPreviews] = useState<ReadingPreview[] | null>(null);
  const [accepted, setAccepted] = useState<{ answer: SubmissionResult; rows: ZoneRow[] } | null>(null);
  const [implausible, setImplausible] = useState<ImplausibleRow[]>([]);
  const [request, setRequest] = useState<SubscriberRequest | null>(null);

  const submit = async (confirmed: boolean) => {
    sent.current = filledRows(rows, entries);
    setAccepted(null);
    setRequest(null);
    setImplausible([]);
    try {
      const answer = await props.send(takenOn, readingsToSend(rows, entries, confirmed));
      setAccepted({ answer, rows: sent.current });
      draft.save(null);
      setPreviews(null);
      props.onAccepted();
    } catch (reason) {
      if (reason instanceof Problem && reason.code === "confirmation_needed" && !confirmed) {
        setPreviews(reason.body.previews ?? []);
        return;
      }
      setPreviews(null);
      if (reason instanceof Problem && props.requestsFor)
        setImplausible(implausibleRows(reason, sent.current));
      throw reason;
    }
  };
  if (props.meters.length === 0) return <Empty>По этому лицевому счету счетчиков нет.</Empty>;
  return (
    <>
      {props.window.open ? (
        <p class="hint readings-window">{props.window.note}</p>
      ) : (
        <Note tone="warn">
          <p>{props.window.note}</p>
        </Note>
      )}
      <DraftNote draft={draft}>Вы вводили показания раньше и не отправили: они сохранены ниже.</DraftNote>
      {accepted && <AcceptedNote {...accepted} window={props.window} />}
      {request && <RequestSentNote request={request} />}
      {implausible.length > 0 && props.requestsFor && (
        <ImplausibleReadings
          found={implausible}
          entries={entries}
          takenOn={takenOn}
          account={props.requestsFor}
          onCorrect={() => setImplausible([])}
          onSent={(answer) => {
            const reported = new Set(implausible.map(({ row }) => row.name));
            setEntries(Object.fromEntries(Object.entries(entries).filter(([name]) => !reported.has(name))));
            setImplausible([]);
            setRequest(answer);
            form.reset();
          }}
        />
      )}
      <Form
        form={form}
        label="Передать показания"
        check={() => ({
          ...findErrors(rows, entries),
          taken_on:
            (!takenOn && "Укажите дату снятия показания") ||
            (takenOn > props.window.today && "Дата снятия показания ещё не наступила"),
        })}
        act={() => submit(false)}
      >
        <div class="meters">
          {props.meters.map((meter) => (
            <MeterCard
              key={meter.meter_id}
              meter={meter}
              rows={rows.filter((row) => row.meter === meter)}
              entries={entries}
              onType={(row, by, text) => {
                setEntries({ ...entries, [row.name]: fillRow(row, by, text) });
                form.clear(row.name);
              }}
              next={(row) => acceptingRows[acceptingRows.indexOf(row) + 1]}
              previous={props.previous}
            />
          ))}
        </div>
        {acceptingRows.length > 0 ? (
          <>
            <Field
              name="taken_on"
              label="Дата снятия показания:"
              type="date"
              max={props.window.today}
              value={takenOn}
              onValue={setTakenOn}
            />
            <div class="thumb">
              <Submit busy="Передаём…">Передать показания</Submit>
            </div>
          </>
        ) : (
          <Note tone="warn">
            <p>
              Сейчас показания передать нельзя: причина указана у каждого счетчика. Если что-то не так,
              обратитесь в управляющую (ресурсо­снабжающую) компанию.
            </p>
          </Note>
        )}
      </Form>
      {props.withdraw && (
        <SubmittedReadings
          meters={props.meters}
          stale={props.stale}
          withdraw={props.withdraw}
          onWithdrawn={() => setAccepted(null)}
        />
      )}
      {previews && (
        <ConfirmReadings
          previews={previews}
          rows={sent.current}
          busy={form.busy}
          onYes={() => form.run(() => submit(true))}
          onNo={() => setPreviews(null)}
        />
      )}
    </>
  );
}

function AcceptedNote(props: { answer: SubmissionResult; rows: ZoneRow[]; window: ReadingsWindow }) {
  const { answer, rows, window } = props;
  return (
    <Note tone="good" live>
      <p>
        <strong>Показания приняты.</strong> Номер для справки: <span class="nowrap">{answer.number}</span>
      </p>
      <ul>
        {answer.accepted.map((one) => {
          const row = rows.find(
            (candidate) => candidate.meter.meter_id === one.meter_id && candidate.zone === one.zone,
          );
          return (
            <li key={one.reading_id}>
              {row ? meterName(row) : one.meter_id}: {decimal(one.value)}
              {one.delta && `, объём ${decimal(one.delta)}`}
              {one.period && ` — учтём за ${monthUpper(one.period)}`}
              {one.replaces && `, вместо переданного ранее ${decimal(one.replaces.value)}`}
            </li>
          );
        })}
      </ul>
      {window.closes_on >= window.today && <p>Исправить можно до {date(window.closes_on)} включительно.</p>}
    </Note>
  );
}

function ConfirmReadings(props: {
  previews: ReadingPreview[];
  rows: ZoneRow[];
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  return (
    <Dialog title="Проверьте показания" onClose={props.onNo}>
      <p>Показания заметно отличаются от обычных. Если всё верно, подтвердите.</p>
      <ul class="previews">
        {props.previews.map((preview) => {
          const row = props.rows.find(
            (one) => one.meter.meter_id === preview.meter_id && one.zone === preview.zone,
          );
          return (
            <li key={preview.meter_id + preview.zone}>
              <strong>{row ? meterName(row) : preview.meter_id}</strong>: объём {decimal(preview.delta)}
              {preview.average && `, в среднем за месяц ${decimal(preview.average)}`}
              {preview.amount !== null && `. Примерно ${rubles(preview.amount)} к оплате`}
              {preview.last_amount !== null &&
                `. В последней квитанции за эту услугу ${rubles(preview.last_amount)}`}
            </li>
          );
        })}
      </ul>
      <div class="actions">
        <button type="button" class="button button-main" aria-disabled={props.busy} onClick={props.onYes}>
          Подтвердить
        </button>
        <button type="button" class="button button-second" onClick={props.onNo}>
          Исправить
        </button>
      </div>
    </Dialog>
  );
}
