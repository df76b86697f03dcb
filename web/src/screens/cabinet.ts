// The screens behind the sign-in, as one part that is loaded after the first paint.
import type { FunctionComponent } from "preact";
import type { CABINET_ROUTES } from "../routes";
import { later } from "../shell/later";
import { AccountsScreen } from "./accounts";
import { BindScreen } from "./bind";
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

/** What few open every month comes when it is asked for. */
const analysis = later(() => import("./analysis"));
const programs = later(() => import("./programs"));
const paying = later(() => import("./paying"));

export const SCREENS: Record<keyof typeof CABINET_ROUTES, FunctionComponent> = {
  home: HomeScreen,
  summary: SummaryScreen,
  services: ServicesScreen,
  charges: ChargesScreen,
  explanation: analysis.screen("explanation"),
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
  bind: BindScreen,
  settings: SettingsScreen,
  cards: paying.screen("cards"),
  notifications: programs.screen("notifications"),
  calendar: programs.screen("calendar"),
  ownData: programs.screen("ownData"),
  programs: programs.screen("programs"),
};
