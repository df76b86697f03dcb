// Actions that need a code again: the action is tried; if a code is required, it is entered and the action repeated.
import { useRef, useState } from "preact/hooks";
import { useChange, type Change } from "../api/change";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { Form, Submit, useForm } from "../ui/form";
import { supportsPasskeys, signByPasskey } from "./passkey";
import { useDesk } from "./session-context";
import { CodeField } from "./sign-in";

interface ConfirmedChange extends Change {
  /** The form for the code, while one is required. */
  codeForm: ReturnType<typeof CodeForm> | null;
}

export function useConfirmedChange(): ConfirmedChange {
  const change = useChange();
  const [asked, setAsked] = useState(false);
  const waiting = useRef<(() => Promise<unknown>) | null>(null);
  const run: Change["run"] = (act, onFailed) => {
    change.run(async () => {
      try {
        await act();
        setAsked(false);
      } catch (reason) {
        if (!(reason instanceof Problem) || !reason.has("code_required")) throw reason;
        waiting.current = act;
        setAsked(true);
      }
    }, onFailed);
  };
  const codeForm = asked ? (
    <CodeForm
      onCancel={() => setAsked(false)}
      onDone={() => {
        setAsked(false);
        if (waiting.current) run(waiting.current);
      }}
    />
  ) : null;
  return { ...change, run, codeForm };
}

/** The same for a form: `wrap` gives what the form does; `codeForm` is placed below the form, not within it. */
export function useConfirmedForm(form: ReturnType<typeof useForm>) {
  const [waiting, setWaiting] = useState<(() => Promise<void>) | null>(null);
  const wrap = (act: () => Promise<void>) => async () => {
    try {
      await act();
      setWaiting(null);
    } catch (reason) {
      if (!(reason instanceof Problem) || !reason.has("code_required")) throw reason;
      setWaiting(() => act);
    }
  };
  const codeForm = waiting ? (
    <CodeForm
      onCancel={() => setWaiting(null)}
      onDone={() => {
        setWaiting(null);
        form.run(wrap(waiting));
      }}
    />
  ) : null;
  return { wrap, codeForm };
}

function CodeForm({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }) {
  const { me } = useDesk();
  const form = useForm("code-again");
  const [code, setCode] = useState("");
  const byPasskey = me.has_passkeys && supportsPasskeys;
  const confirmByPasskey = async () => {
    const asked = await unwrap(api.POST("/api/staff/sessions/current/passkey/challenge"));
    const body = await signByPasskey(asked, asked.known);
    await unwrap(api.POST("/api/staff/sessions/current/passkey", { body }));
    onDone();
  };
  return (
    <section class="card" aria-label="Подтверждение кодом">
      <Form
        form={form}
        label="Подтверждение кодом"
        check={() => ({ code: !code.trim() && "Введите код из приложения" })}
        act={async () => {
          await unwrap(api.POST("/api/staff/sessions/current/code", { body: { code } }));
          onDone();
        }}
      >
        <p>
          Чтобы подтвердить действие, введите новый код из приложения
          {byPasskey && " или используйте ключ доступа"}.
        </p>
        <CodeField value={code} onValue={setCode} />
        <div class="actions">
          <Submit>Подтвердить</Submit>
          {byPasskey && (
            <button
              type="button"
              class="button button-second"
              aria-disabled={form.busy}
              onClick={() => form.run(confirmByPasskey)}
            >
              Подтвердить ключом доступа
            </button>
          )}
          <button type="button" class="button button-second" onClick={onCancel}>
            Отмена
          </button>
        </div>
      </Form>
    </section>
  );
}
