// A labelled choice of one of several, as in the filters above a list.
import "./filter-select.css";

export function FilterSelect(props: {
  label: string;
  value: string;
  options: [string, string][];
  onValue: (value: string) => void;
}) {
  return (
    <label class="filter">
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onValue(event.currentTarget.value)}>
        {props.options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
