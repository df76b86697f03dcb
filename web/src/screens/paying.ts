// The screens of how one pays, loaded when they are asked for: few open them every month.
import { CardsScreen } from "./cards";

export const SCREENS = { cards: CardsScreen };
