// The screens of visitors other than the start page, as one part that is loaded when one of them is opened.
import type { FunctionComponent } from "preact";
import type { PUBLIC_ROUTES } from "../routes";
import { EsiaConsent } from "./esia-consent";
import { GuestPay } from "./guest-pay";
import { GuestPayment } from "./guest-payment";
import { GuestReadings } from "./guest-readings";
import { Help } from "./help";
import {
  Activate,
  AutopayOff,
  AutopaySkip,
  ConfirmEmail,
  ResetPassword,
  Unsubscribe,
} from "./email-link-pages";
import { RequestPasswordReset } from "./request-password-reset";
import { Register } from "./register";

export const SCREENS: Record<keyof typeof PUBLIC_ROUTES, FunctionComponent> = {
  register: Register,
  recover: RequestPasswordReset,
  activate: Activate,
  resetPassword: ResetPassword,
  confirmEmail: ConfirmEmail,
  unsubscribe: Unsubscribe,
  autopayOff: AutopayOff,
  autopaySkip: AutopaySkip,
  esiaConsent: EsiaConsent,
  guestReadings: GuestReadings,
  guestPay: GuestPay,
  guestPayment: GuestPayment,
  help: Help,
};
