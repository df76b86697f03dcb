// Filters of lists that a person has named. They are kept in this browser, for each person of the staff apart.
//
// No personal data is among them: a screen gives states, kinds, days and codes of suppliers and of colleagues.
// What is typed into a search (a surname, an account, a sum, a card) is never given here, so it is not stored.

export type Filter = Record<string, string>;

export interface SavedFilter {
  name: string;
  /** The address's part after «?». */
  query: string;
}

export const NAME_LENGTH = 40;
const MAX_FILTERS = 20;

type FiltersByList = Record<string, SavedFilter[]>;

const storageKey = (staffId: string) => `desk.filters.${staffId}`;

/** One text for one filter, whatever the order of its parts. */
export function toQuery(filter: Filter): string {
  const parts = Object.entries(filter).sort(([one], [other]) => (one < other ? -1 : 1));
  return new URLSearchParams(parts).toString();
}

function isSaved(value: unknown): value is SavedFilter {
  if (typeof value !== "object" || value === null) return false;
  return (
    "name" in value && typeof value.name === "string" && "query" in value && typeof value.query === "string"
  );
}

/** What is stored; what another version has left in another shape counts as nothing. */
function readFilters(staffId: string): FiltersByList {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey(staffId)) ?? "{}") as unknown;
    if (typeof stored !== "object" || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).map(([list, items]) => [
        list,
        Array.isArray(items) ? items.filter(isSaved) : [],
      ]),
    );
  } catch {
    return {};
  }
}

function updateFilters(
  staffId: string,
  list: string,
  next: (saved: SavedFilter[]) => SavedFilter[],
): SavedFilter[] {
  // Read anew: another tab may have saved meanwhile.
  const lists = readFilters(staffId);
  const items = next(lists[list] ?? []).slice(-MAX_FILTERS);
  localStorage.setItem(storageKey(staffId), JSON.stringify({ ...lists, [list]: items }));
  return items;
}

export function savedFilters(staffId: string, list: string): SavedFilter[] {
  return readFilters(staffId)[list] ?? [];
}

/** Saves under a name; what had this name, or was this filter under another, gives way. */
export function saveFilter(staffId: string, list: string, { name, query }: SavedFilter): SavedFilter[] {
  const isOther = (each: SavedFilter) => each.name !== name && each.query !== query;
  return updateFilters(staffId, list, (saved) => [...saved.filter(isOther), { name, query }]);
}

export function deleteFilter(staffId: string, list: string, name: string): SavedFilter[] {
  return updateFilters(staffId, list, (saved) => saved.filter((each) => each.name !== name));
}
