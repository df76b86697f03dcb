// The rule of one flat's autopay: which card, at most how much, when, and the consent to it.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { AutopayRule, Binding, SavedCard } from "../api/types";
import { amount, typedKopecks } from "../format";
import { Paragraphs } from "../ui/consent";
import { Dialog } from "../ui/dialog";
import { QueryView } from "../ui/feedback";
import { Checkbox, Field } from "../ui/fields";
import { ErrorSummary, Form, Submit, useForm } from "../ui/form";
import "./autopay.css";

const DAYS = Array.from({ length: 31 }, (_, index) => index + 1);
const USUAL_LIMIT = 10_000_00;

export function AutopayForm(props: {
  binding: Binding;
  rule: AutopayRule | undefined;
  cards: SavedCard[];
  onClose: () => void;
  onDone: () => void;
}) {
  const { binding, rule, cards } = props;
  const form = useForm("autopay");
  const consent = useQuery("autopay-consent", () => unwrap(api.GET("/api/autopay/consent")));
  const [card, setCard] = useState(
    cards.find((one) => one.saved_card_id === rule?.saved_card_id)?.saved_card_id ??
      cards[0]?.saved_card_id ??
      "",
  );
  const [limit, setLimit] = useState(amount(rule?.limit ?? USUAL_LIMIT));
  const [when, setWhen] = useState<AutopayRule["when"]>(rule?.when ?? "receipt");
  const [day, setDay] = useState(rule?.day ?? 10);
  const [preliminary, setPreliminary] = useState(rule?.with_preliminary ?? false);
  const [agreed, setAgreed] = useState(false);
  const typed = typedKopecks(limit);
  const save = async () => {
    await unwrap(
      api.PUT("/api/autopay/{account_id}", {
        params: { path: { account_id: binding.account_id } },
        body: {
          enabled: true,
          saved_card_id: card,
          limit: typed ?? 0,
          when,
          ...(when === "day" ? { day } : {}),
          with_preliminary: preliminary,
          consent_version: consent.data?.version ?? "",
        },
      }),
    );
    props.onDone();
  };
  return (
    <Dialog title={`Автоплатёж: ${binding.address}`} onClose={props.onClose}>
      <Form
        form={form}
        label="Автоплатёж"
        check={() => ({
          limit: !typed && "Введите сумму в рублях",
          consent: !agreed && "Чтобы включить автоплатёж, нужно согласие",
        })}
        act={save}
      >
        <ErrorSummary form={form} />
        <fieldset class="choices">
          <legend>С какой карты</legend>
          {cards.map((one) => (
            <div class="check" key={one.saved_card_id}>
              <input
                type="radio"
                id={`autopay-card-${one.saved_card_id}`}
                name="autopay-card"
                checked={card === one.saved_card_id}
                onChange={() => setCard(one.saved_card_id)}
              />
              <label for={`autopay-card-${one.saved_card_id}`}>Карта {one.masked_pan}</label>
            </div>
          ))}
        </fieldset>
        <Field
          name="limit"
          label="Не больше, руб. за одно списание"
          hint="Если к оплате больше, деньги не спишутся, и мы об этом напишем."
          inputMode="decimal"
          value={limit}
          onValue={setLimit}
        />
        <fieldset class="choices">
          <legend>Когда списывать</legend>
          <div class="check">
            <input
              type="radio"
              id="autopay-receipt"
              name="autopay-when"
              checked={when === "receipt"}
              onChange={() => setWhen("receipt")}
            />
            <label for="autopay-receipt">На следующий день после прихода квитанции</label>
          </div>
          <div class="check">
            <input
              type="radio"
              id="autopay-day"
              name="autopay-when"
              checked={when === "day"}
              onChange={() => setWhen("day")}
            />
            <label for="autopay-day">В выбранный день месяца</label>
          </div>
        </fieldset>
        {when === "day" && (
          <div class="field">
            <label for="autopay-day-number">День месяца</label>
            <select
              class="autopay-day"
              id="autopay-day-number"
              value={day}
              onChange={(event) => setDay(Number(event.currentTarget.value))}
            >
              {DAYS.map((number) => (
                <option key={number} value={number}>
                  {number === 31 ? "последний" : number}
                </option>
              ))}
            </select>
          </div>
        )}
        <Checkbox
          name="preliminary"
          label="Вместе с предварительным начислением"
          checked={preliminary}
          onChecked={setPreliminary}
        />
        <details>
          <summary>Текст согласия</summary>
          <QueryView query={consent} reserve={120}>
            {({ text }) => <Paragraphs text={text} />}
          </QueryView>
        </details>
        <Checkbox
          name="consent"
          mark="*"
          label="Согласен на списания без моего участия"
          checked={agreed}
          onChecked={setAgreed}
        />
        <div class="actions">
          <Submit busy="Сохраняем…">{rule?.enabled ? "Сохранить" : "Включить автоплатёж"}</Submit>
          <button type="button" class="button button-second" onClick={props.onClose}>
            Отмена
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
