// A new notice: what, where, until when; whom it reaches and how its reader will see it, before it goes.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { refresh, useQuery } from "../api/query";
import { Empty, Failure, QueryView, Note } from "../ui/feedback";
import { Checkbox, Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { NoticeCard } from "../ui/notice";
import { Screen } from "./layout";
import { HousePicker } from "./houses";
import { FilterSelect } from "../ui/filter-select";
import { DESK, noticePath } from "./routes";
import { chosenSupplier, SupplierChoice, useSuppliers } from "./suppliers";
import type { NoticeTarget, Reach } from "./types";
import { NOTICE_KINDS, PLACES, recipientsCount } from "./labels";

type Kind = keyof typeof NOTICE_KINDS;
type PlaceKind = keyof typeof PLACES;

interface Place {
  kind: PlaceKind;
  houses: string[];
  first: string;
  last: string;
  accounts: string;
}

const EMPTY_PLACE: Place = { kind: "houses", houses: [], first: "", last: "", accounts: "" };

/** The place as the API takes it; null while something of it is missing. */
function placeToApi(place: Place): NoticeTarget | null {
  const accounts = place.accounts.split(/[\s,;]+/).filter(Boolean);
  const [first, last] = [place.first, place.last].map((text) => (/^\d{1,5}$/.test(text.trim()) ? +text : 0));
  switch (place.kind) {
    case "supplier":
      return { kind: "supplier", houses: [], accounts: [] };
    case "accounts":
      return accounts.length ? { kind: "accounts", houses: [], accounts } : null;
    case "entrance":
      return place.houses.length && first && last
        ? { kind: "entrance", houses: place.houses, accounts: [], first_flat: first, last_flat: last }
        : null;
    case "houses":
      return place.houses.length ? { kind: "houses", houses: place.houses, accounts: [] } : null;
  }
}

/** What a field of the computer's own clock says, with its offset. */
const toIsoTime = (local: string): string | null => (local ? new Date(local).toISOString() : null);

export function NoticeForm() {
  const { query } = useLocation();
  const suppliers = useSuppliers("notices");
  const supplier = chosenSupplier(suppliers.data, query.supplier_id);
  return (
    <Screen title="Новое уведомление">
      <QueryView query={suppliers}>
        {(items) =>
          supplier ? (
            <>
              <SupplierChoice suppliers={items} value={supplier} />
              <Editor key={supplier} supplier={supplier} />
            </>
          ) : (
            <Empty>Ни одна из ваших организаций не публикует уведомления.</Empty>
          )
        }
      </QueryView>
      <p>
        <a href={DESK.notices}>Ко всем уведомлениям</a>
      </p>
    </Screen>
  );
}

function Editor({ supplier }: { supplier: string }) {
  const { route } = useLocation();
  const form = useForm("notice", (field) => field.replace(/^where\..*/, "where"));
  const [kind, setKind] = useState<Kind>("common");
  const [place, setPlace] = useState(EMPTY_PLACE);
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [mailed, setMailed] = useState(true);
  const where = placeToApi(place);
  const asked = { supplier_id: supplier, kind, where };
  const reach = useQuery<Reach>(where ? `reach:${JSON.stringify(asked)}` : null, () =>
    unwrap(
      api.POST("/api/staff/notices/reach", {
        body: { supplier_id: supplier, kind, where: where as NoticeTarget },
      }),
    ),
  );
  const isMailed = mailed || kind === "emergency";
  const publish = async () => {
    const body = {
      supplier_id: supplier,
      kind,
      where: where as NoticeTarget,
      title: title.trim(),
      text: text.trim(),
      valid_from: toIsoTime(from),
      valid_until: toIsoTime(until),
      channels: isMailed ? ["email" as const] : [],
    };
    const header = { "Idempotency-Key": idempotencyKey("desk-notice", body) };
    const made = await unwrap(api.POST("/api/staff/notices", { params: { header }, body }));
    clearIdempotencyKey("desk-notice");
    refresh("notices:");
    route(noticePath(made.notice_id));
  };
  const put = (changes: Partial<Place>) => {
    form.clear("where");
    setPlace({ ...place, ...changes });
  };
  return (
    <Form
      form={form}
      label="Новое уведомление"
      check={() => ({
        where: !where && "Укажите, кому сообщить",
        title: !title.trim() && "Напишите заголовок",
        text: !text.trim() && "Напишите текст",
      })}
      act={publish}
    >
      <FilterSelect
        label="Вид"
        value={kind}
        options={Object.entries(NOTICE_KINDS)}
        onValue={(value) => setKind(value as Kind)}
      />
      {kind === "emergency" && (
        <Note tone="warn">
          <p>
            Письма об аварии уходят сразу и всем, в любое время суток. До завершения она видна на каждой
            странице кабинета.
          </p>
        </Note>
      )}
      <div id="notice-where" tabIndex={-1} class="stack">
        <FilterSelect
          label="Кому"
          value={place.kind}
          options={Object.entries(PLACES)}
          onValue={(value) => put({ kind: value as PlaceKind, houses: [] })}
        />
        <PlaceFields supplier={supplier} place={place} put={put} />
        {form.errors.where && <p class="mistake">{form.errors.where}</p>}
      </div>
      <Field name="title" label="Заголовок" value={title} onValue={setTitle} maxLength={200} mark="*" />
      <TextArea name="text" label="Текст" value={text} onValue={setText} maxLength={4000} mark="*" />
      <div class="filters">
        <MomentField name="valid_from" label="Начало (если известно)" value={from} onValue={setFrom} />
        <MomentField name="valid_until" label="Окончание (если известно)" value={until} onValue={setUntil} />
      </div>
      {form.errors.valid_until && <p class="mistake">{form.errors.valid_until}</p>}
      {kind !== "emergency" && (
        <Checkbox
          name="channels"
          label="Отправить и письмом тем, кто согласился на такие письма"
          checked={mailed}
          onChecked={setMailed}
        />
      )}
      <section class="stack" aria-labelledby="preview">
        <h2 id="preview">Так увидит житель</h2>
        <NoticeCard
          isNew
          open
          notice={{
            kind,
            title: title.trim() || "Заголовок",
            text: text.trim() || "Текст",
            published_at: new Date().toISOString(),
            valid_from: toIsoTime(from),
            valid_until: toIsoTime(until),
            ended_at: null,
          }}
        />
      </section>
      <section aria-labelledby="reach" aria-live="polite">
        <h2 id="reach">Кто получит</h2>
        {!where && <p class="muted">Выберите, кому сообщить.</p>}
        {where && !reach.data && !reach.problem && <p class="muted">Считаем…</p>}
        {where && reach.problem && <Failure problem={reach.problem} />}
        {where && reach.data && <ReachFacts reach={reach.data} mailed={isMailed} />}
      </section>
      <Submit busy="Публикуем…">Опубликовать</Submit>
    </Form>
  );
}

function PlaceFields(props: { supplier: string; place: Place; put: (changes: Partial<Place>) => void }) {
  const { supplier, place, put } = props;
  if (place.kind === "supplier") return null;
  if (place.kind === "accounts")
    return (
      <TextArea
        name="accounts"
        label="Номера лицевых счетов"
        hint="Через запятую или с новой строки, не больше 100."
        rows={3}
        value={place.accounts}
        onValue={(accounts) => put({ accounts })}
      />
    );
  return (
    <>
      <HousePicker
        key={place.kind}
        supplier={supplier}
        chosen={place.houses}
        single={place.kind === "entrance"}
        onChosen={(houses) => put({ houses })}
      />
      {place.kind === "entrance" && (
        <div class="filters">
          <Field
            name="first_flat"
            label="С квартиры"
            inputMode="numeric"
            maxLength={5}
            value={place.first}
            onValue={(first) => put({ first })}
          />
          <Field
            name="last_flat"
            label="По квартиру"
            inputMode="numeric"
            maxLength={5}
            value={place.last}
            onValue={(last) => put({ last })}
          />
        </div>
      )}
    </>
  );
}

function MomentField(props: {
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  return (
    <label class="filter">
      <span>{props.label}</span>
      <input
        type="datetime-local"
        id={`notice-${props.name}`}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </label>
  );
}

function ReachFacts({ reach, mailed }: { reach: Reach; mailed: boolean }) {
  if (reach.recipients === 0 && reach.is_fully_counted)
    return (
      <Note tone="bad">
        <p>Никто: ни один из этих лицевых счетов не подключён к личному кабинету.</p>
      </Note>
    );
  const facts = [
    mailed && reach.by_mail !== null && `из них письмом: ${reach.by_mail}`,
    `домов: ${reach.houses}`,
    reach.accounts !== null && `лицевых счетов: ${reach.accounts}`,
    reach.unbound !== null && `без личного кабинета: ${reach.unbound}`,
  ];
  return (
    <>
      <p>
        <strong>Получателей: {recipientsCount(reach) ?? "не сосчитаны"}</strong>;{" "}
        {facts.filter(Boolean).join(", ")}.
      </p>
      {!reach.is_fully_counted && (
        <p class="muted">
          Получателей много, за отведённые секунды сосчитали не всех. Уведомление дойдёт до каждого.
        </p>
      )}
    </>
  );
}
