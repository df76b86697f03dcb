// «Месяц: < Август 2020 >»: steps through the months that have receipts.
import { month } from "../format";
import { Icon } from "./icons";
import "./month.css";

interface MonthView {
  /** Null while the account has no receipts at all. */
  period: string | null;
  previous_period: string | null;
  next_period: string | null;
}

export function MonthStepper({ view, onMonth }: { view: MonthView; onMonth: (period: string) => void }) {
  if (!view.period) return null;
  const step = (period: string | null, name: "left" | "right", words: string) => (
    <button
      type="button"
      class="button button-second button-icon-only"
      aria-disabled={!period}
      aria-label={period ? `${words} месяц: ${month(period)}` : `${words} месяц: нет данных`}
      onClick={() => period && onMonth(period)}
    >
      <Icon name={name} />
    </button>
  );
  return (
    <div class="month" role="group" aria-label="Месяц">
      <span class="month-word">Месяц:</span>
      {step(view.previous_period, "left", "Предыдущий")}
      <strong class="month-name" aria-live="polite">
        {month(view.period)}
      </strong>
      {step(view.next_period, "right", "Следующий")}
    </div>
  );
}
