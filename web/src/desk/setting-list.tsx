// Settings of which a supplier has several: each one's fields in a group, one more, one less.
import type { ComponentChildren } from "preact";
import { Checkbox } from "../ui/fields";
import { useFormState } from "../ui/form";
import { SettingField } from "./setting-field";
import { getSetting, withValue, type Setting, type Settings } from "./setting-fields";

export interface FieldsProps {
  settings: Settings;
  onSet: (path: string, value: unknown) => void;
}

/** The error of a path that has no input of its own; the summary above leads here. */
export function SettingPathError({ place }: { place: string }) {
  const { id, errors } = useFormState();
  return errors[place] ? (
    <p class="mistake" id={`${id}-${place}`} tabIndex={-1}>
      {errors[place]}
    </p>
  ) : null;
}

/** The fields of settings within the settings; their paths are relative to `place`. */
export function NestedFields(props: {
  place: string;
  fields: Setting[];
  values: Settings;
  onValues: (values: Settings) => void;
}) {
  return (
    <>
      {props.fields.map((field) => (
        <SettingField
          key={field.path}
          setting={{ ...field, path: `${props.place}.${field.path}` }}
          value={getSetting(props.values, field.path)}
          onValue={(value) => props.onValues(withValue(props.values, field.path, value))}
        />
      ))}
    </>
  );
}

/** One of several, with the button that removes it; its content is the caller's. */
export function RemovableGroup(props: {
  title: string;
  removedLabel: string;
  onRemove?: () => void;
  children: ComponentChildren;
}) {
  return (
    <fieldset class="choices stack">
      <legend>{props.title}</legend>
      {props.children}
      {props.onRemove && (
        <p>
          <button type="button" class="button button-quiet" onClick={props.onRemove}>
            Убрать<span class="sr-only"> {props.removedLabel}</span>
          </button>
        </p>
      )}
    </fieldset>
  );
}

export function AddButton({ children, onAdd }: { children: string; onAdd: () => void }) {
  return (
    <p>
      <button type="button" class="button button-second" onClick={onAdd}>
        {children}
      </button>
    </p>
  );
}

interface ListProps extends FieldsProps {
  place: string;
  fields: Setting[];
  /** «Получатель», and whom «Убрать» takes away: «получателя». */
  title: string;
  removedLabel: string;
  addLabel: string;
  newItem: Settings;
  min: number;
  max: number;
}

export function SettingList({ settings, onSet, place, fields, ...labels }: ListProps) {
  const items = getSettingsList(settings, place);
  const set = (changed: Settings[]) => onSet(place, changed);
  return (
    <>
      <SettingPathError place={place} />
      {items.map((item, index) => (
        <RemovableGroup
          key={index}
          title={`${labels.title} ${index + 1}`}
          removedLabel={`${labels.removedLabel} ${index + 1}`}
          {...(items.length > labels.min
            ? { onRemove: () => set(items.filter((_, at) => at !== index)) }
            : {})}
        >
          <NestedFields
            place={`${place}[${index}]`}
            fields={fields}
            values={item}
            onValues={(changed) => set(items.map((each, at) => (at === index ? changed : each)))}
          />
        </RemovableGroup>
      ))}
      {items.length < labels.max && (
        <AddButton onAdd={() => set([...items, labels.newItem])}>{labels.addLabel}</AddButton>
      )}
    </>
  );
}

/** The items of a list of settings; none where it is of another shape. */
export function getSettingsList(settings: Settings, place: string): Settings[] {
  const value = getSetting(settings, place);
  return Array.isArray(value) ? (value as Settings[]) : [];
}

/** Several of some values, a box each. */
export function SettingChoices(props: {
  place: string;
  title: string;
  options: [string, string][];
  chosen: unknown;
  onChosen: (chosen: string[]) => void;
}) {
  const chosen = Array.isArray(props.chosen) ? (props.chosen as string[]) : [];
  return (
    <fieldset class="choices stack">
      <legend>{props.title}</legend>
      {props.options.map(([value, title]) => (
        <Checkbox
          key={value}
          name={`${props.place}.${value}`}
          label={title}
          checked={chosen.includes(value)}
          onChecked={(checked) =>
            props.onChosen(
              props.options
                .map(([each]) => each)
                .filter((each) => (each === value ? checked : chosen.includes(each))),
            )
          }
        />
      ))}
      <SettingPathError place={props.place} />
    </fieldset>
  );
}
