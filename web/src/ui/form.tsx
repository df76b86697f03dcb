// Forms: what was typed stays whatever happens; mistakes are listed above with links to their fields.
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { useChange } from "../api/change";
import type { Problem } from "../api/problem";
import type { FieldError } from "../api/types";
import { SupportCode } from "./feedback";
import { Icon } from "./icons";
import "./form.css";

/** Field name → what is wrong with it. */
type FieldErrors = Record<string, string | undefined | false | null>;

interface FormState {
  id: string;
  busy: boolean;
  problem: Problem | null;
  errors: Record<string, string>;
  /** Runs `act` unless something is wrong by `check` or it already runs. */
  submit: (event: Event, check: () => FieldErrors, act: () => Promise<void>) => void;
  run: (act: () => Promise<void>) => void;
  clear: (field: string) => void;
  reset: () => void;
  attempt: number;
  /** Something was typed here since the screen was opened. */
  touched: boolean;
}

/**
 * The state of a form.
 *
 * `id` prefixes the fields' ids. `rename` maps a field's name in the API's answer to the form's own, where they differ.
 */
export function useForm(id: string, rename: (field: string) => string = (field) => field): FormState {
  const change = useChange();
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [attempt, setAttempt] = useState(0);
  const [touched, setTouched] = useState(false);

  const run = (act: () => Promise<void>) => {
    if (change.busy) return;
    setErrors({});
    change.run(act, (problem) => {
      setErrors(
        Object.fromEntries(
          problem.errors.map((error: FieldError) => [rename(stripBodyPrefix(error.field)), error.message]),
        ),
      );
      setAttempt((n) => n + 1);
    });
  };

  return {
    id,
    busy: change.busy,
    problem: change.problem,
    errors,
    run,
    attempt,
    touched,
    reset: () => {
      change.clear();
      setErrors({});
    },
    clear: (field) => {
      setTouched(true);
      if (errors[field]) setErrors(({ [field]: _gone, ...rest }) => rest);
    },
    submit: (event, check, act) => {
      event.preventDefault();
      const found = Object.entries(check()).filter((entry): entry is [string, string] => Boolean(entry[1]));
      if (found.length) {
        change.clear();
        setErrors(Object.fromEntries(found));
        setAttempt((n) => n + 1);
      } else run(act);
    },
  };
}

/** `body.email` and `email` name the same field; `readings[0].value` is left for the form to map. */
function stripBodyPrefix(field: string): string {
  return field.replace(/^body\./, "");
}

const Context = createContext<FormState>(null as unknown as FormState);
export const useFormState = (): FormState => useContext(Context);

export function Form(props: {
  form: FormState;
  check?: () => FieldErrors;
  act: () => Promise<void>;
  children: ComponentChildren;
  class?: string;
  label?: string;
}) {
  const { form } = props;
  return (
    <Context.Provider value={form}>
      <form
        class={`form ${props.class ?? ""}`}
        noValidate
        aria-label={props.label}
        onSubmit={(event) => form.submit(event, props.check ?? (() => ({})), props.act)}
      >
        <ErrorSummary form={form} />
        {props.children}
      </form>
    </Context.Provider>
  );
}

/** What is wrong, with links to the fields; takes the focus after each failed attempt. */
export function ErrorSummary({ form }: { form: FormState }) {
  const box = useRef<HTMLDivElement>(null);
  const fields = Object.entries(form.errors);
  useEffect(() => {
    if (form.attempt > 0) box.current?.focus();
  }, [form.attempt]);
  if (!fields.length && !form.problem) return null;
  // The whole's message may be that of its only field: said once is enough.
  const repeated = fields.some(([, message]) => message === form.problem?.message);
  const words = form.problem?.sessionEnded
    ? "Сеанс завершён. Войдите снова и повторите."
    : repeated
      ? undefined
      : form.problem?.message;
  return (
    <div class="note note-bad error-summary" role="alert" tabIndex={-1} ref={box}>
      <Icon name="warning" />
      <div class="note-body">
        <p>
          <strong>{words ?? "Проверьте, пожалуйста, введённое:"}</strong>
        </p>
        {form.touched && (form.problem?.temporary || form.problem?.sessionEnded) && (
          <p>Введённое сохранено.</p>
        )}
        {fields.length > 0 && (
          <ul>
            {fields.map(([field, message]) => (
              <li key={field}>
                <a
                  href={`#${form.id}-${field}`}
                  onClick={(event) => {
                    event.preventDefault();
                    document.getElementById(`${form.id}-${field}`)?.focus();
                  }}
                >
                  {message}
                </a>
              </li>
            ))}
          </ul>
        )}
        <SupportCode problem={form.problem} />
      </div>
    </div>
  );
}

/** The form's main button: says what it is doing, and is not pressed twice. */
export function Submit(props: { children: ComponentChildren; busy?: string; class?: string }) {
  const form = useFormState();
  return (
    <button type="submit" class={`button ${props.class ?? "button-main"}`} aria-disabled={form.busy}>
      {form.busy ? (
        <>
          <span class="spinner" aria-hidden="true" /> {props.busy ?? "Отправляем…"}
        </>
      ) : (
        props.children
      )}
    </button>
  );
}
