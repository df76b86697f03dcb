// «Регистрация»: the letter with the link finishes it.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { ROUTES } from "../routes";
import { saveRegistered } from "../session-context";
import { CaptchaField, captchaName, useCaptcha } from "../ui/captcha";
import { ConsentField, useConsent } from "../ui/consent";
import { Note } from "../ui/feedback";
import { Field, PasswordField, RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";

export const MIN_PASSWORD = 8;

/** What is wrong with a new password typed twice. */
export function passwordErrors(
  password: string,
  again: string,
): { password: string | false; again: string | false } {
  return {
    password:
      password.length < MIN_PASSWORD &&
      (password ? `Пароль короче ${MIN_PASSWORD} знаков` : "Придумайте пароль"),
    again: password !== again && "Пароли не совпадают. Введите тот же пароль ещё раз",
  };
}

export function Register() {
  const form = useForm("register", captchaName);
  const consent = useConsent();
  const [captchaAsked, setCaptchaAsked] = useState(false);
  /** After misses, as the server finds; at once where the installation wants it. */
  const captchaWanted = captchaAsked || (consent.data?.captcha_at_registration ?? false);
  const captcha = useCaptcha(captchaWanted);
  /** The manual's second field, where the installation wants it; else the password can be shown. */
  const twice = consent.data?.repeat_password ?? false;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [phone, setPhone] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [sentTo, setSentTo] = useState<string | null>(null);

  if (sentTo) {
    return (
      <Page key="sent" title="Проверьте почту" class="narrow">
        <Note tone="good">
          <p>
            На адрес <strong>{sentTo}</strong> отправлено письмо со ссылкой. Перейдите по ней, чтобы завершить
            создание учетной записи.
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
    // A user who is quicker than the consent's text has not read it, and agrees to the one in force.
    const { version } = consent.data ?? (await unwrap(api.GET("/api/auth/consent")));
    const body = {
      email: email.trim(),
      password,
      phone: phone.trim(),
      ...(captchaWanted ? { captcha: captcha.solved() } : {}),
      consent: { version },
    };
    try {
      await unwrap(api.POST("/api/auth/registrations", { body }));
      saveRegistered();
      setSentTo(body.email);
      scrollTo(0, 0);
    } catch (reason) {
      // The picture is good for one try, whatever the answer was; only a lost connection leaves it unused.
      if (captchaWanted && reason instanceof Problem && reason.status !== 0) captcha.change();
      if (reason instanceof Problem && reason.has("captcha_required")) setCaptchaAsked(true);
      if (reason instanceof Problem && reason.has("consent_outdated")) {
        setAgreed(false);
        consent.reload();
      }
      throw reason;
    }
  };
  return (
    <Page title="Регистрация" class="narrow">
      <Form
        form={form}
        label="Регистрация"
        check={() => ({
          email:
            !/^\S+@\S+\.\S+$/.test(email.trim()) &&
            "Введите адрес электронной почты, например ivanov@mail.ru",
          ...passwordErrors(password, twice ? again : password),
          phone:
            phone.replace(/\D/g, "").length < 10 &&
            "Введите номер сотового телефона, например +7 912 345-67-89",
          captcha: captchaWanted && captcha.captcha && !captcha.answer.trim() && "Введите код с картинки",
          consent: !agreed && "Без согласия на обработку персональных данных зарегистрироваться нельзя",
        })}
        act={send}
      >
        <Field
          name="email"
          label="Логин (email)"
          mark="*"
          type="email"
          inputMode="email"
          autoComplete="email"
          hint="На этот адрес придёт письмо со ссылкой."
          value={email}
          onValue={setEmail}
        />
        <PasswordField
          name="password"
          label="Пароль"
          mark="*"
          autoComplete="new-password"
          hint={`Не короче ${MIN_PASSWORD} знаков. Хорошо подойдут несколько слов подряд.`}
          value={password}
          onValue={setPassword}
        />
        {twice && (
          <PasswordField
            name="again"
            label="Пароль еще раз"
            mark="*"
            autoComplete="new-password"
            value={again}
            onValue={setAgain}
          />
        )}
        <Field
          name="phone"
          label="Сотовый телефон"
          mark="*"
          type="tel"
          inputMode="tel"
          autoComplete="tel"
          value={phone}
          onValue={setPhone}
        />
        {captchaWanted && <CaptchaField state={captcha} />}
        <ConsentField consent={consent} checked={agreed} onChecked={setAgreed} />
        <div class="actions">
          <Submit>Отправить письмо для активации аккаунта</Submit>
        </div>
        <RequiredNote />
      </Form>
      {form.problem?.has("email_taken") && (
        <Note tone="info" live>
          <p>
            Войдите с этим адресом <a href={ROUTES.start}>на главной странице</a> или{" "}
            <a href={ROUTES.recover}>восстановите пароль</a>.
          </p>
        </Note>
      )}
    </Page>
  );
}
