// «Привязка лицевого счета»: find it, prove it by the holder's surname, bind it.
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { refresh } from "../api/query";
import type { Candidate, Mailings } from "../api/types";
import { boundAccountRoute, ROUTES } from "../routes";
import { useSession } from "../session-context";
import { AgreementField, Paragraphs } from "../ui/consent";
import { Note } from "../ui/feedback";
import { Checkbox, Field, RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";
import { MAILING_KINDS } from "./mailings";

export function AddAccountScreen() {
  const form = useForm("search");
  const [accountNumber, setAccountNumber] = useState("");
  const [house, setHouse] = useState("");
  const [flat, setFlat] = useState("");
  const [candidates, setCandidates] = useState<Candidate[] | null>(null);
  const find = async () => {
    setCandidates(null);
    const body = {
      account_number: accountNumber.trim(),
      house: house.trim(),
      ...(flat.trim() ? { flat: flat.trim() } : {}),
    };
    setCandidates((await unwrap(api.POST("/api/bindings/search", { body }))).candidates);
  };
  return (
    <Page title="Привязка лицевого счета" class="narrow" atOnce>
      <Form
        form={form}
        label="Поиск лицевого счета"
        check={() => ({
          account_number: !accountNumber.trim() && "Введите номер лицевого счета",
          house: !house.trim() && "Введите № дома",
        })}
        act={find}
      >
        <Field
          name="account_number"
          label="Лицевой счет"
          mark="*"
          autoComplete="off"
          autocapitalize="none"
          spellcheck={false}
          hint="Номер указан в квитанции."
          value={accountNumber}
          onValue={setAccountNumber}
        />
        <div class="field-pair">
          <Field name="house" label="№ дома:" mark="*" autoComplete="off" value={house} onValue={setHouse} />
          <Field
            name="flat"
            label="№ квартиры:"
            mark="**"
            autoComplete="off"
            value={flat}
            onValue={setFlat}
          />
        </div>
        <div class="actions">
          <Submit class={candidates?.length ? "button-second" : "button-main"} busy="Ищем…">
            Найти
          </Submit>
          <a class="button button-second" href={ROUTES.accounts}>
            Отмена
          </a>
        </div>
        <RequiredNote flat />
      </Form>
      {candidates?.length === 0 && (
        <Note tone="warn" live>
          <p>Лицевой счет не найден. Проверьте номер, дом и квартиру по квитанции.</p>
        </Note>
      )}
      {candidates && candidates.length > 0 && (
        <ConfirmAccountForm key={candidates[0]?.candidate} candidates={candidates} />
      )}
    </Page>
  );
}

function ConfirmAccountForm({ candidates }: { candidates: Candidate[] }) {
  const { route } = useLocation();
  const { bindings, profile, chooseAccount } = useSession();
  const form = useForm("check");
  const [chosen, setChosen] = useState(candidates[0]);
  const [surname, setSurname] = useState("");
  const [wanted, setPrimary] = useState<boolean | null>(null);
  const primary = wanted ?? bindings?.length === 0;
  // Of the text that was shown: another supplier's, or a text that has changed, is another one.
  const [agreedTo, setAgreedTo] = useState("");
  const consent = chosen?.consent;
  const agreed = Boolean(consent) && agreedTo === consent?.version;
  // Asked once: the answer holds for what is bound later, and is changed in the settings.
  const isFirst = bindings?.length === 0;
  const [mailings, setMailings] = useState<Mailings>({ receipts: false, reminders: false, notices: false });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const bind = async () => {
    let bound = "";
    try {
      const { account_id } = await unwrap(
        api.POST("/api/bindings", {
          body: {
            candidate: chosen?.candidate ?? "",
            surname: surname.trim(),
            primary,
            ...(consent ? { consent: { version: consent.version } } : {}),
            ...(isFirst ? { mailings } : {}),
          },
        }),
      );
      bound = account_id;
      if (primary) chooseAccount(account_id);
    } catch (reason) {
      // The answer of the first try was lost: the account is bound, which is what was asked for.
      if (!(reason instanceof Problem && reason.code === "already_bound" && form.problem?.temporary))
        throw reason;
    }
    refresh();
    route(primary ? ROUTES.summary : boundAccountRoute(bound));
  };
  return (
    <section class="card" aria-labelledby="found-account">
      <h2 id="found-account" ref={heading} tabIndex={-1}>
        Лицевой счет найден
      </h2>
      <Form
        form={form}
        label="Проверка лицевого счета"
        check={() => ({
          surname: !surname.trim() && "Введите фамилию собственника или нанимателя",
          consent: Boolean(consent) && !agreed && "Без согласия привязать этот лицевой счет нельзя",
        })}
        act={bind}
      >
        {candidates.length === 1 ? (
          <p>
            Поставщик: <strong>{chosen?.supplier_name}</strong>
          </p>
        ) : (
          <fieldset class="choices">
            <legend>Поставщик</legend>
            {candidates.map((candidate, index) => (
              <div class="check" key={candidate.candidate}>
                <input
                  type="radio"
                  id={`supplier-${index}`}
                  name="supplier"
                  checked={candidate === chosen}
                  onChange={() => setChosen(candidate)}
                />
                <label for={`supplier-${index}`}>{candidate.supplier_name}</label>
              </div>
            ))}
          </fieldset>
        )}
        <Field
          name="surname"
          label="Вид проверки: фамилия собственника/нанимателя"
          mark="*"
          autoComplete="off"
          autocapitalize="words"
          value={surname}
          onValue={setSurname}
        />
        <Checkbox
          name="primary"
          label="Выбрать лицевой счет как основной"
          checked={primary}
          onChecked={setPrimary}
        />
        {isFirst && profile?.email && (
          <fieldset class="choices">
            <legend>О чём присылать письма на {profile.email}</legend>
            {MAILING_KINDS.map(([kind, title]) => (
              <Checkbox
                key={kind}
                name={kind}
                label={title}
                checked={mailings[kind]}
                onChecked={(checked) => setMailings({ ...mailings, [kind]: checked })}
              />
            ))}
            <p class="hint">
              Об авариях и отключениях пишем всегда. Выбор будет действовать и для лицевых счетов, которые Вы
              привяжете потом; изменить его можно в настройках.
            </p>
          </fieldset>
        )}
        {consent && (
          <AgreementField
            label={`Согласен на обработку своих персональных данных: ${chosen.supplier_name}`}
            title={consent.title}
            checked={agreed}
            onChecked={(checked) => setAgreedTo(checked ? consent.version : "")}
          >
            <Paragraphs text={consent.text} />
          </AgreementField>
        )}
        <div class="actions">
          <Submit busy="Привязываем…">+ Привязать лицевой счет</Submit>
        </div>
      </Form>
    </section>
  );
}
