// Tables that become cards on a narrow screen. The roles are written out, because `display: block` takes them away.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { useNarrow } from "./media";
import "./table.css";

interface Column {
  title: string;
  /** Sums and volumes are aligned right, in figures of one width. */
  number?: boolean;
}

export function Table(props: {
  caption: ComponentChildren;
  hideCaption?: boolean;
  columns: Column[];
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <table class={`table ${props.class ?? ""}`} role="table">
      <caption class={props.hideCaption ? "sr-only" : ""}>{props.caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {props.columns.map((column) => (
            <th key={column.title} role="columnheader" scope="col" class={column.number ? "number" : ""}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{props.children}</tbody>
    </table>
  );
}

export function Row(props: { children: ComponentChildren; class?: string }) {
  return (
    <tr role="row" class={props.class}>
      {props.children}
    </tr>
  );
}

/** A row that on a phone is one line with its sum at the right; a tap unfolds the row's other cells. */
export function LineRow(props: {
  /** The first column and its content. */
  column: string;
  title: ComponentChildren;
  /** What is shown on the line instead, if the title is long; the title is then unfolded as well. */
  line?: ComponentChildren;
  /** What explains the title: beneath it, on a phone with the row's other cells. */
  note?: ComponentChildren;
  sum?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  if (!narrow)
    return (
      <Row class={props.class ?? ""}>
        <Cell column={props.column} head>
          {props.title}
          {props.note}
        </Cell>
        {props.children}
      </Row>
    );
  return (
    <Row class={`row-line ${open ? "row-open" : ""} ${props.class ?? ""}`}>
      <Cell column={props.column} head>
        <button type="button" class="line" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span class="line-words">{props.line ?? props.title}</span>
          {props.sum && <span class="line-sum number">{props.sum}</span>}
          <Icon name="down" />
        </button>
        {open && props.line && <span class="line-title">{props.title}</span>}
        {open && props.note}
      </Cell>
      {props.children}
    </Row>
  );
}

/** A cell; `column` is its column's title, shown beside the value on a card. The first cell of a row is the card's head. */
export function Cell(props: {
  column: string;
  children?: ComponentChildren;
  number?: boolean;
  head?: boolean;
  class?: string;
  span?: number;
}) {
  const className = `${props.number ? "number" : ""} ${props.class ?? ""}`;
  const empty = props.children === "" || props.children === null || props.children === undefined;
  return props.head ? (
    <th role="rowheader" scope="row" class={className} data-column={props.column}>
      {props.children}
    </th>
  ) : (
    <td
      role="cell"
      class={`${className} ${empty ? "cell-empty" : ""}`}
      data-column={props.column}
      colSpan={props.span}
    >
      <span class="cell-value">{props.children}</span>
    </td>
  );
}
