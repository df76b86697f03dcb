// Whether a resident's sheet is shown to somebody of the staff: nothing in it acts or leads to the resident's other screens.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const Looking = createContext(false);
export const useLooking = (): boolean => useContext(Looking);
