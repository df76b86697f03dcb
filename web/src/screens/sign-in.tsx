// «Вход в личный кабинет»: by login and password or through Госуслуги. Used on the start page and wherever a session ended.
import { useState } from "preact/hooks";
import { rememberReturn, useSession } from "../session";
import { Field, PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";

export function SignInForm({ onDone }: { onDone?: () => void }) {
  const { signIn } = useSession();
  const form = useForm("sign-in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <>
      <Form
        form={form}
        label="Вход в личный кабинет"
        check={() => ({
          email: !email.trim() && "Введите логин (email)",
          password: !password && "Введите пароль",
        })}
        act={async () => {
          await signIn(email.trim(), password);
          onDone?.();
        }}
      >
        <Field
          name="email"
          label="Логин (email):"
          mark="*"
          type="email"
          inputMode="email"
          autoComplete="username"
          value={email}
          onValue={setEmail}
        />
        <PasswordField
          name="password"
          label="Пароль:"
          mark="*"
          autoComplete="current-password"
          value={password}
          onValue={setPassword}
        />
        <div class="actions">
          <Submit busy="Входим…">Вход</Submit>
          <a href="/recover">Забыли пароль?</a>
        </div>
      </Form>
      <div class="actions sign-in-other">
        <a class="button button-second" href="/api/auth/esia/login" onClick={rememberReturn}>
          Вход через Госуслуги
        </a>
        <a class="button button-second" href="/register">
          Регистрация
        </a>
      </div>
    </>
  );
}
