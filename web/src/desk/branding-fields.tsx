// How a supplier's site looks, tried before it is saved: name, colour, telephones, in both themes.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { Field } from "../ui/fields";
import { getSetting, type Settings } from "./setting-fields";
import type { BrandingPreview } from "./types";

interface Phone {
  title: string;
  number: string;
  hours: string;
}

const MAX_PHONES = 5;
const DEFAULT_ACCENT = "#0f5f5c";
const IS_COLOUR = /^#[0-9a-f]{6}$/;
const PREVIEW_DELAY_MS = 250;

export function BrandingFields(props: { settings: Settings; onSet: (path: string, value: unknown) => void }) {
  const { settings, onSet } = props;
  const text = (path: string) => {
    const value = getSetting(settings, path);
    return typeof value === "string" ? value : "";
  };
  const accent = text("branding.accent");
  const phones = (getSetting(settings, "branding.phones") as Phone[] | undefined) ?? [];
  const setPhone = (index: number, changed: Partial<Phone>) =>
    onSet(
      "branding.phones",
      phones.map((each, at) => (at === index ? { ...each, ...changed } : each)),
    );
  return (
    <>
      <Field
        name="branding.name"
        label="Имя в шапке сайта"
        hint="До 40 знаков; пусто — «Личный кабинет»."
        maxLength={40}
        value={text("branding.name")}
        onValue={(value) => onSet("branding.name", value)}
      />
      <Field
        name="branding.accent"
        label="Цвет кнопок и ссылок"
        hint="#rrggbb малыми буквами; пусто — цвет кабинета."
        value={accent}
        onValue={(value) => onSet("branding.accent", value.trim().toLowerCase() || null)}
        after={
          <input
            type="color"
            aria-label="Выбрать цвет"
            value={IS_COLOUR.test(accent) ? accent : DEFAULT_ACCENT}
            onInput={(event) => onSet("branding.accent", event.currentTarget.value)}
          />
        }
      />
      <Preview accent={accent} name={text("branding.name")} phone={phones[0]} />
      <h3>Телефоны для жителей</h3>
      {phones.map((phone, index) => (
        <fieldset class="choices" key={index}>
          <legend>Телефон {index + 1}</legend>
          <Field
            name={`branding.phones[${index}].title`}
            label="Чей"
            value={phone.title}
            onValue={(title) => setPhone(index, { title })}
          />
          <Field
            name={`branding.phones[${index}].number`}
            label="Номер"
            inputMode="tel"
            value={phone.number}
            onValue={(number) => setPhone(index, { number })}
          />
          <Field
            name={`branding.phones[${index}].hours`}
            label="Когда отвечают"
            value={phone.hours}
            onValue={(hours) => setPhone(index, { hours })}
          />
          <button
            type="button"
            class="button button-quiet"
            onClick={() =>
              onSet(
                "branding.phones",
                phones.filter((_, at) => at !== index),
              )
            }
          >
            Убрать<span class="sr-only"> телефон {index + 1}</span>
          </button>
        </fieldset>
      ))}
      {phones.length < MAX_PHONES && (
        <p>
          <button
            type="button"
            class="button button-second"
            onClick={() => onSet("branding.phones", [...phones, { title: "", number: "", hours: "" }])}
          >
            Добавить телефон
          </button>
        </p>
      )}
    </>
  );
}

function Preview({ accent, name, phone }: { accent: string; name: string; phone: Phone | undefined }) {
  const wanted = IS_COLOUR.test(accent) ? accent : DEFAULT_ACCENT;
  const [asked, setAsked] = useState(wanted);
  // A colour is dragged through many others.
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), PREVIEW_DELAY_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const { data } = useQuery<BrandingPreview>(`branding:${asked}`, () =>
    unwrap(api.GET("/api/staff/branding-preview", { params: { query: { accent: asked } } })),
  );
  if (!data) return null;
  return (
    <div class="stack">
      <div class="looks" role="group" aria-label="Как это увидит житель">
        {(["light", "dark"] as const).map((theme) => (
          <div key={theme} class={`look look-${theme}`}>
            <strong>{name || "Личный кабинет"}</strong>
            <span
              class="look-button"
              style={{ background: data[theme].accent, color: data[theme].on_accent }}
            >
              Оплатить
            </span>
            <span style={{ color: data[theme].accent }}>Ссылка</span>
            {phone?.number && (
              <small>
                {phone.title}: {phone.number}
              </small>
            )}
          </div>
        ))}
      </div>
      {data.refusal && <p class="mistake">{data.refusal}</p>}
    </div>
  );
}
