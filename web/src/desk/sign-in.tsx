// Signing in at the desk: address, password and the code of the telephone in one form; or a passkey alone.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { InlineFailure, Note } from "../ui/feedback";
import { Field, PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { supportsPasskeys, signByPasskey } from "./passkey";
import { type PasskeyOffer, rememberPasskey, usePasskeyOffer } from "./passkey-offer";

export function SignIn({ again, onDone }: { again: boolean; onDone: () => void }) {
  const form = useForm("desk-sign-in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const offer = usePasskeyOffer(onDone);
  useEffect(() => {
    document.title = "Вход — Рабочее место";
  }, []);
  const enter = async () => {
    try {
      await unwrap(api.POST("/api/staff/sessions", { body: { email: email.trim(), password, code } }));
    } finally {
      // A code is good once: another try needs the next one.
      setCode("");
    }
    onDone();
  };
  return (
    <main class="desk-door">
      <h1>Рабочее место</h1>
      {again && (
        <Note tone="info">
          <p>Сеанс завершён. Войдите снова, чтобы продолжить с того же места.</p>
        </Note>
      )}
      <div class="card" onFocusIn={offer.begin}>
        <Form
          form={form}
          label="Вход на рабочее место"
          check={() => ({
            email: !email.trim() && "Введите логин (email)",
            password: !password && "Введите пароль",
            code: !code.trim() && "Введите код из приложения",
          })}
          act={enter}
        >
          <Field
            name="email"
            label="Логин (email)"
            type="email"
            inputMode="email"
            autoComplete="username webauthn"
            value={email}
            onValue={setEmail}
          />
          <PasswordField
            name="password"
            label="Пароль"
            autoComplete="current-password"
            value={password}
            onValue={setPassword}
          />
          <CodeField value={code} onValue={setCode} hint="Или резервный код, если телефона нет под рукой." />
          <Submit busy="Входим…">Войти</Submit>
        </Form>
      </div>
      {supportsPasskeys && <PasskeyButton offer={offer} onDone={onDone} />}
    </main>
  );
}

function PasskeyButton({ offer, onDone }: { offer: PasskeyOffer; onDone: () => void }) {
  const { change } = offer;
  const enter = async () => {
    offer.end();
    const asked = await unwrap(api.POST("/api/staff/sessions/passkey/challenge"));
    await unwrap(api.POST("/api/staff/sessions/passkey", { body: await signByPasskey(asked) }));
    rememberPasskey();
    onDone();
  };
  return (
    <section class="card stack" aria-label="Вход по ключу доступа">
      <p>Если Вы добавили ключ доступа, пароль и код не нужны.</p>
      <button
        type="button"
        class="button button-second"
        aria-disabled={change.busy}
        onClick={() => change.run(enter)}
      >
        {change.busy ? "Ждём устройство…" : "Вход по ключу доступа"}
      </button>
      {change.problem && <InlineFailure problem={change.problem} />}
    </section>
  );
}

export function CodeField(props: { value: string; onValue: (value: string) => void; hint?: string }) {
  return (
    <Field
      name="code"
      label="Код из приложения"
      autoComplete="one-time-code"
      autocapitalize="none"
      spellcheck={false}
      maxLength={32}
      {...props}
    />
  );
}
