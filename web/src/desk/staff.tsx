// «Сотрудники»: who works at the desk, invitations, the end of access.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { InlineFailure, QueryView, Note } from "../ui/feedback";
import { Checkbox, Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { date as day } from "../format";
import { useConfirmedChange } from "./code-confirmation";
import { Screen } from "./layout";
import { LineActions } from "./line-actions";
import { ListTable } from "./lists";
import { DESK } from "./routes";
import { useDesk } from "./session-context";
import type { Colleague, Role } from "./types";
import { ROLES } from "./labels";

const COLUMNS = ["Сотрудник", "Роли", "Организации", "С какого дня", "Действия"].map((title) => ({ title }));

export function Staff() {
  const { me } = useDesk();
  const staff = useQuery("staff", () => unwrap(api.GET("/api/staff/staff")));
  const change = useConfirmedChange();
  const [changing, setChanging] = useState<Colleague | null>(null);
  const remove = (colleague: Colleague) =>
    change.run(async () => {
      await unwrap(
        api.DELETE("/api/staff/staff/{staff_id}", { params: { path: { staff_id: colleague.staff_id } } }),
      );
      staff.reload();
    });
  return (
    <Screen title="Сотрудники">
      {change.codeForm}
      {change.problem && <InlineFailure problem={change.problem} />}
      <QueryView query={staff}>
        {({ items }) => (
          <ListTable caption="Сотрудники" columns={COLUMNS}>
            {items.map((each) => (
              <Row key={each.staff_id}>
                <Cell column="Сотрудник" head>
                  {each.name || each.email}
                  {each.name && <span class="muted"> {each.email}</span>}
                </Cell>
                <Cell column="Роли">{each.roles.map((role) => ROLES[role]).join(", ")}</Cell>
                <Cell column="Организации">
                  {each.suppliers.includes("*") ? "все" : each.suppliers.join(", ")}
                </Cell>
                <Cell column="С какого дня">
                  {each.joined_at ? day(each.joined_at) : "приглашение отправлено"}
                </Cell>
                <Cell column="Действия">
                  <a href={`${DESK.audit}?who=${each.staff_id}`}>Журнал</a>{" "}
                  {each.staff_id !== me.staff_id && (
                    <LineActions
                      of={each.name || each.email}
                      busy={change.busy}
                      change="Роли"
                      onChange={() => setChanging(each)}
                      removal="Закрыть доступ"
                      onRemove={() => remove(each)}
                    />
                  )}
                </Cell>
              </Row>
            ))}
          </ListTable>
        )}
      </QueryView>
      {changing && (
        <RolesForm
          key={changing.staff_id}
          colleague={changing}
          onCancel={() => setChanging(null)}
          onDone={() => {
            setChanging(null);
            staff.reload();
          }}
        />
      )}
      <InvitationForm onInvited={staff.reload} />
    </Screen>
  );
}

interface Access {
  roles: Role[];
  suppliers: string;
}

/** What the form says of suppliers, as the desk takes it: their codes, or all. */
function parseSuppliers(typed: string): string[] {
  const named = typed.split(/[\s,]+/).filter(Boolean);
  return named.length > 0 ? named : ["*"];
}

function AccessFields(props: { access: Access; onAccess: (access: Access) => void }) {
  const { seesEverySupplier } = useDesk();
  const { access, onAccess } = props;
  const toggle = (role: Role, checked: boolean) =>
    onAccess({
      ...access,
      roles: checked ? [...access.roles, role] : access.roles.filter((each) => each !== role),
    });
  return (
    <>
      <fieldset class="choices">
        <legend>Роли</legend>
        {(Object.keys(ROLES) as Role[]).map((role) => (
          <Checkbox
            key={role}
            name={`role-${role}`}
            label={ROLES[role]}
            checked={access.roles.includes(role)}
            onChecked={(checked) => toggle(role, checked)}
          />
        ))}
      </fieldset>
      <Field
        name="suppliers"
        label="Организации"
        hint={seesEverySupplier ? "Коды через запятую; пусто — все." : "Коды через запятую."}
        value={access.suppliers}
        onValue={(suppliers) => onAccess({ ...access, suppliers })}
      />
    </>
  );
}

function RolesForm(props: { colleague: Colleague; onDone: () => void; onCancel: () => void }) {
  const { colleague } = props;
  const form = useForm("roles");
  const change = useConfirmedChange();
  const [access, setAccess] = useState<Access>({
    roles: colleague.roles,
    suppliers: colleague.suppliers.includes("*") ? "" : colleague.suppliers.join(", "),
  });
  const save = async () => {
    await unwrap(
      api.PUT("/api/staff/staff/{staff_id}/roles", {
        params: { path: { staff_id: colleague.staff_id } },
        body: { roles: access.roles, suppliers: parseSuppliers(access.suppliers) },
      }),
    );
    props.onDone();
  };
  return (
    <section class="card" aria-labelledby="roles">
      <h2 id="roles">Роли: {colleague.name || colleague.email}</h2>
      {change.codeForm}
      {change.problem && <InlineFailure problem={change.problem} />}
      <Form
        form={form}
        label="Роли сотрудника"
        check={() => ({ roles: access.roles.length === 0 && "Выберите роль" })}
        act={() => {
          change.run(save);
          return Promise.resolve();
        }}
      >
        <AccessFields access={access} onAccess={setAccess} />
        <p class="hint">Сеансы сотрудника завершатся: он войдёт снова.</p>
        <div class="actions">
          <Submit>Сохранить</Submit>
          <button type="button" class="button button-second" onClick={props.onCancel}>
            Отмена
          </button>
        </div>
      </Form>
    </section>
  );
}

function InvitationForm({ onInvited }: { onInvited: () => void }) {
  const { me, seesEverySupplier } = useDesk();
  const form = useForm("invite");
  const change = useConfirmedChange();
  const [email, setEmail] = useState("");
  const [access, setAccess] = useState<Access>({
    roles: ["operator"],
    suppliers: seesEverySupplier ? "" : me.suppliers.join(", "),
  });
  const [invited, setInvited] = useState<string | null>(null);
  const invite = async () => {
    const body = { email: email.trim(), roles: access.roles, suppliers: parseSuppliers(access.suppliers) };
    await unwrap(api.POST("/api/staff/staff", { body }));
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
      {change.codeForm}
      {change.problem && <InlineFailure problem={change.problem} />}
      <Form
        form={form}
        label="Приглашение"
        check={() => ({
          email: !email.trim() && "Укажите адрес",
          roles: access.roles.length === 0 && "Выберите роль",
        })}
        act={() => {
          change.run(invite);
          return Promise.resolve();
        }}
      >
        <Field name="email" label="Адрес почты" type="email" value={email} onValue={setEmail} />
        <AccessFields access={access} onAccess={setAccess} />
        <Submit>Пригласить</Submit>
      </Form>
    </section>
  );
}
