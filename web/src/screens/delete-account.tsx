// «Удаление личного кабинета»: the warning, the password, «Подтвердить».
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import type { Profile } from "../api/types";
import { ESIA, ROUTES } from "../routes";
import { saveReturnUrl, useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { PasswordField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";

export function DeleteAccountDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const { clearSession } = useSession();
  const { route } = useLocation();
  const form = useForm("deletion");
  const [password, setPassword] = useState("");
  const remove = async () => {
    await unwrap(api.DELETE("/api/profile", { body: password ? { password } : {} }));
    clearSession();
    route(ROUTES.start, true);
  };
  return (
    <Dialog title="Удаление личного кабинета" onClose={onClose}>
      <p>
        <strong>
          Удалить личный кабинет и привязки лицевых счетов? Данное действие отменить будет невозможно.
        </strong>
      </p>
      <p class="hint">
        Оплаты, переданные показания и заявки сохранятся у организаций, которые ведут Ваши лицевые счета.
      </p>
      <Form
        form={form}
        label="Удаление личного кабинета"
        check={() => ({ password: profile.has_password && !password && "Введите пароль" })}
        act={remove}
      >
        {profile.has_password ? (
          <PasswordField
            name="password"
            label="Пароль"
            mark="*"
            autoComplete="current-password"
            value={password}
            onValue={setPassword}
          />
        ) : (
          <p class="hint">
            Чтобы подтвердить удаление,{" "}
            <a href={ESIA.login} onClick={saveReturnUrl}>
              войдите через Госуслуги
            </a>{" "}
            ещё раз и вернитесь сюда.
          </p>
        )}
        <div class="actions">
          <Submit class="button-danger" busy="Удаляем…">
            Подтвердить
          </Submit>
          <button type="button" class="button button-second" onClick={onClose}>
            Отмена
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
