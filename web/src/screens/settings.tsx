// «Настройки»: Госуслуги, login, phone, mailings, devices, password and the deletion of the cabinet.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { prefetch, refresh } from "../api/query";
import type { Mailings, Profile } from "../api/types";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { Note, Spinner } from "../ui/feedback";
import { Field, PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";
import { DeleteAccountDialog } from "./delete-account";
import { Devices, DEVICES_READ } from "./devices";
import { EsiaBlock } from "./esia-block";
import { MailingsTable } from "./mailings";
import { PasswordDialog } from "./password-dialog";
import { SecurityEvents } from "./security-events";

export function SettingsScreen() {
  const { stage, profile, bindings, problem } = useSession();
  useEffect(() => {
    if (stage === "unknown") prefetch(DEVICES_READ);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  // Together: the mailings are above half of the screen.
  const ready = profile && (bindings || problem);
  return <Page title="Настройки">{ready ? <SettingsContent profile={profile} /> : <Spinner />}</Page>;
}

function SettingsContent({ profile }: { profile: Profile }) {
  const { bindings, setProfile } = useSession();
  const form = useForm("settings");
  const [email, setEmail] = useState(profile.email ?? "");
  const [phone, setPhone] = useState(profile.phone ?? "");
  const [password, setPassword] = useState("");
  const [mailings, setMailings] = useState<Record<string, Mailings>>({});
  const [saved, setSaved] = useState(false);
  const [letterTo, setLetterTo] = useState<string | null>(null);
  const [open, setOpen] = useState<"password" | "deletion" | null>(null);
  const newEmail = email.trim() !== (profile.email ?? "");

  const save = async () => {
    setSaved(false);
    if (phone.trim() !== (profile.phone ?? "")) {
      setProfile(await unwrap(api.PATCH("/api/profile", { body: { phone: phone.trim() } })));
    }
    for (const [accountId, wanted] of Object.entries(mailings)) {
      await unwrap(
        api.PUT("/api/profile/mailings/{account_id}", {
          params: { path: { account_id: accountId } },
          body: wanted,
        }),
      );
      setMailings(({ [accountId]: _saved, ...rest }) => rest);
    }
    if (newEmail) {
      await unwrap(
        api.POST("/api/profile/email-changes", {
          body: { email: email.trim(), ...(password ? { password } : {}) },
        }),
      );
      setLetterTo(email.trim());
      setPassword("");
      setEmail(profile.email ?? "");
    } else setSaved(true);
    refresh("home");
  };
  return (
    <>
      <EsiaBlock profile={profile} />
      <Form
        form={form}
        label="Настройки"
        check={() => ({
          email: newEmail && !/^\S+@\S+\.\S+$/.test(email.trim()) && "Введите адрес электронной почты",
          password:
            newEmail && profile.has_password && !password && "Чтобы сменить адрес, введите текущий пароль",
        })}
        act={save}
      >
        <section class="card" aria-labelledby="contacts">
          <h2 id="contacts">Вход и связь</h2>
          <Field
            name="email"
            label="Логин/Email:"
            type="email"
            inputMode="email"
            autoComplete="email"
            value={email}
            onValue={setEmail}
          />
          {profile.email_problem && (
            <Note tone="warn">
              <p>
                Письма на этот адрес не доходят, и мы их больше не отправляем. Проверьте адрес или укажите
                другой.
              </p>
            </Note>
          )}
          {profile.pending_email && (
            <Note tone="info">
              <p>
                Ждём подтверждения нового адреса <strong>{profile.pending_email}</strong>: перейдите по ссылке
                из письма.
              </p>
            </Note>
          )}
          {newEmail && profile.has_password && (
            <PasswordField
              name="password"
              label="Текущий пароль"
              mark="*"
              autoComplete="current-password"
              hint="Нужен, чтобы сменить адрес."
              value={password}
              onValue={setPassword}
            />
          )}
          <Field
            name="phone"
            label="Сотовый телефон:"
            type="tel"
            inputMode="tel"
            autoComplete="tel"
            value={phone}
            onValue={setPhone}
          />
          <button type="button" class="button button-second" onClick={() => setOpen("password")}>
            Сменить пароль
          </button>
        </section>
        <section class="card" aria-labelledby="mailings">
          <h2 id="mailings">Рассылка уведомлений</h2>
          <MailingsTable
            bindings={bindings ?? []}
            changed={mailings}
            onChange={(accountId, wanted) => {
              setSaved(false);
              setMailings({ ...mailings, [accountId]: wanted });
            }}
          />
          <p>
            О чём сообщать почтой, а о чём сразу на телефон или компьютер:{" "}
            <a href={ROUTES.notifications}>уведомления</a>
          </p>
        </section>
        {saved && (
          <Note tone="good" live>
            <p>Изменения сохранены.</p>
          </Note>
        )}
        <div class="actions">
          <Submit busy="Сохраняем…">Сохранить изменения</Submit>
        </div>
      </Form>
      <section class="card" aria-labelledby="paying">
        <h2 id="paying">Способы оплаты</h2>
        <p>
          <a href={ROUTES.cards}>Сохранённые карты и автоплатёж</a>
        </p>
      </section>
      <Devices />
      <SecurityEvents />
      <section class="card" aria-labelledby="calendar">
        <h2 id="calendar">Календарь</h2>
        <p>
          Дни передачи показаний, оплаты и поверки — в календаре Вашего телефона.{" "}
          <a href={ROUTES.calendar}>Ссылка на календарь</a>
        </p>
      </section>
      <section class="card" aria-labelledby="programs">
        <h2 id="programs">Доступ для программ</h2>
        <p>
          Умный дом или Ваша таблица могут сами узнавать начисления и передавать показания.{" "}
          <a href={ROUTES.accessTokens}>Токены для программ</a>
        </p>
      </section>
      <section class="card" aria-labelledby="own-data">
        <h2 id="own-data">Мои данные</h2>
        <p>
          Всё, что о Вас хранит личный кабинет, одним архивом.{" "}
          <a href={ROUTES.ownData}>Скачать все мои данные</a>
        </p>
      </section>
      <section class="card" aria-labelledby="deletion">
        <h2 id="deletion">Удаление личного кабинета</h2>
        <p>Лицевые счета будут отвязаны, история оплат сохранится у расчетной организации.</p>
        <button type="button" class="button button-danger" onClick={() => setOpen("deletion")}>
          Удалить личный кабинет
        </button>
      </section>
      {open === "password" && <PasswordDialog profile={profile} onClose={() => setOpen(null)} />}
      {open === "deletion" && <DeleteAccountDialog profile={profile} onClose={() => setOpen(null)} />}
      {letterTo && (
        <Dialog title="Подтвердите новый адрес" onClose={() => setLetterTo(null)}>
          <p>
            На адрес <strong>{letterTo}</strong> отправлена ссылка. Перейдите по ней для завершения процесса
            изменения логина учетной записи. До этого входите с прежним адресом.
          </p>
          <div class="actions">
            <button type="button" class="button button-main" onClick={() => setLetterTo(null)}>
              Понятно
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
