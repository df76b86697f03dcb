// The saved filters of a list: links to each, a name for the present one, the end of one that is not needed.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { type Filter, deleteFilter, NAME_LENGTH, toQuery, savedFilters, saveFilter } from "./saved-filters";
import { useDesk } from "./session-context";

interface SavedFiltersProps {
  /** What the list is called in the store. */
  list: string;
  /** The current filter as in the URL, with nothing personal in it; null if it must not be saved. */
  filter: Filter | null;
}

export function SavedFilters({ list, filter }: SavedFiltersProps) {
  const { me } = useDesk();
  const { path } = useLocation();
  const [saved, setSaved] = useState(() => savedFilters(me.staff_id, list));
  const [naming, setNaming] = useState(false);
  const present = filter && toQuery(filter);
  const chosen = saved.find((each) => each.query === present);
  if (saved.length === 0 && !present) return null;
  return (
    <div class="stack saved-filters" role="group" aria-label="Сохранённые отборы">
      <div class="filters">
        {saved.length > 0 && (
          <ul class="desk-tabs">
            {saved.map((each) => (
              <li key={each.name}>
                <a href={`${path}?${each.query}`} aria-current={each === chosen ? "true" : undefined}>
                  {each.name}
                </a>
              </li>
            ))}
          </ul>
        )}
        {chosen && (
          <button
            type="button"
            class="button button-quiet"
            onClick={() => setSaved(deleteFilter(me.staff_id, list, chosen.name))}
          >
            Удалить отбор «{chosen.name}»
          </button>
        )}
        {present && !chosen && !naming && (
          <button type="button" class="button button-quiet" onClick={() => setNaming(true)}>
            Сохранить отбор
          </button>
        )}
      </div>
      {present && !chosen && naming && (
        <NewFilter
          onNamed={(name) => {
            setSaved(saveFilter(me.staff_id, list, { name, query: present }));
            setNaming(false);
          }}
          onCancel={() => setNaming(false)}
        />
      )}
    </div>
  );
}

function NewFilter({ onNamed, onCancel }: { onNamed: (name: string) => void; onCancel: () => void }) {
  const form = useForm("saved-filter");
  const [name, setName] = useState("");
  return (
    <div class="card">
      <Form
        form={form}
        label="Сохранить отбор"
        check={() => ({ filter_name: !name.trim() && "Назовите отбор" })}
        act={() => {
          onNamed(name.trim());
          return Promise.resolve();
        }}
      >
        <Field
          name="filter_name"
          label="Название отбора"
          hint="Останется в этом браузере, только у Вас. Без фамилий и номеров счетов."
          autoComplete="off"
          maxLength={NAME_LENGTH}
          value={name}
          onValue={setName}
        />
        <div class="actions">
          <Submit>Сохранить</Submit>
          <button type="button" class="button button-second" onClick={onCancel}>
            Отмена
          </button>
        </div>
      </Form>
    </div>
  );
}
