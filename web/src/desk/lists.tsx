// The desk's lists: tables whose lines the keys of lists move through, page by page; and the help on those keys.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Pages } from "../api/query";
import { Dialog } from "../ui/dialog";
import { Empty, QueryView } from "../ui/feedback";
import { Table } from "../ui/table";
import { focusLine, listLines, type LetterKeys } from "./list-keys";

interface Columns {
  caption: string;
  columns: { title: string; number?: boolean }[];
}

export function ListTable(props: Columns & { showCaption?: boolean; children: ComponentChildren }) {
  return (
    <div data-list>
      <Table
        caption={props.caption}
        hideCaption={!props.showCaption}
        columns={props.columns}
        class="desk-table"
      >
        {props.children}
      </Table>
    </div>
  );
}

/** Lines that are drawn at most: a list of ten thousand stays as quick as one of some hundreds. */
const MAX_DRAWN = 500;
/** Lines that come into sight at one of its ends, and go out of it at the other. */
const WINDOW_STEP = 250;

/** A list by pages; `lines` draws items, `none` is said when there are none. */
export function PagedList<T>(props: {
  pages: Pages<T>;
  none: string;
  /** The height in px that the list will take at least. */
  reserve?: number;
  lines: (items: T[]) => ComponentChildren;
}) {
  const { pages, none, reserve, lines } = props;
  return (
    <QueryView query={pages} {...(reserve === undefined ? {} : { reserve })}>
      {({ items, next }) => (
        <>
          {items.length === 0 && !next && <Empty>{none}</Empty>}
          <LineWindow pages={pages} items={items} hasMore={next !== null} lines={lines} />
        </>
      )}
    </QueryView>
  );
}

/** The lines in sight. The buttons to further ones are lines too; a press leads to the line that it shows. */
function LineWindow<T>(props: {
  pages: Pages<T>;
  items: T[];
  hasMore: boolean;
  lines: (items: T[]) => ComponentChildren;
}) {
  const { pages, items, hasMore, lines } = props;
  const [place, setPlace] = useState({ of: items[0], start: 0 });
  // Another list, or the same one read anew, begins at its beginning.
  const start = place.of === items[0] ? place.start : 0;
  const end = Math.min(start + MAX_DRAWN, items.length);
  const box = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  const show = (at: number) => setPlace({ of: items[0], start: windowStart(at, start, end) });
  const lead = (at: number) => {
    wanted.current = at;
    if (at < items.length) show(at);
    else pages.loadMore();
  };
  useLayoutEffect(() => {
    const at = wanted.current;
    if (at === null || at >= items.length || !box.current) return;
    if (at < start || at >= end) {
      show(at);
      return;
    }
    wanted.current = null;
    const { activeElement } = document;
    const line = listLines(box.current)[at - start + (start > 0 ? 1 : 0)];
    if (line && (activeElement === document.body || box.current.contains(activeElement))) focusLine(line);
  });
  return (
    <div class="stack" ref={box}>
      {start > 0 && (
        <ShowLinesButton onShow={() => lead(start - 1)} busy={false}>
          Показать предыдущие
        </ShowLinesButton>
      )}
      {items.length > 0 && lines(items.slice(start, end))}
      {items.length > MAX_DRAWN && (
        <p class="muted">
          Строки {start + 1}–{end}
        </p>
      )}
      {(hasMore || end < items.length) && (
        <ShowLinesButton onShow={() => lead(end)} busy={pages.loadingMore}>
          Показать ещё
        </ShowLinesButton>
      )}
    </div>
  );
}

/** Where the lines in sight begin, so that the one at `at` is among them. */
function windowStart(at: number, start: number, end: number): number {
  if (at < start) return Math.max(0, at + 1 - WINDOW_STEP);
  return at < end ? start : Math.max(0, at + WINDOW_STEP - MAX_DRAWN);
}

function ShowLinesButton(props: { children: string; busy: boolean; onShow: () => void }) {
  return (
    <div data-list>
      <p data-line>
        <button
          type="button"
          class="button button-second"
          aria-disabled={props.busy}
          onClick={() => !props.busy && props.onShow()}
        >
          {props.busy ? "Загружаем…" : props.children}
        </button>
      </p>
    </div>
  );
}

const KEYS = [
  ["j или ↓", "следующая строка"],
  ["k или ↑", "предыдущая строка"],
  ["Enter", "открыть строку"],
  ["/", "к поиску или отбору"],
  ["?", "эта подсказка"],
];

export function KeysHelp({ letters, onClose }: { letters: LetterKeys; onClose: () => void }) {
  return (
    <Dialog title="Клавиши в списках" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        Работают в любой раскладке. В полях — нет: там буквы остаются буквами. Стрелки действуют, когда
        выбрана строка.
      </p>
      <label class="filter-check">
        <input
          type="checkbox"
          checked={letters.on}
          onChange={(event) => letters.set(event.currentTarget.checked)}
        />{" "}
        буквы и знаки включены
      </label>
    </Dialog>
  );
}
