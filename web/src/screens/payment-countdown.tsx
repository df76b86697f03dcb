// A payment that is being prepared at this moment: for how long to wait, counted down.
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/problem";
import { Failure, Note } from "../ui/feedback";

const secondsToWait = (problem: Problem | null): number =>
  problem?.code === "payment_being_prepared"
    ? (problem.body.retry_after_seconds ?? problem.retryAfter ?? 0)
    : 0;

/** The seconds until what `problem` refused may be tried again; 0 when it may be tried now. */
export function useCountdown(problem: Problem | null): number {
  const [now, setNow] = useState(() => Date.now());
  const [until, setUntil] = useState(0);
  useEffect(() => {
    const wait = secondsToWait(problem);
    if (!wait) {
      setUntil(0);
      return;
    }
    const end = Date.now() + wait * 1000;
    setNow(Date.now());
    setUntil(end);
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, [problem]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** What was refused; for a payment that is being prepared, with the seconds that are left. */
export function PaymentCountdown({ problem, wait }: { problem: Problem; wait: number }) {
  if (problem.code !== "payment_being_prepared") return <Failure problem={problem} />;
  return (
    <Note tone="info">
      <p role="status">{problem.message}</p>
      <p role="timer">
        {wait > 0 ? `Повторить можно через ${wait} с.` : "Теперь можно попробовать ещё раз."}
      </p>
    </Note>
  );
}
