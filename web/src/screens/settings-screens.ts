// The rarer pages of the settings, as one part that is loaded when the first of them is opened.
import { CalendarScreen } from "./calendar";
import { NotificationSettingsScreen } from "./notification-settings";
import { OwnDataScreen } from "./own-data";
import { AccessTokensScreen } from "./access-tokens";

export const SCREENS = {
  notifications: NotificationSettingsScreen,
  calendar: CalendarScreen,
  ownData: OwnDataScreen,
  accessTokens: AccessTokensScreen,
};
