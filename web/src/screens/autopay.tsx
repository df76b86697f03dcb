// «Автоплатёж»: for each flat what is charged automatically, when, and the result.
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { type Query, refresh, useQuery } from "../api/query";
import type { AutopayRule, Binding, SavedCard } from "../api/types";
import { date, rubles, time } from "../format";
import { orderRoute } from "../routes";
import { useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { Failure, InlineFailure, QueryView } from "../ui/feedback";
import { AutopayForm } from "./autopay-form";

interface AutopayRules {
  items: AutopayRule[];
}

/** Asked for together with the cards, that it is shown beside. */
export const RULES_READ = {
  key: "autopay",
  load: (): Promise<AutopayRules> => unwrap(api.GET("/api/autopay")),
};

export function Autopay(props: { query: Query<AutopayRules>; cards: SavedCard[]; onChanged: () => void }) {
  const { query, cards, onChanged } = props;
  const { bindings } = useSession();
  const payable = (bindings ?? []).filter((binding) => binding.features.includes("payments"));
  const [setting, setSetting] = useState<Binding | null>(null);
  const usable = cards.filter((card) => !card.expired);
  const rules = query.data?.items ?? [];
  const changed = () => {
    refresh("autopay");
    onChanged();
  };
  if (usable.length === 0 && rules.length === 0) return null;
  return (
    <section class="card" aria-labelledby="autopay">
      <h2 id="autopay">Автоплатёж</h2>
      <p>
        Квитанция оплачивается с сохранённой карты сама. За день до списания придёт письмо с суммой: списание
        можно пропустить, автоплатёж — выключить.
      </p>
      <QueryView query={query}>
        {({ items }) => (
          <ul class="plain-list">
            {payable.map((binding) => (
              <li key={binding.account_id} class="stack">
                <AutopayRuleRow
                  binding={binding}
                  rule={items.find((rule) => rule.account_id === binding.account_id)}
                  cards={cards}
                  onSet={() => setSetting(binding)}
                  onChanged={changed}
                />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {setting && (
        <AutopayForm
          binding={setting}
          rule={rules.find((rule) => rule.account_id === setting.account_id)}
          cards={usable}
          onClose={() => setSetting(null)}
          onDone={() => {
            setSetting(null);
            changed();
          }}
        />
      )}
    </section>
  );
}

function AutopayRuleRow(props: {
  binding: Binding;
  rule: AutopayRule | undefined;
  cards: SavedCard[];
  onSet: () => void;
  onChanged: () => void;
}) {
  const { binding, rule } = props;
  const changing = useChange();
  const [shown, setShown] = useState(false);
  const path = { account_id: binding.account_id };
  const skip = async () => {
    await unwrap(api.POST("/api/autopay/{account_id}/skip", { params: { path } }));
    props.onChanged();
  };
  const switchOff = async () => {
    await unwrap(api.DELETE("/api/autopay/{account_id}", { params: { path } }));
    props.onChanged();
  };
  const active = rule?.enabled && !rule.suspended;
  return (
    <>
      <p>
        <strong>{binding.address}</strong>{" "}
        <span class={`tag ${active ? "tag-good" : "tag-wait"}`}>
          {active ? "включён" : rule?.suspended ? "остановлен" : "выключен"}
        </span>
        <br />
        {rule?.enabled && <span class="muted">{ruleText(rule, props.cards)}</span>}
      </p>
      {active && rule.next && (
        <p>
          Следующее списание: {date(rule.next.on)}
          {rule.next.amount !== null && `, ${rubles(rule.next.amount)}`}.
        </p>
      )}
      {active && rule.skips_next && <p>Следующее списание будет пропущено.</p>}
      {rule?.last && (
        <p class="muted">
          {date(rule.last.on)}: {rule.last.text}
        </p>
      )}
      {changing.problem && <InlineFailure problem={changing.problem} />}
      <div class="actions">
        <button type="button" class="button button-second" onClick={props.onSet}>
          {rule?.enabled ? "Изменить" : "Включить"}
          <span class="sr-only"> автоплатёж: {binding.address}</span>
        </button>
        {active && !rule.skips_next && (
          <button
            type="button"
            class="button button-second"
            aria-disabled={changing.busy}
            onClick={() => changing.run(skip)}
          >
            Пропустить<span class="sr-only"> следующее списание: {binding.address}</span>
          </button>
        )}
        {rule && (
          <button
            type="button"
            class="button button-second"
            aria-disabled={changing.busy}
            onClick={() => changing.run(switchOff)}
          >
            Выключить<span class="sr-only"> автоплатёж: {binding.address}</span>
          </button>
        )}
        {rule && (
          <button type="button" class="link" onClick={() => setShown(true)}>
            Что списано и почему
          </button>
        )}
      </div>
      {shown && <HistoryDialog binding={binding} onClose={() => setShown(false)} />}
    </>
  );
}

function ruleText(rule: AutopayRule, cards: SavedCard[]): string {
  const card = cards.find((one) => one.saved_card_id === rule.saved_card_id);
  const when =
    rule.when === "receipt"
      ? "на следующий день после прихода квитанции"
      : rule.day === 31
        ? "в последний день месяца"
        : `${rule.day}-го числа`;
  return `Карта ${card?.masked_pan ?? "удалена"}, ${when}, не больше ${rubles(rule.limit)} за раз`;
}

function HistoryDialog({ binding, onClose }: { binding: Binding; onClose: () => void }) {
  const path = { account_id: binding.account_id };
  const query = useQuery(`autopay-history:${binding.account_id}`, () =>
    unwrap(api.GET("/api/autopay/{account_id}/history", { params: { path } })),
  );
  return (
    <Dialog title={`Автоплатёж: ${binding.address}`} onClose={onClose}>
      {query.problem && <Failure problem={query.problem} />}
      <QueryView query={query} reserve={120}>
        {({ items }) =>
          items.length === 0 ? (
            <p>Списаний ещё не было.</p>
          ) : (
            <ul class="plain-list">
              {items.map((entry) => (
                <li key={entry.at}>
                  <span class="muted">{time(entry.at)}</span>
                  <br />
                  {entry.text}{" "}
                  {entry.order_id && <a href={orderRoute(entry.order_id)}>Заказ {entry.order_id}</a>}
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Dialog>
  );
}
