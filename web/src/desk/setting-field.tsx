// One setting of a supplier as a field of the form.
import { useEffect, useState } from "preact/hooks";
import { Checkbox, Field, SelectField } from "../ui/fields";
import { parseValue, formatValue, type Setting } from "./setting-fields";

export function SettingField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const { path, title, kind, hint, options = [] } = setting;
  if (kind === "yes") {
    const label = hint ? `${title}. ${hint}` : title;
    return <Checkbox name={path} label={label} checked={value === true} onChecked={onValue} />;
  }
  if (kind === "choice")
    return (
      <SelectField
        name={path}
        label={title}
        {...(hint ? { hint } : {})}
        value={String(value)}
        options={options}
        onValue={onValue}
      />
    );
  return <TypedField setting={setting} value={value} onValue={onValue} />;
}

/** What is typed stays as it was typed; what it says goes into the settings. */
function TypedField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const shown = formatValue(setting, value);
  const [typed, setTyped] = useState(shown);
  useEffect(
    () => setTyped((before) => (parseValue(setting, before) === value ? before : shown)),
    [setting, shown, value],
  );
  return (
    <Field
      name={setting.path}
      label={setting.title}
      hint={setting.hint}
      {...(setting.kind === "text" ? {} : { inputMode: "decimal" as const })}
      value={typed}
      onValue={(text) => {
        setTyped(text);
        onValue(parseValue(setting, text));
      }}
    />
  );
}
