// Sums beneath each other as bars of one scale. Each figure is beside its bar, so screen readers skip the bars.
import { rubles } from "../format";
import "./bars.css";

export interface Bar {
  title: string;
  kopecks: number;
  /** What the page is about, against the pale others. */
  strong?: boolean;
}

/** `greatest`: the sum that fills the whole width. */
export function Bars({ bars, greatest }: { bars: Bar[]; greatest: number }) {
  return (
    <dl class="bars">
      {bars.map((bar) => (
        <div key={bar.title} class={bar.strong ? "bars-strong" : ""}>
          <dt>{bar.title}</dt>
          <dd>
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect width={greatest > 0 ? (Math.max(bar.kopecks, 0) / greatest) * 100 : 0} height="1" />
            </svg>
            <span class="number">{rubles(bar.kopecks)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
