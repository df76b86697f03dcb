// «Забыли пароль?»: asks for the letter with the link.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { ROUTES } from "../routes";
import { CaptchaField, captchaName, useCaptcha } from "../ui/captcha";
import { Note } from "../ui/feedback";
import { Field, RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";

export function RequestPasswordReset() {
  const form = useForm("recover", captchaName);
  const captcha = useCaptcha();
  const [email, setEmail] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo) {
    return (
      <Page key="sent" title="Проверьте почту" class="narrow">
        <Note tone="good">
          <p>
            Если учетная запись с адресом <strong>{sentTo}</strong> есть, на него отправлено письмо со ссылкой
            для нового пароля.
          </p>
          <p>Если письма нет несколько минут, посмотрите в папке «Спам».</p>
        </Note>
        <p class="actions">
          <a href={ROUTES.start}>На главную страницу</a>
        </p>
      </Page>
    );
  }
  const send = async () => {
    try {
      await unwrap(
        api.POST("/api/auth/password-resets", { body: { email: email.trim(), captcha: captcha.solved() } }),
      );
      setSentTo(email.trim());
    } catch (reason) {
      if (reason instanceof Problem && reason.status !== 0) captcha.change();
      throw reason;
    }
  };
  return (
    <Page title="Восстановление пароля" class="narrow">
      <p>
        Введите адрес электронной почты, с которым Вы регистрировались. Мы пришлём ссылку, по которой можно
        задать новый пароль.
      </p>
      <Form
        form={form}
        label="Восстановление пароля"
        check={() => ({
          email: !/^\S+@\S+\.\S+$/.test(email.trim()) && "Введите адрес электронной почты",
          captcha: !captcha.answer.trim() && "Введите код с картинки",
        })}
        act={send}
      >
        <Field
          name="email"
          label="Логин (email)"
          mark="*"
          type="email"
          inputMode="email"
          autoComplete="username"
          value={email}
          onValue={setEmail}
        />
        <CaptchaField state={captcha} />
        <div class="actions">
          <Submit>Отправить письмо</Submit>
        </div>
        <RequiredNote />
      </Form>
    </Page>
  );
}
