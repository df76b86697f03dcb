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

/** A mistake of a part that has no input of its own; the summary above leads here. */
export function PartError({ place }: { place: string }) {
  const { id, errors } = useFormState();
  return errors[place] ? (
    <p class="mistake" id={`${id}-${place}`} tabIndex={-1}>
      {errors[place]}
    </p>
  ) : null;
}

/** The fields of a part of the settings; their paths are relative to that part. */
export function PartFields(props: {
  place: string;
  fields: Setting[];
  part: Settings;
  onPart: (part: Settings) => void;
}) {
  return (
    <>
      {props.fields.map((field) => (
        <SettingField
          key={field.path}
          setting={{ ...field, path: `${props.place}.${field.path}` }}
          value={getSetting(props.part, field.path)}
          onValue={(value) => props.onPart(withValue(props.part, field.path, value))}
        />
      ))}
    </>
  );
}

/** One of several, with the button that removes it; its content is the caller's. */
export function Part(props: {
  title: string;
  gone: string;
  onGone?: () => void;
  children: ComponentChildren;
}) {
  return (
    <fieldset class="choices stack">
      <legend>{props.title}</legend>
      {props.children}
      {props.onGone && (
        <p>
          <button type="button" class="button button-quiet" onClick={props.onGone}>
            Убрать<span class="sr-only"> {props.gone}</span>
          </button>
        </p>
      )}
    </fieldset>
  );
}

export function AddPart({ children, onAdd }: { children: string; onAdd: () => void }) {
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
  gone: string;
  add: string;
  fresh: Settings;
  min: number;
  max: number;
}

export function SettingList({ settings, onSet, place, fields, ...words }: ListProps) {
  const parts = partsOf(settings, place);
  const set = (changed: Settings[]) => onSet(place, changed);
  return (
    <>
      <PartError place={place} />
      {parts.map((part, index) => (
        <Part
          key={index}
          title={`${words.title} ${index + 1}`}
          gone={`${words.gone} ${index + 1}`}
          {...(parts.length > words.min ? { onGone: () => set(parts.filter((_, at) => at !== index)) } : {})}
        >
          <PartFields
            place={`${place}[${index}]`}
            fields={fields}
            part={part}
            onPart={(changed) => set(parts.map((each, at) => (at === index ? changed : each)))}
          />
        </Part>
      ))}
      {parts.length < words.max && <AddPart onAdd={() => set([...parts, words.fresh])}>{words.add}</AddPart>}
    </>
  );
}

/** The parts that a list of settings has; none where it is of another shape. */
export function partsOf(settings: Settings, place: string): Settings[] {
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
      <PartError place={props.place} />
    </fieldset>
  );
}
