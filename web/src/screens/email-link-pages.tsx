// The pages that letters lead to. Each acts by a button: a mail scanner that opens the link must not use up its token.
import { useLocation } from "preact-iso";
import { type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import { dayInWords } from "../format";
import { ROUTES } from "../routes";
import { popRegistered, useSession } from "../session-context";
import { Note, Spinner } from "../ui/feedback";
import { PasswordField, RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";
import { MIN_PASSWORD, passwordErrors } from "./register";
import { SignInForm } from "./sign-in";

function useToken(): string {
  return useLocation().query["token"] ?? "";
}

function LinkPage(props: {
  title: string;
  ask: ComponentChildren;
  button: string;
  done: ComponentChildren;
  /** What is to be done after it, below the word about it. */
  next?: ComponentChildren;
  act: (token: string) => Promise<unknown>;
}) {
  const token = useToken();
  const form = useForm("link");
  const [done, setDone] = useState(false);
  return (
    <Page title={props.title} class="narrow">
      {done ? (
        <>
          <Note tone="good" live>
            {props.done}
          </Note>
          {props.next}
        </>
      ) : !token ? (
        <Note tone="bad">
          <p>Ссылка неполная. Откройте её из письма ещё раз или скопируйте целиком.</p>
        </Note>
      ) : (
        <Form
          form={form}
          act={async () => {
            await props.act(token);
            setDone(true);
          }}
        >
          <p>{props.ask}</p>
          <div class="actions">
            <Submit busy="Подождите…">{props.button}</Submit>
          </div>
        </Form>
      )}
    </Page>
  );
}

/** Where the form was filled in, the link signs in; on another device, or later, the password is asked for. */
export function Activate() {
  const { route } = useLocation();
  const { stage, startSession } = useSession();
  const [entered, setEntered] = useState(false);
  useEffect(() => {
    if (entered && stage === "signed-in") route(ROUTES.bind, true);
    // `route` is another after each change of the address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [entered, stage]);
  const isOpening = entered && (stage === "unknown" || stage === "signed-in");
  return (
    <LinkPage
      title="Активация учетной записи"
      ask="Остался последний шаг: подтвердите, что адрес электронной почты принадлежит Вам."
      button="Активировать аккаунт"
      act={async (token) => {
        await unwrap(api.POST("/api/auth/activations", { body: { token } }));
        if (!popRegistered() || stage !== "guest") return;
        startSession();
        setEntered(true);
      }}
      done={
        <p>Учетная запись активирована. {!isOpening && "Войдите и привяжите лицевой счет из квитанции."}</p>
      }
      next={
        isOpening ? (
          <Spinner>Открываем личный кабинет…</Spinner>
        ) : (
          <SignInForm onDone={() => route(ROUTES.bind)} />
        )
      }
    />
  );
}

export function AutopayOff() {
  const token = useToken();
  const rule = useQuery(token ? `autopay-off:${token}` : null, () =>
    unwrap(api.GET("/api/autopay/off", { params: { query: { token } } })),
  );
  const account = rule.data ? ` лицевого счёта № ${rule.data.number}` : "";
  return (
    <LinkPage
      title="Выключить автоплатёж"
      ask={`После выключения автоплатежа${account} ничего не спишется, в том числе то, что уже запланировано. Входить не нужно.`}
      button="Выключить автоплатёж"
      act={(token) => unwrap(api.POST("/api/autopay/off", { body: { token } }))}
      done={<p>Автоплатёж выключен. По нему больше ничего не спишется.</p>}
    />
  );
}

export function AutopaySkip() {
  const token = useToken();
  const charge = useQuery(token ? `autopay-skip:${token}` : null, () =>
    unwrap(api.GET("/api/autopay/skip", { params: { query: { token } } })),
  );
  const which = charge.data
    ? `назначенное на ${dayInWords(charge.data.on)} за лицевой счёт № ${charge.data.number}`
    : "о котором сказано в письме";
  return (
    <LinkPage
      title="Пропустить списание"
      ask={`Списание, ${which}, не состоится. Эту квитанцию Вы оплатите сами, следующую — снова автоплатёж. Входить не нужно.`}
      button="Пропустить списание"
      act={(token) => unwrap(api.POST("/api/autopay/skip", { body: { token } }))}
      done={<p>Списание пропущено. Автоплатёж остался включён.</p>}
    />
  );
}

export function ConfirmEmail() {
  return (
    <LinkPage
      title="Смена адреса электронной почты"
      ask="Подтвердите новый адрес электронной почты. После этого он станет логином для входа."
      button="Подтвердить адрес"
      act={async (token) => {
        await unwrap(api.POST("/api/profile/email-changes/confirm", { body: { token } }));
        refresh("home");
      }}
      done={
        <>
          <p>Адрес изменён. Теперь это Ваш логин.</p>
          <p class="actions">
            <a href={ROUTES.start}>Перейти в личный кабинет</a>
          </p>
        </>
      }
    />
  );
}

export function Unsubscribe() {
  const token = useToken();
  const mailing = useQuery(token ? `mailing:${token}` : null, () =>
    unwrap(api.GET("/api/notices/unsubscribe", { params: { query: { token } } })),
  );
  const name = mailing.data ? `рассылки «${mailing.data.title}»` : "этой рассылки";
  return (
    <LinkPage
      title="Отказ от рассылки"
      ask={`Вы больше не будете получать письма ${name}. Вернуть её можно в настройках личного кабинета.`}
      button="Отписаться"
      act={(token) => unwrap(api.POST("/api/notices/unsubscribe", { params: { query: { token } } }))}
      done={<p>Вы отписались. Писем этой рассылки больше не будет.</p>}
    />
  );
}

export function ResetPassword() {
  const token = useToken();
  const { clearSession } = useSession();
  const form = useForm("reset");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [done, setDone] = useState(false);
  return (
    <Page title="Новый пароль" class="narrow">
      {done ? (
        <Note tone="good" live>
          <p>Пароль изменён. Все прежние сеансы завершены — войдите с новым паролем.</p>
          <p>
            <a class="button button-main" href={ROUTES.start}>
              Войти в личный кабинет
            </a>
          </p>
        </Note>
      ) : (
        <Form
          form={form}
          label="Новый пароль"
          check={() => passwordErrors(password, again)}
          act={async () => {
            await unwrap(api.POST("/api/auth/password-resets/confirm", { body: { token, password } }));
            clearSession();
            setDone(true);
          }}
        >
          <PasswordField
            name="password"
            label="Новый пароль"
            mark="*"
            autoComplete="new-password"
            hint={`Не короче ${MIN_PASSWORD} знаков.`}
            value={password}
            onValue={setPassword}
          />
          <PasswordField
            name="again"
            label="Новый пароль еще раз"
            mark="*"
            autoComplete="new-password"
            value={again}
            onValue={setAgain}
          />
          <div class="actions">
            <Submit busy="Сохраняем…">Сохранить пароль</Submit>
          </div>
          <RequiredNote />
        </Form>
      )}
    </Page>
  );
}
