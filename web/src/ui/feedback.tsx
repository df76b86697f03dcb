// What a screen says while it waits, when it failed, and when something was done.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/problem";
import type { Query } from "../api/query";
import { Icon, type IconName } from "./icons";
import "./feedback.css";

const SPINNER_DELAY_MS = 300;

interface SpinnerProps {
  /** The expected height in px of the content, so that nothing below it moves; absent: the whole screen. */
  reserve?: number | undefined;
  class?: string;
  children?: ComponentChildren;
}

/** Reserves the space of the content, and shows a spinner once the wait is noticeable. */
export function Spinner({ reserve, class: name = "", children = "Загружаем…" }: SpinnerProps) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), SPINNER_DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div
      class={`waiting ${name}`}
      role="status"
      style={reserve === undefined ? undefined : { minHeight: reserve }}
    >
      {visible && (
        <>
          <span>{children}</span>
          <span class="skeleton" aria-hidden="true" />
        </>
      )}
    </div>
  );
}

type Tone = "info" | "good" | "warn" | "bad";
const TONE_ICONS: Record<Tone, IconName> = { info: "info", good: "check", warn: "warning", bad: "warning" };

/** A boxed message; `live` ones are read out when they appear. */
export function Note(props: { tone: Tone; live?: boolean; children: ComponentChildren; class?: string }) {
  const role = props.live ? (props.tone === "bad" ? "alert" : "status") : undefined;
  return (
    <div class={`note note-${props.tone} ${props.class ?? ""}`} role={role}>
      <Icon name={TONE_ICONS[props.tone]} />
      <div class="note-body">{props.children}</div>
    </div>
  );
}

/** What the operator finds the failure by; nothing for a mistake that the resident mends alone. */
export function SupportCode({ problem }: { problem: Problem | null }) {
  if (!problem?.correlationId || problem.status === 422 || problem.sessionEnded) return null;
  return <small class="incident">Код для службы поддержки: {problem.correlationId}</small>;
}

/** Why a button did not do what it says, beside the button. */
export function InlineFailure({ problem }: { problem: Problem }) {
  return (
    <span class="mistake" role="alert">
      {problem.message}
      <SupportCode problem={problem} />
    </span>
  );
}

/** A reading that failed: the reason and the way to try again. */
export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <Note tone="bad" live>
      <p>{problem.message}</p>
      <SupportCode problem={problem} />
      {retry && problem.status !== 404 && (
        <button type="button" class="button button-quiet" onClick={retry}>
          <Icon name="refresh" /> Повторить
        </button>
      )}
    </Note>
  );
}

/** Shows a query: the data as soon as there are any, a wait or a failure with a retry otherwise. */
export function QueryView<T>(props: {
  query: Query<T>;
  reserve?: number;
  children: (data: T) => ComponentChildren;
}) {
  const { data, problem, reload } = props.query;
  return (
    <>
      {problem && !problem.sessionEnded && <Failure problem={problem} retry={reload} />}
      {data !== undefined ? props.children(data) : problem ? null : <Spinner reserve={props.reserve} />}
    </>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
