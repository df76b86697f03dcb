// «Вход в личный кабинет»: by login and password or through Госуслуги. Used on the start page and wherever a session ended.
import { useState } from "preact/hooks";
import { Problem } from "../api/problem";
import { ESIA, ROUTES } from "../routes";
import { saveReturnUrl, useSession } from "../session-context";
import { useSite } from "../shell/site";
import { CaptchaField, captchaName, useCaptcha } from "../ui/captcha";
import { Field, PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { privateScreens } from "./lazy-screens";
import "./sign-in.css";

export function SignInForm({ onDone }: { onDone?: () => void }) {
  const { signIn } = useSession();
  const form = useForm("sign-in", captchaName);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [captchaWanted, setCaptchaWanted] = useState(false);
  const captcha = useCaptcha(captchaWanted);
  // Nearly everywhere this sign-in exists, so its space is not left empty until that is known.
  const esia = useSite()?.esia ?? true;
  const enter = async () => {
    const solved = captchaWanted ? { captcha: captcha.solved() } : {};
    try {
      await signIn({ email: email.trim(), password, ...solved });
      onDone?.();
    } catch (reason) {
      if (reason instanceof Problem && reason.has("captcha_required")) setCaptchaWanted(true);
      if (captchaWanted && reason instanceof Problem && reason.status !== 0) captcha.change();
      throw reason;
    }
  };
  return (
    // The screens behind the sign-in are loaded while the password is typed.
    <div class="stack" onFocusIn={privateScreens.preload}>
      <div class="sign-in-first">
        {esia ? (
          <a class="button button-second" href={ESIA.login} onClick={saveReturnUrl}>
            Вход через Госуслуги
          </a>
        ) : (
          <p>Введите логин и пароль, с которыми регистрировались.</p>
        )}
        {esia && <p class="sign-in-or">или по логину и паролю</p>}
      </div>
      <Form
        form={form}
        label="Вход в личный кабинет"
        check={() => ({
          email: !email.trim() && "Введите логин (email)",
          password: !password && "Введите пароль",
          captcha: captchaWanted && captcha.captcha && !captcha.answer.trim() && "Введите код с картинки",
        })}
        act={enter}
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
        {captchaWanted && <CaptchaField state={captcha} />}
        <div class="actions">
          <Submit busy="Входим…">Вход</Submit>
          <a href={ROUTES.recover}>Забыли пароль?</a>
        </div>
      </Form>
      <div class="actions sign-in-other">
        <a class="button button-second" href={ROUTES.register}>
          Регистрация
        </a>
      </div>
    </div>
  );
}
