// Whether the screen is as wide, or as narrow, as something asks for.
import { useEffect, useState } from "preact/hooks";

/** Below it a table is lines, not columns; the same width is in `table.css`. */
const NARROW = matchMedia("(max-width: 62.4375em)");
/** Where the sections are beside the content, there is room for the tables as well. */
const WIDE = matchMedia("(min-width: 80em)");

function useMediaQuery(query: MediaQueryList): boolean {
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const look = () => setMatches(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, [query]);
  return matches;
}

export const useNarrow = (): boolean => useMediaQuery(NARROW);
export const useWide = (): boolean => useMediaQuery(WIDE);
