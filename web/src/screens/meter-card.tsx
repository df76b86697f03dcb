// One meter of the readings form: its fields first, its passport folded.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { FormMeter } from "../api/types";
import { billingText, date, decimal, rubles } from "../format";
import { useFormState } from "../ui/form";
import { Icon } from "../ui/icons";
import { type Entries, fieldName, meterName, estimatePrice, type ZoneRow } from "./readings-form-state";
import "./meter-card.css";

type InputKind = "value" | "delta";
const TITLES: Record<InputKind, string> = { value: "Новое показание", delta: "Объем изменения" };

interface Props {
  meter: FormMeter;
  /** The meter's tariff zones. */
  rows: ZoneRow[];
  entries: Entries;
  onType: (row: ZoneRow, by: InputKind, text: string) => void;
  /** The row after this one in the form, of whichever meter; nothing after the last. */
  next: (row: ZoneRow) => ZoneRow | undefined;
  /** What unfolds under «Показать»; absent for guests. */
  previous: ((meter: FormMeter) => ComponentChildren) | undefined;
}

export function MeterCard(props: Props) {
  const { meter, rows } = props;
  const [unfolded, setUnfolded] = useState(false);
  const [first] = rows;
  if (!first) return null;
  const id = `meter-${meter.meter_id}`;
  return (
    <section class="card meter" aria-labelledby={id}>
      <div class="meter-head">
        <h2 id={id}>{first.title}</h2>
        <button
          type="button"
          class="button button-quiet meter-more"
          aria-expanded={unfolded}
          aria-label={`О счетчике № ${meter.number}`}
          onClick={() => setUnfolded(!unfolded)}
        >
          № {meter.number} <Icon name="down" />
        </button>
      </div>
      {rows.map((row) => (
        <ZoneFields key={row.name} {...props} row={row} />
      ))}
      {meter.accepts && <NextMeterButton {...props} />}
      {!meter.accepts && (
        <p class="meter-refusal">{meter.refusal ?? "Показания по этому счетчику не принимаются"}</p>
      )}
      {unfolded && <MeterFacts {...props} />}
    </section>
  );
}

function ZoneFields({ row, ...props }: Props & { row: ZoneRow }) {
  const form = useFormState();
  const typed = props.entries[row.name];
  const price = estimatePrice(row, typed);
  const id = `${form.id}-${row.name}`;
  const mistake = form.errors[row.name];
  const unit = billingText(row.meter.unit);
  const field = (by: InputKind) => (
    <ReadingInput
      id={by === "value" ? id : `${id}-delta`}
      by={by}
      row={row}
      text={typed?.[by] ?? ""}
      wrong={Boolean(mistake)}
      describedBy={[`${id}-last`, mistake && `${id}-mistake`].filter(Boolean).join(" ")}
      onText={(text) => props.onType(row, by, text)}
      next={props.next(row)}
    />
  );
  return (
    <div class="zone">
      <p class="zone-last">
        {row.zoneTitle && <strong>{row.zoneTitle}</strong>}
        <span id={`${id}-last`}>
          {row.lastValue ? `Последнее: ${decimal(row.lastValue)}` : "Показаний ещё не было"}
          {unit && (row.lastValue ? ` ${unit}` : `, ${unit}`)}
          {row.lastTakenOn && <span class="muted"> от {date(row.lastTakenOn)}</span>}
        </span>
        <output class="zone-price">{price !== null && `≈ ${rubles(price)}`}</output>
      </p>
      {props.meter.accepts && (
        <div class="zone-fields">
          {field("value")}
          {field("delta")}
        </div>
      )}
      {mistake && (
        <p class="mistake" id={`${id}-mistake`}>
          {mistake}
        </p>
      )}
    </div>
  );
}

/** «Дальше»: on a phone the next meter's field comes under the thumb; its title says which. */
function NextMeterButton({ rows, next }: Props) {
  const form = useFormState();
  const last = rows[rows.length - 1];
  const following = last && next(last);
  if (!following) return null;
  return (
    <button
      type="button"
      class="button button-quiet meter-next"
      onClick={() => {
        const field = document.getElementById(`${form.id}-${following.name}`);
        field?.focus({ preventScroll: true });
        field?.closest(".meter")?.scrollIntoView({ block: "start" });
      }}
    >
      <span>
        Дальше<span class="sr-only">: {following.title}</span>
      </span>
      <Icon name="down" />
    </button>
  );
}

function ReadingInput(props: {
  id: string;
  by: InputKind;
  row: ZoneRow;
  text: string;
  wrong: boolean;
  describedBy: string;
  onText: (text: string) => void;
  next: ZoneRow | undefined;
}) {
  const form = useFormState();
  const following = props.next && `${form.id}-${props.next.name}`;
  return (
    <div>
      <label for={props.id}>{TITLES[props.by]}</label>
      <input
        type="text"
        class="reading-input"
        inputMode="decimal"
        {...{ enterkeyhint: following ? "next" : "send" }}
        autoComplete="off"
        id={props.id}
        aria-label={`${TITLES[props.by]}: ${fieldName(props.row)}`}
        aria-invalid={props.wrong ? true : undefined}
        aria-describedby={props.describedBy}
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !following) return;
          event.preventDefault();
          document.getElementById(following)?.focus();
        }}
      />
    </div>
  );
}

function MeterFacts({ meter, rows, previous }: Props) {
  const [shown, setShown] = useState(false);
  const facts: [string, string][] = [
    ["Номер", meter.number],
    ["Наименование", meter.service],
    ["Место установки", meter.place],
    ["Дата поверки", date(meter.verify_until)],
    ["Среднее потребление за последние 6 месяцев", decimal(meter.average_6_months)],
    ["Тариф по последней квитанции (руб.)", decimal(meter.tariff)],
  ];
  const name = rows[0] ? meterName({ ...rows[0], zoneTitle: "" }) : meter.number;
  return (
    <div class="meter-facts">
      <dl>
        {facts.map(
          ([title, value]) =>
            value && (
              <div key={title}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {previous && (
        <button
          type="button"
          class="button button-second"
          aria-expanded={shown}
          onClick={() => setShown(!shown)}
        >
          <span>
            {shown ? "Скрыть" : "Показать"} предыдущие показания
            <span class="sr-only">: {name}</span>
          </span>
        </button>
      )}
      {shown && previous?.(meter)}
    </div>
  );
}
