// «Показать ещё»: the next page of a list is added below.
import type { Pages } from "../api/query";

export function LoadMore<T>({ pages }: { pages: Pages<T> }) {
  if (!pages.data?.next) return null;
  return (
    <p>
      <button
        type="button"
        class="button button-second"
        aria-disabled={pages.loadingMore}
        onClick={pages.loadMore}
      >
        {pages.loadingMore ? "Загружаем…" : "Показать ещё"}
      </button>
    </p>
  );
}
