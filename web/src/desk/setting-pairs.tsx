// Settings that say something of each of some names: codes of services, kinds of receipts, moved days.
import { useEffect, useState } from "preact/hooks";
import { Field, SelectField } from "../ui/fields";
import { getSetting, withValue, type Settings } from "./setting-fields";
import { AddButton, RemovableGroup, SettingPathError, type FieldsProps } from "./setting-list";

interface PairsProps extends FieldsProps {
  place: string;
  /** The path of the value within a name's settings; without it the name's setting is the value itself. */
  inner?: string;
  name: { title: string; hint?: string; type?: "date" };
  value: { title: string; hint?: string; options?: [string, string][] };
  title: string;
  removedLabel: string;
  addLabel: string;
}

type Pair = [name: string, value: string];

export function SettingPairs({ settings, onSet, place, inner, name, value, ...labels }: PairsProps) {
  const current = getSetting(settings, place);
  const [pairs, setPairs] = useState(() => pairsOf(current, inner));
  // A name that is being typed may be empty or another's for a moment: the rows are kept here.
  useEffect(
    () =>
      setPairs((before) =>
        JSON.stringify(namesOf(before, inner)) === JSON.stringify(current) ? before : pairsOf(current, inner),
      ),
    [current, inner],
  );
  const updatePairs = (changed: Pair[]) => {
    setPairs(changed);
    onSet(place, namesOf(changed, inner));
  };
  const set = (index: number, pair: Pair) =>
    updatePairs(pairs.map((each, at) => (at === index ? pair : each)));
  return (
    <>
      <SettingPathError place={place} />
      {pairs.map((pair, index) => {
        const at = `${place}[${index}]`;
        const isRepeated = pairs.slice(index + 1).some(([later]) => later.trim() === pair[0].trim());
        const field = {
          name: `${at}.value`,
          label: value.title,
          value: pair[1],
          onValue: (typed: string) => set(index, [pair[0], typed]),
          ...(value.hint ? { hint: value.hint } : {}),
        };
        return (
          <RemovableGroup
            key={index}
            title={`${labels.title} ${index + 1}`}
            removedLabel={`${labels.removedLabel} ${index + 1}`}
            onRemove={() => updatePairs(pairs.filter((_, other) => other !== index))}
          >
            <Field
              name={`${at}.name`}
              label={name.title}
              hint={name.hint}
              {...(name.type ? { type: name.type } : {})}
              value={pair[0]}
              onValue={(typed) => set(index, [typed, pair[1]])}
            />
            {isRepeated && pair[0] && (
              <p class="mistake" role="alert">
                «{pair[0]}» стоит и ниже: сохранится последнее.
              </p>
            )}
            {value.options ? <SelectField {...field} options={value.options} /> : <Field {...field} />}
          </RemovableGroup>
        );
      })}
      <AddButton onAdd={() => updatePairs([...pairs, ["", value.options?.[0]?.[0] ?? ""]])}>
        {labels.addLabel}
      </AddButton>
    </>
  );
}

function pairsOf(current: unknown, inner: string | undefined): Pair[] {
  if (typeof current !== "object" || current === null) return [];
  return Object.entries(current).map(([name, said]) => {
    const value: unknown = inner ? getSetting(said as Settings, inner) : said;
    return [name, typeof value === "string" ? value : ""];
  });
}

/** As the file has them; a row without a name is not there yet. */
function namesOf(pairs: Pair[], inner: string | undefined): Settings {
  const named = pairs.filter(([name]) => name.trim());
  return Object.fromEntries(
    named.map(([name, value]) => [name.trim(), inner ? withValue({}, inner, value) : value]),
  );
}
