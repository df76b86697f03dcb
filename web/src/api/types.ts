// The answers' types by the names that the screens use.
export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface Sums {
  main: number;
  penalty: number;
}

export type Feature = "payments" | "requests" | "notices" | "paperless";

export interface Profile {
  user_id: string;
  email: string | null;
  pending_email: string | null;
  phone: string | null;
  esia_linked: boolean;
  primary_account_id: string | null;
  unread_notices: number;
  cart_count: number;
}

export interface Mailings {
  receipts: boolean;
  reminders: boolean;
  notices: boolean;
}

export interface Binding {
  account_id: string;
  number: string;
  address: string;
  supplier_name: string;
  primary: boolean;
  paperless: "on" | "off" | "unavailable";
  features: Feature[];
  mailings?: Mailings | null;
}

export interface Candidate {
  candidate: string;
  supplier_name: string;
  check: "surname";
}

export interface Captcha {
  challenge: string;
  image: string;
  audio: string;
  expires_at: string;
}

export interface Consent {
  version: string;
  title: string;
  text: string;
  sha256: string;
}

export interface Device {
  session_id: string;
  created_at: string;
  seen_at: string;
  user_agent: string;
  current: boolean;
}

export interface Receipt {
  receipt_id: string;
  title: string;
  period: string;
  debt: Sums;
  paid: Sums;
  charged: Sums;
  total: Sums;
  preliminary: (Sums & { period: string }) | null;
  payable_with_preliminary: Sums;
  document_id: string | null;
  can_pay: boolean;
  pay_by?: string | null;
}

export interface Summary {
  account: { account_id: string; number: string; address: string; supplier_name: string };
  receipts: Receipt[];
  unaccounted_payments: { paid_at: string; amount: number }[];
}

export interface PeriodSteps {
  period: string;
  previous_period: string | null;
  next_period: string | null;
}

export interface ServiceSums {
  debt: number;
  paid: number;
  charged: number;
  total: number;
}

export interface Services extends PeriodSteps {
  receipts: { title: string; lines: (ServiceSums & { service: string })[]; total: ServiceSums }[];
}

export interface ChargeLine {
  service: string;
  operation: string;
  tariff: string | null;
  norm: string | null;
  volume: string | null;
  calculation_period: string | null;
  amount: number;
}

export interface Charges extends PeriodSteps {
  receipts: { title: string; lines: ChargeLine[]; total: number }[];
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Payment {
  kind: string;
  received_on: string;
  processed_on: string | null;
  amount: number;
  status: "accounted" | "unaccounted";
}

export interface Meter {
  meter_id: string;
  number: string;
  service: string;
  place: string;
  installed_on: string | null;
  verify_until: string | null;
  calculated_from: string | null;
  calculated_to: string | null;
  removal_reason: string | null;
  average_6_months: string | null;
}

export interface Reading {
  accounted_on: string | null;
  taken_on: string;
  source: string;
  zone: string | null;
  value: string;
}

export interface Document {
  document_id: string;
  title: string;
  issued_on: string;
}

export interface Consumption {
  meters: { meter_id: string; service: string; unit: string; points: { period: string; volume: string }[] }[];
}

export interface FormMeter {
  meter_id: string;
  number: string;
  service: string;
  place: string;
  verify_until: string | null;
  average_6_months: string | null;
  zones: { zone: string; last_value: string | null; last_taken_on: string | null }[];
  accepts: boolean;
  refusal: string | null;
}

export interface ReadingsWindow {
  opens_on: string;
  closes_on: string;
  open: boolean;
  note: string;
}

export interface ReadingsForm {
  window: ReadingsWindow;
  meters: FormMeter[];
}

export interface NewReading {
  meter_id: string;
  zone?: string;
  value?: string;
  delta?: string;
  confirmed?: boolean;
}

export interface Accepted {
  accepted: { reading_id: string; meter_id: string; zone: string; value: string; delta: string; period: string }[];
}

export interface Preview {
  meter_id: string;
  zone: string;
  delta: string;
  average: string | null;
  amount: number | null;
}

export interface GuestLookup {
  token: string;
  window?: ReadingsWindow;
  meters: FormMeter[];
}

export interface Cart {
  groups: {
    account_id: string;
    address: string;
    supplier_name: string;
    receipts: {
      title: string;
      payees: { payee: string; items: { item_id: string; service: string; amount: number }[] }[];
    }[];
    subtotal: number;
  }[];
  count: number;
  commission: { text: string; amount: number };
  total: number;
}

export interface Checkout {
  order_id: string;
  amount: number;
  payment_url: string;
  expires_at: string;
}

export type OrderStatus = "created" | "registered" | "paid" | "declined" | "expired" | "review" | "refunded";

export interface Order {
  order_id: string;
  status: OrderStatus;
  amount: number;
  commission: number;
  items: { service: string; amount: number }[];
  created_at: string;
  timeline: { at: string; what: string }[];
  payment_url?: string | null;
}

export type RequestKindCode = "emergency" | "complaint" | "appeal" | "paid_service";

export interface RequestKind {
  kind: RequestKindCode;
  title: string;
  services: { code: string; title: string; price: number }[];
}

export interface SubscriberRequest {
  request_id: string;
  number: string;
  kind: RequestKindCode;
  text: string;
  status: string;
  created_at: string;
  replies: { at: string; text: string }[];
}

export interface Notice {
  notice_id: string;
  account_id: string | null;
  title: string;
  text: string;
  published_at: string;
  read: boolean;
}
