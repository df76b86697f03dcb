// One setting of a supplier as a field of the form.
import { useEffect, useState } from "preact/hooks";
import { Checkbox, Field, SelectField, TextArea } from "../ui/fields";
import { parseValue, formatValue, type Setting } from "./setting-fields";

export function SettingField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const { path, title, kind, hint, options = [] } = setting;
  if (kind === "yes") {
    const label = hint ? `${title}. ${hint}` : title;
    return <Checkbox name={path} label={label} checked={value === true} onChecked={onValue} />;
  }
  if (kind === "choice") {
    const chosen = typeof value === "string" ? value : "";
    const isKnown = options.some(([each]) => each === chosen);
    return (
      <SelectField
        name={path}
        label={title}
        {...(hint ? { hint } : {})}
        value={chosen}
        // What the file says though it is no choice here stays as it is.
        options={isKnown ? options : [...options, [chosen, chosen]]}
        onValue={(each) => onValue(each || null)}
      />
    );
  }
  return <TypedField setting={setting} value={value} onValue={onValue} />;
}

/** What is typed stays as it was typed; what it says goes into the settings. */
function TypedField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const shown = formatValue(setting, value);
  const [typed, setTyped] = useState(shown);
  useEffect(
    () => setTyped((before) => (isSame(parseValue(setting, before), value) ? before : shown)),
    [setting, shown, value],
  );
  const change = (text: string) => {
    setTyped(text);
    onValue(parseValue(setting, text));
  };
  if (setting.kind === "lines")
    return (
      <TextArea
        name={setting.path}
        label={setting.title}
        {...(setting.hint ? { hint: setting.hint } : {})}
        rows={3}
        value={typed}
        onValue={change}
      />
    );
  return (
    <Field
      name={setting.path}
      label={setting.title}
      hint={setting.hint}
      {...(setting.kind === "text" ? {} : { inputMode: "decimal" as const })}
      value={typed}
      onValue={change}
    />
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || (Array.isArray(one) && JSON.stringify(one) === JSON.stringify(other));
}
