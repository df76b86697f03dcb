// «Сотрудники»: who works at the desk, invitations, the end of access.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { useQuery } from "../api/query";
import { InlineFailure, Loaded, Note } from "../ui/feedback";
import { Checkbox, Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row, Table } from "../ui/table";
import { date as day } from "../format";
import { useGatedChange } from "./code-gate";
import { Screen } from "./frame";
import { DESK } from "./routes";
import { useDesk } from "./session";
import type { Colleague, Role } from "./types";
import { ROLES } from "./words";

const COLUMNS = ["Сотрудник", "Роли", "Организации", "С какого дня", "Действия"].map((title) => ({ title }));

export function Staff() {
  const { me } = useDesk();
  const staff = useQuery("staff", () => ask(api.GET("/api/staff/staff")));
  const change = useGatedChange();
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = (colleague: Colleague) =>
    change.run(async () => {
      await ask(
        api.DELETE("/api/staff/staff/{staff_id}", { params: { path: { staff_id: colleague.staff_id } } }),
      );
      setRemoving(null);
      staff.reload();
    });
  return (
    <Screen title="Сотрудники">
      {change.gate}
      {change.problem && <InlineFailure problem={change.problem} />}
      <Loaded query={staff}>
        {({ items }) => (
          <Table caption="Сотрудники" hideCaption columns={COLUMNS} class="desk-table">
            {items.map((each) => (
              <Row key={each.staff_id}>
                <Cell of="Сотрудник" head>
                  {each.name || each.email}
                  {each.name && <span class="muted"> {each.email}</span>}
                </Cell>
                <Cell of="Роли">{each.roles.map((role) => ROLES[role]).join(", ")}</Cell>
                <Cell of="Организации">
                  {each.suppliers.includes("*") ? "все" : each.suppliers.join(", ")}
                </Cell>
                <Cell of="С какого дня">
                  {each.joined_at ? day(each.joined_at) : "приглашение отправлено"}
                </Cell>
                <Cell of="Действия">
                  <a href={`${DESK.audit}?who=${each.staff_id}`}>Журнал</a>{" "}
                  {each.staff_id !== me.staff_id &&
                    (removing === each.staff_id ? (
                      <>
                        <button
                          type="button"
                          class="button button-danger"
                          aria-disabled={change.busy}
                          onClick={() => remove(each)}
                        >
                          Закрыть доступ: {each.name || each.email}
                        </button>{" "}
                        <button type="button" class="button button-quiet" onClick={() => setRemoving(null)}>
                          Отмена
                        </button>
                      </>
                    ) : (
                      <button
                        type="button"
                        class="button button-quiet"
                        onClick={() => setRemoving(each.staff_id)}
                      >
                        Удалить<span class="sr-only">: {each.name || each.email}</span>
                      </button>
                    ))}
                </Cell>
              </Row>
            ))}
          </Table>
        )}
      </Loaded>
      <InvitationForm onInvited={staff.reload} />
    </Screen>
  );
}

function InvitationForm({ onInvited }: { onInvited: () => void }) {
  const { me } = useDesk();
  const form = useForm("invite");
  const change = useGatedChange();
  const all = me.suppliers.includes("*");
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Role[]>(["operator"]);
  const [suppliers, setSuppliers] = useState(all ? "" : me.suppliers.join(", "));
  const [invited, setInvited] = useState<string | null>(null);
  const invite = async () => {
    const named = suppliers.split(/[\s,]+/).filter(Boolean);
    const body = { email: email.trim(), roles, suppliers: named.length > 0 ? named : ["*"] };
    await ask(api.POST("/api/staff/staff", { body }));
    setInvited(body.email);
    setEmail("");
    onInvited();
  };
  return (
    <section class="card" aria-labelledby="invite">
      <h2 id="invite">Пригласить</h2>
      {invited && (
        <Note tone="good" live>
          <p>Приглашение отправлено: {invited}. Ссылка действует три дня.</p>
        </Note>
      )}
      {change.gate}
      {change.problem && <InlineFailure problem={change.problem} />}
      <Form
        form={form}
        label="Приглашение"
        check={() => ({
          email: !email.trim() && "Укажите адрес",
          roles: roles.length === 0 && "Выберите роль",
        })}
        act={() => {
          change.run(invite);
          return Promise.resolve();
        }}
      >
        <Field name="email" label="Адрес почты" type="email" value={email} onValue={setEmail} />
        <fieldset class="choices">
          <legend>Роли</legend>
          {(Object.keys(ROLES) as Role[]).map((role) => (
            <Checkbox
              key={role}
              name={`role-${role}`}
              label={ROLES[role]}
              checked={roles.includes(role)}
              onChecked={(checked) =>
                setRoles(checked ? [...roles, role] : roles.filter((each) => each !== role))
              }
            />
          ))}
        </fieldset>
        <Field
          name="suppliers"
          label="Организации"
          hint={all ? "Коды через запятую; пусто — все." : "Коды через запятую."}
          value={suppliers}
          onValue={setSuppliers}
        />
        <Submit>Пригласить</Submit>
      </Form>
    </section>
  );
}
