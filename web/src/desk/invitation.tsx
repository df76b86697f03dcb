// An invitation accepted: a password, then the seed into the app, then the first code.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Note } from "../ui/feedback";
import { Field, PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { DESK } from "./routes";
import { CodeField } from "./sign-in";

interface Enrolment {
  totp_uri: string;
  recovery_codes: string[];
}

export function Invitation() {
  const [token] = useState(() => new URLSearchParams(location.search).get("token") ?? "");
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [joined, setJoined] = useState(false);
  useEffect(() => {
    document.title = "Приглашение — Рабочее место";
    // The token opens an account: it does not stay in the address or in the history.
    history.replaceState(null, "", location.pathname);
  }, []);
  return (
    <main class="desk-door">
      <h1>Приглашение на рабочее место</h1>
      {joined ? (
        <Note tone="good" live>
          <p>Всё готово. Следующий код из приложения подойдёт для входа.</p>
          <p>
            <a class="button button-main" href={DESK.today}>
              Войти
            </a>
          </p>
        </Note>
      ) : enrolment ? (
        <Confirmation token={token} enrolment={enrolment} onDone={() => setJoined(true)} />
      ) : (
        <Acceptance token={token} onDone={setEnrolment} />
      )}
    </main>
  );
}

function Acceptance({ token, onDone }: { token: string; onDone: (enrolment: Enrolment) => void }) {
  const form = useForm("invitation");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <div class="card">
      <Form
        form={form}
        label="Приглашение"
        check={() => ({
          name: !name.trim() && "Укажите фамилию и имя",
          password: !password && "Придумайте пароль",
        })}
        act={async () =>
          onDone(await unwrap(api.POST("/api/staff/invitations/accept", { body: { token, name, password } })))
        }
      >
        <Field name="name" label="Фамилия и имя" autoComplete="name" value={name} onValue={setName} />
        <PasswordField
          name="password"
          label="Пароль"
          autoComplete="new-password"
          hint="Не короче 8 знаков, например несколько не связанных между собой слов."
          value={password}
          onValue={setPassword}
        />
        <Submit>Продолжить</Submit>
      </Form>
    </div>
  );
}

function Confirmation(props: { token: string; enrolment: Enrolment; onDone: () => void }) {
  const { token, enrolment } = props;
  const form = useForm("invitation-code");
  const [code, setCode] = useState("");
  const seed = new URL(enrolment.totp_uri).searchParams.get("secret") ?? "";
  return (
    <>
      <section class="card stack" aria-labelledby="seed">
        <h2 id="seed">1. Добавьте ключ в приложение для кодов</h2>
        <p>Подойдёт любое: «Яндекс Ключ», Google Authenticator, FreeOTP. Введите в нём ключ вручную:</p>
        <p>
          <code class="seed">{seed.replace(/(.{4})/g, "$1 ").trim()}</code>
        </p>
        <p>
          С телефона можно <a href={enrolment.totp_uri}>открыть ключ сразу в приложении</a>.
        </p>
      </section>
      <section class="card stack" aria-labelledby="recovery">
        <h2 id="recovery">2. Запишите резервные коды</h2>
        <p>Каждый подойдёт один раз вместо кода, если телефон потерян. Больше они не покажутся.</p>
        <ul class="recovery-codes">
          {enrolment.recovery_codes.map((each) => (
            <li key={each}>
              <code>{each}</code>
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-labelledby="first-code">
        <h2 id="first-code">3. Введите код</h2>
        <Form
          form={form}
          label="Первый код"
          check={() => ({ code: !code.trim() && "Введите код из приложения" })}
          act={async () => {
            await unwrap(api.POST("/api/staff/invitations/confirm", { body: { token, code } }));
            props.onDone();
          }}
        >
          <CodeField value={code} onValue={setCode} />
          <Submit>Подтвердить</Submit>
        </Form>
      </section>
    </>
  );
}
