// The fields of forms: a label above, a hint, the mistake in words, and an input that suits an old phone's keyboard.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useFormState } from "./form";
import "./fields.css";

/** What a field may ask of its input; the rest is the field's own business. */
interface InputProps {
  type?: "text" | "email" | "tel" | "password" | "date";
  autoComplete?: string;
  autocapitalize?: "none" | "words";
  inputMode?: "decimal" | "numeric" | "tel" | "email" | "text";
  spellcheck?: boolean;
  maxLength?: number;
  min?: string;
  max?: string;
}

interface FieldProps extends InputProps {
  name: string;
  label: ComponentChildren;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  /** `*` as in the manual: must be filled. `**`: must be filled for a flat. */
  mark?: "*" | "**";
  after?: ComponentChildren;
}

/** The attributes that tie an input to its hint and its mistake. */
function useFieldA11y(name: string, hasHint: boolean) {
  const form = useFormState();
  const id = `${form.id}-${name}`;
  const mistake = form.errors[name];
  const described = [hasHint && `${id}-hint`, mistake && `${id}-mistake`].filter(Boolean).join(" ");
  return {
    form,
    id,
    mistake,
    "aria-describedby": described || undefined,
    "aria-invalid": mistake ? true : undefined,
  };
}

function ErrorText({ id, text }: { id: string; text: string | undefined }) {
  return text ? (
    <p class="mistake" id={`${id}-mistake`}>
      {text}
    </p>
  ) : null;
}

function Label(props: { id: string; children: ComponentChildren; mark?: string }) {
  return (
    <label for={props.id}>
      {props.children}
      {props.mark && (
        <span class="mark" aria-hidden="true">
          {" "}
          {props.mark}
        </span>
      )}
    </label>
  );
}

/** Where «Далее» of a phone's keyboard leads: the form's next field with nothing in it. */
function nextEmptyInput(input: HTMLInputElement): HTMLInputElement | undefined {
  const fields = [...(input.form?.querySelectorAll<HTMLInputElement>(".input-row input") ?? [])];
  return fields.slice(fields.indexOf(input) + 1).find((field) => !field.value);
}

export function Field({ name, label, value, onValue, hint, mark, after, ...input }: FieldProps) {
  const { form, id, mistake, ...a11y } = useFieldA11y(name, Boolean(hint));
  return (
    <div class={`field ${mistake ? "field-wrong" : ""}`}>
      <Label id={id} mark={mark}>
        {label}
      </Label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="input-row">
        <input
          {...({ type: "text", ...input } as object)}
          {...a11y}
          id={id}
          name={name}
          value={value}
          aria-required={mark === "*" || undefined}
          onInput={(event) => {
            form.clear(name);
            onValue(event.currentTarget.value);
          }}
          onFocus={({ currentTarget }) => {
            currentTarget.enterKeyHint = nextEmptyInput(currentTarget) ? "next" : "go";
          }}
          onKeyDown={(event) => {
            const next = event.key === "Enter" && nextEmptyInput(event.currentTarget);
            if (!next) return;
            event.preventDefault();
            next.focus();
          }}
        />
        {after}
      </div>
      <ErrorText id={id} text={mistake} />
    </div>
  );
}

/** A password that can be shown while it is typed. */
export function PasswordField(props: Omit<FieldProps, "after" | "type">) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      autocapitalize="none"
      spellcheck={false}
      after={
        <button
          type="button"
          class="button button-quiet"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? "Скрыть" : "Показать"}
          <span class="sr-only"> пароль: {props.label}</span>
        </button>
      }
    />
  );
}

export function TextArea(props: {
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  mark?: "*";
  maxLength?: number;
  rows?: number;
}) {
  const { form, id, mistake, ...a11y } = useFieldA11y(props.name, Boolean(props.hint));
  return (
    <div class={`field ${mistake ? "field-wrong" : ""}`}>
      <Label id={id} mark={props.mark}>
        {props.label}
      </Label>
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      <textarea
        {...a11y}
        id={id}
        name={props.name}
        rows={props.rows ?? 6}
        maxLength={props.maxLength}
        value={props.value}
        aria-required={props.mark === "*" || undefined}
        onInput={(event) => {
          form.clear(props.name);
          props.onValue(event.currentTarget.value);
        }}
      />
      <ErrorText id={id} text={mistake} />
    </div>
  );
}

export function SelectField(props: {
  name: string;
  label: string;
  value: string;
  options: [value: string, title: string][];
  onValue: (value: string) => void;
  hint?: string;
}) {
  const { form, id, mistake, ...a11y } = useFieldA11y(props.name, Boolean(props.hint));
  return (
    <div class={`field ${mistake ? "field-wrong" : ""}`}>
      <Label id={id}>{props.label}</Label>
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      <select
        {...a11y}
        id={id}
        name={props.name}
        value={props.value}
        onChange={(event) => {
          form.clear(props.name);
          props.onValue(event.currentTarget.value);
        }}
      >
        {props.options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      <ErrorText id={id} text={mistake} />
    </div>
  );
}

export function FileField(props: {
  name: string;
  label: string;
  hint: string;
  accept: string;
  isSingle?: boolean;
  onFiles: (files: File[]) => void;
}) {
  const { form, id, mistake, ...a11y } = useFieldA11y(props.name, true);
  return (
    <div class={`field ${mistake ? "field-wrong" : ""}`}>
      <Label id={id}>{props.label}</Label>
      <p class="hint" id={`${id}-hint`}>
        {props.hint}
      </p>
      <input
        {...a11y}
        id={id}
        name={props.name}
        type="file"
        multiple={!props.isSingle}
        accept={props.accept}
        onChange={(event) => {
          form.clear(props.name);
          props.onFiles([...(event.currentTarget.files ?? [])]);
        }}
      />
      <ErrorText id={id} text={mistake} />
    </div>
  );
}

export function Checkbox(props: {
  name: string;
  label: ComponentChildren;
  checked: boolean;
  onChecked: (checked: boolean) => void;
  mark?: "*";
}) {
  const { form, id, mistake, ...a11y } = useFieldA11y(props.name, false);
  return (
    <div class={`field field-check ${mistake ? "field-wrong" : ""}`}>
      <div class="check">
        <input
          {...a11y}
          type="checkbox"
          id={id}
          name={props.name}
          checked={props.checked}
          aria-required={props.mark === "*" || undefined}
          onChange={(event) => {
            form.clear(props.name);
            props.onChecked(event.currentTarget.checked);
          }}
        />
        <Label id={id} mark={props.mark}>
          {props.label}
        </Label>
      </div>
      <ErrorText id={id} text={mistake} />
    </div>
  );
}

/** The manual's note on the stars, below a form that has them. */
export function RequiredNote({ flat }: { flat?: boolean }) {
  return (
    <div class="stars">
      <p>* — Поле обязательно для заполнения</p>
      {flat && <p>** — Поле обязательно для заполнения в многоквартирных домах</p>}
    </div>
  );
}
