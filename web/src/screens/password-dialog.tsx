// «Смена пароля».
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import type { Profile } from "../api/types";
import { Dialog } from "../ui/dialog";
import { Note } from "../ui/feedback";
import { PasswordField, RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { MIN_PASSWORD, passwordErrors } from "./register";

export function PasswordDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const form = useForm("password");
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [done, setDone] = useState(false);
  const change = async () => {
    await unwrap(
      api.POST("/api/profile/password", {
        body: { new: fresh, ...(profile.has_password ? { current } : {}) },
      }),
    );
    setDone(true);
    refresh("devices");
    refresh("home");
  };
  return (
    <Dialog title="Смена пароля" onClose={onClose}>
      {done ? (
        <>
          <Note tone="good" live>
            <p>Пароль изменён. На других устройствах нужно будет войти заново.</p>
          </Note>
          <div class="actions">
            <button type="button" class="button button-main" onClick={onClose}>
              Понятно
            </button>
          </div>
        </>
      ) : (
        <Form
          form={form}
          label="Смена пароля"
          check={() => {
            const mistakes = passwordErrors(fresh, again);
            return {
              current: profile.has_password && !current && "Введите текущий пароль",
              new: mistakes.password,
              again: mistakes.again,
            };
          }}
          act={change}
        >
          {profile.has_password && (
            <PasswordField
              name="current"
              label="Текущий пароль"
              mark="*"
              autoComplete="current-password"
              value={current}
              onValue={setCurrent}
            />
          )}
          <PasswordField
            name="new"
            label="Новый пароль"
            mark="*"
            autoComplete="new-password"
            hint={`Не короче ${MIN_PASSWORD} знаков.`}
            value={fresh}
            onValue={setFresh}
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
            <Submit busy="Сохраняем…">Сменить пароль</Submit>
            <button type="button" class="button button-second" onClick={onClose}>
              Отмена
            </button>
          </div>
          <RequiredNote />
        </Form>
      )}
    </Dialog>
  );
}
