// Houses chosen from the supplier's list; what is typed only narrows the list.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { Empty, QueryView } from "../ui/feedback";
import type { HouseLine } from "./types";

const MAX_SHOWN = 40;

const houseText = (house: HouseLine): string => [house.street, house.house].filter(Boolean).join(", ");

/** `single`: another choice takes the former one's place. */
export function HousePicker(props: {
  supplier: string;
  chosen: string[];
  single?: boolean;
  onChosen: (houses: string[]) => void;
}) {
  const { supplier, chosen, single, onChosen } = props;
  const [filter, setFilter] = useState("");
  const houses = useQuery(`houses:${supplier}`, () =>
    unwrap(api.GET("/api/staff/houses", { params: { query: { supplier_id: supplier } } })),
  );
  const words = filter
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const fits = (house: HouseLine) => {
    const text = `${house.city} ${houseText(house)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const toggle = (id: string, on: boolean) => {
    const rest = single ? [] : chosen.filter((each) => each !== id);
    onChosen(on ? [...rest, id] : rest);
  };
  return (
    <fieldset class="houses">
      <legend>{single ? "Дом" : "Дома"}</legend>
      {!single && <p class="hint">Письма уйдут в том порядке, в котором Вы выберете дома.</p>}
      <QueryView query={houses} reserve={120}>
        {({ items }) => {
          const found = items.filter(fits);
          const towns = new Set(items.map((house) => house.city)).size > 1;
          const shown = [
            ...chosen.flatMap((id) => items.filter((house) => house.house_id === id)),
            ...found.filter((house) => !chosen.includes(house.house_id)).slice(0, MAX_SHOWN),
          ];
          const hidden = found.length - found.filter((house) => shown.includes(house)).length;
          return items.length === 0 ? (
            <Empty>Домов в списке нет: они появятся со следующим реестром.</Empty>
          ) : (
            <>
              <label class="filter">
                <span>Найти дом в списке</span>
                <input
                  type="text"
                  value={filter}
                  autoComplete="off"
                  onInput={(event) => setFilter(event.currentTarget.value)}
                />
              </label>
              <ul class="house-list">
                {shown.map((house) => (
                  <li key={house.house_id}>
                    <label class="filter-check">
                      <input
                        type={single ? "radio" : "checkbox"}
                        name="house"
                        checked={chosen.includes(house.house_id)}
                        onChange={(event) => toggle(house.house_id, event.currentTarget.checked)}
                      />{" "}
                      {houseText(house)}
                      {towns && house.city && <span class="muted"> {house.city}</span>}
                    </label>
                  </li>
                ))}
              </ul>
              {hidden > 0 && (
                <p class="muted">Ещё {hidden}: наберите улицу или номер, чтобы сузить список.</p>
              )}
              {shown.length === 0 && <Empty>Таких домов в списке нет.</Empty>}
            </>
          );
        }}
      </QueryView>
    </fieldset>
  );
}
