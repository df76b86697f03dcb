// «Способы оплаты»: the saved cards, and how to be rid of one.
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, useQuery, useRead } from "../api/query";
import type { SavedCard } from "../api/types";
import { date } from "../format";
import { Dialog } from "../ui/dialog";
import { Empty, Failure, QueryView, Note } from "../ui/feedback";
import { Page } from "../ui/page";
import { Autopay, RULES_READ } from "./autopay";

export function CardsScreen() {
  const query = useQuery("saved-cards", () => unwrap(api.GET("/api/saved-cards")));
  const rules = useRead(RULES_READ);
  const [deleting, setDeleting] = useState<SavedCard | null>(null);
  const [deleted, setDeleted] = useState(false);
  return (
    <Page title="Способы оплаты">
      {deleted && (
        <Note tone="good" live>
          <p>Карта удалена. По ней больше ничего не спишется.</p>
        </Note>
      )}
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              Сохранённых карт нет. Чтобы сохранить карту, отметьте «Сохранить карту для следующих оплат» в
              корзине. С сохранённой карты можно включить автоплатёж.
            </Empty>
          ) : (
            <section class="card" aria-labelledby="saved-cards">
              <h2 id="saved-cards">Сохранённые карты</h2>
              <ul class="plain-list">
                {items.map((card) => (
                  <li key={card.saved_card_id} class="split">
                    <span>
                      <strong>Карта {card.masked_pan}</strong>{" "}
                      {card.expired && <span class="tag tag-bad">срок истёк</span>}
                      <br />
                      <span class="muted">
                        {[card.bank_name, card.expires_on && `действует до ${date(card.expires_on)}`]
                          .filter(Boolean)
                          .join(", ")}
                      </span>
                    </span>
                    <button
                      type="button"
                      class="button button-second"
                      onClick={() => {
                        setDeleted(false);
                        setDeleting(card);
                      }}
                    >
                      Удалить<span class="sr-only"> карту {card.masked_pan}</span>
                    </button>
                  </li>
                ))}
              </ul>
              <p class="hint">
                Номер карты хранит банк. Здесь видны только последние четыре цифры и срок действия.
              </p>
            </section>
          )
        }
      </QueryView>
      {query.data && <Autopay query={rules} cards={query.data.items} onChanged={query.reload} />}
      {deleting && (
        <DeleteCardDialog
          card={deleting}
          onClose={() => setDeleting(null)}
          onDeleted={() => {
            setDeleting(null);
            setDeleted(true);
            refresh("cart");
            refresh("autopay");
            query.reload();
          }}
        />
      )}
    </Page>
  );
}

function DeleteCardDialog(props: { card: SavedCard; onClose: () => void; onDeleted: () => void }) {
  const { card } = props;
  const deleting = useChange();
  const remove = async () => {
    const path = { saved_card_id: card.saved_card_id };
    await unwrap(api.DELETE("/api/saved-cards/{saved_card_id}", { params: { path } }));
    props.onDeleted();
  };
  return (
    <Dialog title={`Удалить карту ${card.masked_pan}?`} onClose={props.onClose}>
      <p>Банк забудет карту, и оплатить ею здесь будет нельзя. Чтобы сохранить её снова, оплатите ею.</p>
      {card.used_by.length > 0 && <p>Автоплатёж с этой карты остановится.</p>}
      {deleting.problem && <Failure problem={deleting.problem} />}
      <div class="actions">
        <button
          type="button"
          class="button button-danger"
          aria-disabled={deleting.busy}
          onClick={() => deleting.run(remove)}
        >
          Удалить карту
        </button>
        <button type="button" class="button button-second" onClick={props.onClose}>
          Отмена
        </button>
      </div>
    </Dialog>
  );
}
