// «Месяц: < Август 2020 >»: steps through the months that have receipts.
import { month } from "../format";
import { Icon } from "./icons";

export function MonthStepper(props: { period: string; previous: string | null | undefined; next: string | null | undefined; go: (period: string) => void }) {
  const step = (period: string | null | undefined, name: "left" | "right", words: string) => (
    <button
      type="button"
      class="button button-second button-icon-only"
      aria-disabled={!period}
      aria-label={period ? `${words} месяц: ${month(period)}` : `${words} месяц: нет данных`}
      onClick={() => period && props.go(period)}
    >
      <Icon name={name} />
    </button>
  );
  return (
    <div class="month" role="group" aria-label="Месяц">
      <span class="month-word">Месяц:</span>
      {step(props.previous, "left", "Предыдущий")}
      <strong class="month-name" aria-live="polite">
        {month(props.period)}
      </strong>
      {step(props.next, "right", "Следующий")}
    </div>
  );
}
