// The screens behind the sign-in, as one part that is loaded after the first paint.
import type { FunctionComponent } from "preact";
import type { PRIVATE_ROUTES } from "../routes";
import { lazyScreen, lazyScreens } from "../shell/lazy";
import { AccountsScreen } from "./accounts";
import { AddAccountScreen } from "./add-account";
import { CartScreen } from "./cart";
import { ChargesScreen } from "./charges";
import { DocumentsScreen } from "./documents";
import { HomeScreen } from "./home";
import { MetersScreen } from "./meters";
import { NoticesScreen } from "./notices";
import { OrderScreen } from "./order";
import { OrdersScreen } from "./orders";
import { PaymentsScreen } from "./payments";
import { ReadingsScreen } from "./readings";
import { RequestsScreen } from "./requests";
import { ServicesScreen } from "./services";
import { SettingsScreen } from "./settings";
import { SummaryScreen } from "./summary";

/** Rarely opened screens are loaded on demand. */
const settingsScreens = lazyScreens(() => import("./settings-screens"));

export const SCREENS: Record<keyof typeof PRIVATE_ROUTES, FunctionComponent> = {
  home: HomeScreen,
  summary: SummaryScreen,
  services: ServicesScreen,
  charges: ChargesScreen,
  explanation: lazyScreen(() => import("./explanation").then((file) => file.ExplanationScreen)),
  payments: PaymentsScreen,
  readings: ReadingsScreen,
  meters: MetersScreen,
  documents: DocumentsScreen,
  requests: RequestsScreen,
  notices: NoticesScreen,
  cart: CartScreen,
  orders: OrdersScreen,
  order: OrderScreen,
  accounts: AccountsScreen,
  bind: AddAccountScreen,
  settings: SettingsScreen,
  cards: lazyScreen(() => import("./cards").then((file) => file.CardsScreen)),
  notifications: settingsScreens.screen("notifications"),
  calendar: settingsScreens.screen("calendar"),
  ownData: settingsScreens.screen("ownData"),
  accessTokens: settingsScreens.screen("accessTokens"),
};
