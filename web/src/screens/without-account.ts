// The screens of visitors other than the start page, as one part that is loaded when one of them is opened.
import type { FunctionComponent } from "preact";
import { EsiaConsent } from "./esia-consent";
import { GuestReadings } from "./guest-readings";
import { Help } from "./help";
import { Activate, ConfirmEmail, ResetPassword, Unsubscribe } from "./links";
import { Recover } from "./recover";
import { Register } from "./register";

export const SCREENS: Record<string, FunctionComponent> = {
  "/register": Register,
  "/recover": Recover,
  "/activate": Activate,
  "/reset-password": ResetPassword,
  "/confirm-email": ConfirmEmail,
  "/unsubscribe": Unsubscribe,
  "/esia-consent": EsiaConsent,
  "/guest-readings": GuestReadings,
  "/help": Help,
};
