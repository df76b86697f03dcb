// Asks for the surname again after a registry has named another holder: nothing else of the account is shown.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import type { Binding } from "../api/types";
import { date } from "../format";
import { ROUTES } from "../routes";
import { Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";

export function ConfirmHolder({ account }: { account: Binding }) {
  const form = useForm("holder");
  const [surname, setSurname] = useState("");
  const confirm = async () => {
    await unwrap(
      api.POST("/api/bindings/{account_id}/confirmation", {
        params: { path: { account_id: account.account_id } },
        body: { surname: surname.trim() },
      }),
    );
    refresh();
  };
  return (
    <div class="stack">
      <Note tone="info">
        <p>
          По сведениям организации, у лицевого счета сменился собственник (наниматель). Укажите его фамилию,
          чтобы снова видеть начисления, передавать показания и платить.
        </p>
        <p>Если лицевой счет больше не Ваш, отвяжите его на странице «Выбор лицевого счета».</p>
        {account.history_until && (
          <p>
            Расчёты до {date(account.history_until)}, до смены собственника, Вы можете посмотреть:{" "}
            <a href={ROUTES.services}>услуги</a>, <a href={ROUTES.charges}>начисления</a>,{" "}
            <a href={ROUTES.payments}>оплаты</a>.
          </p>
        )}
      </Note>
      <Form
        form={form}
        label="Подтверждение собственника"
        check={() => ({ surname: !surname.trim() && "Введите фамилию собственника или нанимателя" })}
        act={confirm}
      >
        <Field
          name="surname"
          label="Фамилия собственника (нанимателя)"
          autocapitalize="words"
          autoComplete="off"
          hint="У организации — название или ИНН."
          value={surname}
          onValue={setSurname}
        />
        <div class="actions">
          <Submit busy="Проверяем…">Подтвердить</Submit>
        </div>
      </Form>
    </div>
  );
}
