// The form of «Передать показания», for the subscriber and for the guest.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Problem } from "../api/problem";
import type {
  Accepted,
  Binding,
  FormMeter,
  NewReading,
  Preview,
  ReadingsWindow,
  SubscriberRequest,
} from "../api/types";
import { date, decimal, monthUpper, rubles } from "../format";
import { Dialog } from "../ui/dialog";
import { Empty, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm, useFormState } from "../ui/form";
import { Cell, Row, Table } from "../ui/table";
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
  mistakesIn,
  readingsToSend,
  rowName,
  rowsOf,
  typedInto,
  type ZoneRow,
} from "./readings-rows";
import "./readings-form.css";

const TITLES = {
  number: "Номер",
  name: "Наименование",
  place: "Место установки",
  verify: "Дата поверки",
  average: "Среднее потребление за последние 6 месяцев",
  lastDate: "Дата последнего показания",
  last: "Последнее показание",
  value: "Новое показание",
  delta: "Объем изменения",
  previous: "Предыдущие показания",
};

interface Props {
  window: ReadingsWindow;
  meters: FormMeter[];
  /** Sends the readings; throws `Problem`. */
  send: (takenOn: string, readings: NewReading[]) => Promise<Accepted>;
  /** What unfolds under «Показать»; absent for guests. */
  previous?: (meter: FormMeter) => ComponentChildren;
  onAccepted: () => void;
  /** Whose requests take what the form does not; absent where nobody takes them. */
  requestsFor?: Binding | undefined;
  /** Takes back a reading of this month; absent for guests, who may not. */
  withdraw?: (readingId: string) => Promise<void>;
  /** The meters are being asked for again: what stands may already be another reading. */
  stale?: boolean;
}

export function ReadingsForm(props: Props) {
  const rows = rowsOf(props.meters);
  const sent = useRef<ZoneRow[]>([]);
  const form = useForm("readings", (field) => rowName(field, sent.current));
  const [entries, setEntries] = useState<Entries>({});
  const [takenOn, setTakenOn] = useState(props.window.today);
  const [previews, setPreviews] = useState<Preview[] | null>(null);
  const [accepted, setAccepted] = useState<{ answer: Accepted; rows: ZoneRow[] } | null>(null);
  const [implausible, setImplausible] = useState<ImplausibleRow[]>([]);
  const [request, setRequest] = useState<SubscriberRequest | null>(null);
  const [unfolded, setUnfolded] = useState<string | null>(null);

  const hand = async (confirmed: boolean) => {
    sent.current = filledRows(rows, entries);
    setAccepted(null);
    setRequest(null);
    setImplausible([]);
    try {
      const answer = await props.send(takenOn, readingsToSend(rows, entries, confirmed));
      setAccepted({ answer, rows: sent.current });
      setEntries({});
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
      <Note tone={props.window.open ? "info" : "warn"}>
        <p>{props.window.note}</p>
      </Note>
      {accepted && <AcceptedNote {...accepted} />}
      {request && <RequestSentNote request={request} />}
      {implausible.length > 0 && props.requestsFor && (
        <ImplausibleReadings
          found={implausible}
          entries={entries}
          takenOn={takenOn}
          account={props.requestsFor}
          onCorrect={() => setImplausible([])}
          onSent={(answer) => {
            const gone = new Set(implausible.map(({ row }) => row.name));
            setEntries(Object.fromEntries(Object.entries(entries).filter(([name]) => !gone.has(name))));
            setImplausible([]);
            setRequest(answer);
            form.reset();
          }}
        />
      )}
      {props.withdraw && (
        <SubmittedReadings
          meters={props.meters}
          stale={props.stale}
          withdraw={props.withdraw}
          onWithdrawn={() => setAccepted(null)}
        />
      )}
      <Form
        form={form}
        label="Передать показания"
        check={() => ({
          ...mistakesIn(rows, entries),
          taken_on:
            (!takenOn && "Укажите дату снятия показания") ||
            (takenOn > props.window.today && "Дата снятия показания ещё не наступила"),
        })}
        act={() => hand(false)}
      >
        <section class="card">
          <Table
            caption="Показания счетчиков"
            hideCaption
            class="table-wide table-readings"
            columns={Object.values(TITLES)
              .filter((title) => props.previous || title !== TITLES.previous)
              .map((title) => ({ title }))}
          >
            {rows.map((row) => (
              <MeterRow
                key={row.name}
                row={row}
                entries={entries}
                onType={(by, text) => {
                  setEntries({ ...entries, [row.name]: typedInto(row, by, text) });
                  form.clear(row.name);
                }}
                previous={props.previous}
                unfolded={unfolded === row.name}
                onUnfold={() => setUnfolded(unfolded === row.name ? null : row.name)}
              />
            ))}
          </Table>
        </section>
        {rows.some((row) => row.meter.accepts) ? (
          <div class="readings-end">
            <Field
              name="taken_on"
              label="Дата снятия показания:"
              type="date"
              max={props.window.today}
              value={takenOn}
              onValue={setTakenOn}
            />
            <Submit busy="Передаём…">Передать показания</Submit>
          </div>
        ) : (
          <Note tone="warn">
            <p>
              Сейчас показания передать нельзя: причина указана у каждого счетчика. Если что-то не так,
              обратитесь в управляющую (ресурсоснабжающую) компанию.
            </p>
          </Note>
        )}
      </Form>
      {previews && (
        <Confirmation
          previews={previews}
          rows={sent.current}
          busy={form.busy}
          onYes={() => form.run(() => hand(true))}
          onNo={() => setPreviews(null)}
        />
      )}
    </>
  );
}

function AcceptedNote({ answer, rows }: { answer: Accepted; rows: ZoneRow[] }) {
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
    </Note>
  );
}

function MeterRow(props: {
  row: ZoneRow;
  entries: Entries;
  onType: (by: "value" | "delta", text: string) => void;
  previous: Props["previous"];
  unfolded: boolean;
  onUnfold: () => void;
}) {
  const { row, entries } = props;
  const { meter } = row;
  const typed = entries[row.name];
  const columns = Object.keys(TITLES).length;
  return (
    <>
      <Row>
        <Cell of={TITLES.number} head>
          {meter.number}
          {row.zoneTitle && <span class="tag tag-words">{row.zoneTitle}</span>}
        </Cell>
        <Cell of={TITLES.name} class="cell-strong">
          {meter.service}
        </Cell>
        <Cell of={TITLES.place}>{meter.place}</Cell>
        <Cell of={TITLES.verify}>{date(meter.verify_until)}</Cell>
        <Cell of={TITLES.average}>{decimal(meter.average_6_months)}</Cell>
        <Cell of={TITLES.lastDate}>{date(row.lastTakenOn)}</Cell>
        <Cell of={TITLES.last}>{decimal(row.lastValue)}</Cell>
        {meter.accepts ? (
          <>
            <Cell of={TITLES.value} class="cell-input">
              <ReadingInput
                name={row.name}
                label={`${TITLES.value}: ${meterName(row)}`}
                value={typed?.value ?? ""}
                onValue={(text) => props.onType("value", text)}
              />
            </Cell>
            <Cell of={TITLES.delta} class="cell-input">
              <ReadingInput
                name={row.name}
                suffix="-delta"
                label={`${TITLES.delta}: ${meterName(row)}`}
                value={typed?.delta ?? ""}
                onValue={(text) => props.onType("delta", text)}
              />
            </Cell>
          </>
        ) : (
          <Cell of={TITLES.value} class="cell-refusal" span={2}>
            {meter.refusal ?? "Показания по этому счетчику не принимаются"}
          </Cell>
        )}
        {props.previous && (
          <Cell of={TITLES.previous} class="cell-action">
            <button
              type="button"
              class="button button-quiet"
              aria-expanded={props.unfolded}
              onClick={props.onUnfold}
            >
              <span>
                {props.unfolded ? "Скрыть" : "Показать"} предыдущие показания
                <span class="sr-only">: {meterName(row)}</span>
              </span>
            </button>
          </Cell>
        )}
      </Row>
      {props.unfolded && props.previous && (
        <tr role="row" class="row-unfolded">
          <td role="cell" colSpan={columns}>
            {props.previous(meter)}
          </td>
        </tr>
      )}
    </>
  );
}

function ReadingInput(props: {
  name: string;
  suffix?: string;
  label: string;
  value: string;
  onValue: (text: string) => void;
}) {
  const form = useFormState();
  const mistake = form.mistakes[props.name];
  const id = `${form.id}-${props.name}`;
  return (
    <>
      <input
        type="text"
        class="reading-input"
        inputMode="decimal"
        autoComplete="off"
        id={`${id}${props.suffix ?? ""}`}
        aria-label={props.label}
        aria-invalid={mistake ? true : undefined}
        aria-describedby={mistake ? `${id}-mistake` : undefined}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
      {mistake && !props.suffix && (
        <p class="mistake" id={`${id}-mistake`}>
          {mistake}
        </p>
      )}
    </>
  );
}

function Confirmation(props: {
  previews: Preview[];
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
