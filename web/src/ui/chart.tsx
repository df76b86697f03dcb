// Twelve months against the twelve before them, as inline SVG, with the same figures in a table beneath.
import { month, monthShort, shiftPeriod } from "../format";
import { Cell, Row, Table } from "./table";
import "./chart.css";

export interface Point {
  period: string;
  value: number;
}

interface MonthPair {
  period: string;
  now: number | undefined;
  before: number | undefined;
}

const MONTHS = 12;
const WIDTH = 720;
const HEIGHT = 200;
const BASELINE_Y = 168;
const AXIS_WIDTH = 104;

/** A round number at or above the greatest value, for the top line. */
function roundUp(greatest: number): number {
  if (greatest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= greatest) ?? 10;
  return step * power;
}

/** The last twelve months up to `last`, each with the same month a year before. */
function pairMonths(points: Point[], last: string): MonthPair[] {
  const known = new Map(points.map((point) => [point.period, point.value]));
  return Array.from({ length: MONTHS }, (_, index) => {
    const period = shiftPeriod(last, index + 1 - MONTHS);
    return { period, now: known.get(period), before: known.get(shiftPeriod(period, -MONTHS)) };
  });
}

interface Props {
  title: string;
  unit: string;
  points: Point[];
  /** The newest month of the picture. */
  last: string;
  label: (value: number) => string;
  /** Beside the lines, where it is shorter. */
  axis?: (value: number) => string;
  monthLink: (period: string) => string;
}

export function YearsCard(props: Props) {
  const slots = pairMonths(props.points, props.last);
  const shown = slots.filter((slot) => slot.now !== undefined || slot.before !== undefined).reverse();
  const cell = (value: number | undefined) => (value === undefined ? "" : props.label(value));
  const now = `Сейчас (${props.unit})`;
  const before = `Год назад (${props.unit})`;
  return (
    <section class="card">
      <h3>
        {props.title}, {props.unit}
      </h3>
      <p class="chart-legend muted">
        <span class="chart-of">
          <span class="chart-key" /> последние 12 месяцев
        </span>
        <span class="chart-of">
          <span class="chart-key chart-key-before" /> год назад
        </span>
      </p>
      <Chart {...props} slots={slots} />
      <details>
        <summary>
          Показать таблицу<span class="sr-only">: {props.title}</span>
        </summary>
        <Table
          caption={props.title}
          hideCaption
          class="table-small"
          columns={[{ title: "Месяц" }, { title: now, number: true }, { title: before, number: true }]}
        >
          {shown.map((slot) => (
            <Row key={slot.period}>
              <Cell column="Месяц">
                <a href={props.monthLink(slot.period)}>{month(slot.period)}</a>
              </Cell>
              <Cell column={now} number class="cell-strong">
                {cell(slot.now)}
              </Cell>
              <Cell column={before} number>
                {cell(slot.before)}
              </Cell>
            </Row>
          ))}
        </Table>
      </details>
    </section>
  );
}

function Chart({ slots, title, unit, label, axis = label }: Props & { slots: MonthPair[] }) {
  const top = roundUp(Math.max(0, ...slots.flatMap((slot) => [slot.now ?? 0, slot.before ?? 0])));
  const width = (WIDTH - AXIS_WIDTH) / MONTHS;
  const height = (value: number) => (Math.max(value, 0) / top) * (BASELINE_Y - 16);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${title}: график, цифры в таблице ниже`}
    >
      {[1, 0.5, 0].map((share) => (
        <g key={share}>
          <line
            class="chart-line"
            x1={AXIS_WIDTH}
            x2={WIDTH}
            y1={BASELINE_Y - height(top * share)}
            y2={BASELINE_Y - height(top * share)}
          />
          <text
            class="chart-text"
            x={AXIS_WIDTH - 8}
            y={BASELINE_Y - height(top * share) + 8}
            text-anchor="end"
          >
            {axis(top * share)}
          </text>
        </g>
      ))}
      {slots.map((slot, index) => {
        const bar = (value: number, part: number, period: string, name: string) => (
          <rect
            class={name}
            x={AXIS_WIDTH + width * (index + part)}
            width={width * 0.38}
            y={BASELINE_Y - height(value)}
            height={height(value)}
          >
            <title>{`${month(period)}: ${label(value)} ${unit}`}</title>
          </rect>
        );
        return (
          <g key={slot.period}>
            {slot.before !== undefined &&
              bar(slot.before, 0.1, shiftPeriod(slot.period, -MONTHS), "chart-bar chart-bar-before")}
            {slot.now !== undefined && bar(slot.now, 0.5, slot.period, "chart-bar")}
            {index % 3 === 0 && (
              <text class="chart-text" x={AXIS_WIDTH + width * (index + 0.1)} y={BASELINE_Y + 26}>
                {monthShort(slot.period)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
