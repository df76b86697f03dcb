// Whether a resident's sheet is shown to somebody of the staff: nothing in it acts or leads to the resident's other screens.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const ReadOnlyContext = createContext(false);
export const useReadOnly = (): boolean => useContext(ReadOnlyContext);
