// The screens that compare months, as one part that is loaded when the first of them is opened.
import { ExplanationScreen } from "./explanation";

export const SCREENS = { explanation: ExplanationScreen };
