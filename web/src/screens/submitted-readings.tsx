// The valid readings of this month, and how to withdraw one's own before the cut-off.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FormMeter } from "../api/types";
import { date, decimal, monthUpper } from "../format";
import { Dialog } from "../ui/dialog";
import { Note } from "../ui/feedback";
import { Form, Submit, useForm } from "../ui/form";
import { sourceName } from "./previous-readings";
import { meterName, buildRows, type ZoneRow } from "./readings-form-state";

type CurrentMonthReading = NonNullable<FormMeter["zones"][number]["handed_in"]>;

interface SubmittedReading {
  row: ZoneRow;
  reading: CurrentMonthReading;
}

interface Props {
  meters: FormMeter[];
  /** Takes a reading back; throws `Problem`. */
  withdraw: (readingId: string) => Promise<void>;
  onWithdrawn: () => void;
  stale?: boolean;
}

export function SubmittedReadings({ meters, withdraw, onWithdrawn, stale }: Props) {
  const [toWithdraw, setToWithdraw] = useState<SubmittedReading | null>(null);
  const [withdrawn, setWithdrawn] = useState<SubmittedReading | null>(null);
  const submitted = buildRows(meters).flatMap((row) =>
    row.submitted ? [{ row, reading: row.submitted }] : [],
  );
  // A reading handed in anew is news of its own: the word about the former one is out of date.
  const again = withdrawn && submitted.some((one) => one.row.name === withdrawn.row.name);
  return (
    <>
      {withdrawn && !again && <WithdrawnNote {...withdrawn} />}
      {submitted.length > 0 && (
        <section class="card" aria-labelledby="submitted-readings">
          <h2 id="submitted-readings">Показания этого месяца</h2>
          <ul class="plain-list">
            {submitted.map((one) => (
              <li key={one.row.name} class="split">
                <ReadingText {...one} />
                {one.reading.withdrawable && (
                  <button
                    type="button"
                    class="button button-second"
                    aria-disabled={stale}
                    onClick={() => !stale && setToWithdraw(one)}
                  >
                    Отозвать<span class="sr-only"> показание: {meterName(one.row)}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
          {submitted.some((one) => one.reading.withdrawable) && (
            <p class="hint">Ошиблись? Отзовите показание или передайте его ещё раз: новое заменит прежнее.</p>
          )}
        </section>
      )}
      {toWithdraw && (
        <WithdrawDialog
          {...toWithdraw}
          act={async () => {
            await withdraw(toWithdraw.reading.reading_id);
            setWithdrawn(toWithdraw);
            setToWithdraw(null);
            onWithdrawn();
          }}
          onClose={() => setToWithdraw(null)}
        />
      )}
    </>
  );
}

function ReadingText({ row, reading }: SubmittedReading) {
  const state = reading.accounted_on
    ? `учтено ${date(reading.accounted_on)}`
    : `за ${monthUpper(reading.period)}`;
  return (
    <span>
      <strong>
        {meterName(row)}: {decimal(reading.value)}
      </strong>
      {reading.delta && `, объём ${decimal(reading.delta)}`}
      <br />
      <span class="muted">
        Снято {date(reading.taken_on)}, {state}. Источник: {sourceName(reading.source)}
      </span>
    </span>
  );
}

/** Takes the focus: the button that was pressed is gone together with the reading. */
function WithdrawnNote({ row, reading }: SubmittedReading) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <div ref={place} tabIndex={-1}>
      <Note tone="good" live>
        <p>
          <strong>Показание отозвано:</strong> {meterName(row)}, {decimal(reading.value)}.
        </p>
        <p>
          {reading.before
            ? `Снова действует показание ${decimal(reading.before.value)} от ${date(reading.before.taken_on)}. `
            : ""}
          При необходимости передайте новое.
        </p>
      </Note>
    </div>
  );
}

function WithdrawDialog({
  row,
  reading,
  act,
  onClose,
}: SubmittedReading & { act: () => Promise<void>; onClose: () => void }) {
  const form = useForm("withdrawal");
  return (
    <Dialog title="Отозвать показание?" onClose={onClose}>
      <p>
        <strong>
          {meterName(row)}: {decimal(reading.value)}
        </strong>
        , снято {date(reading.taken_on)}.
      </p>
      <p>
        Показание не будет учтено.
        {reading.before &&
          ` Снова будет действовать показание ${decimal(reading.before.value)} от ${date(reading.before.taken_on)}.`}
      </p>
      <Form form={form} label="Отозвать показание" act={act}>
        <div class="actions">
          <Submit class="button-danger" busy="Отзываем…">
            Отозвать показание
          </Submit>
          <button type="button" class="button button-second" onClick={onClose}>
            Не отзывать
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
