// A bar chart as inline SVG. The figures themselves stand in a table beneath: the drawing is an extra.
import { decimal, month } from "../format";
import "./chart.css";

interface Bar {
  period: string;
  volume: string;
}

const WIDTH = 720;
const HEIGHT = 200;
const FLOOR = 168;
const LEFT = 88;

/** A round number at or above the greatest value, for the top line. */
function ceiling(greatest: number): number {
  if (greatest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= greatest) ?? 10;
  return step * power;
}

export function BarChart({ bars, title, unit }: { bars: Bar[]; title: string; unit: string }) {
  const values = bars.map((bar) => Math.max(Number(bar.volume) || 0, 0));
  const top = ceiling(Math.max(0, ...values));
  const slot = (WIDTH - LEFT) / Math.max(bars.length, 1);
  const height = (value: number) => (value / top) * (FLOOR - 16);
  const label = (value: number) => decimal(String(Number(value.toFixed(3))));
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
            x1={LEFT}
            x2={WIDTH}
            y1={FLOOR - height(top * share)}
            y2={FLOOR - height(top * share)}
          />
          <text class="chart-text" x={LEFT - 8} y={FLOOR - height(top * share) + 5} text-anchor="end">
            {label(top * share)}
          </text>
        </g>
      ))}
      {bars.map((bar, index) => {
        const value = values[index] ?? 0;
        const yearStarts = bar.period.endsWith("-01") || (index === 0 && Number(bar.period.slice(5)) < 10);
        return (
          <g key={bar.period}>
            <rect
              class="chart-bar"
              x={LEFT + slot * index + slot * 0.14}
              width={slot * 0.72}
              y={FLOOR - Math.max(height(value), value > 0 ? 2 : 0)}
              height={Math.max(height(value), value > 0 ? 2 : 0)}
              rx="3"
            >
              <title>{`${month(bar.period)}: ${label(value)} ${unit}`}</title>
            </rect>
            {yearStarts && (
              <text class="chart-text" x={LEFT + slot * index + slot * 0.14} y={FLOOR + 22}>
                {bar.period.slice(0, 4)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
