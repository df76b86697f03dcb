// The desk's types, taken from the generated description.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Right = Me["rights"][number];
export type Role = Me["roles"][number];
export type RequestLine = Schemas["DeskRequestLine"];
export type DeskRequest = Schemas["DeskRequest"];
export type DeskMessage = Schemas["DeskMessage"];
export type DeskFile = Schemas["DeskFile"];
export type RequestStatus = DeskRequest["statuses"][number];
export type OrderLine = Schemas["DeskOrderLine"];
export type Order = Schemas["DeskOrder"];
export type Registry = Schemas["ImportResponse"];
export type RegistryPreview = Schemas["ImportPreview"];
export type AccountRows = Schemas["AccountRowsResponse"];
export type SupplierSettings = Schemas["SettingsResponse"];
export type BankCheckState = Schemas["BankCheck"];
export type BrandingPreview = Schemas["BrandingPreview"];
export type Export = Schemas["ExportResponse"];
export type Colleague = Schemas["ColleagueResponse"];
export type AuditEntry = Schemas["AuditEntryResponse"];
export type Assignee = Schemas["Assignee"];
export type ResidentPage = Schemas["ResidentPage"];
export type AccountCard = Schemas["AccountCardResponse"];
export type BoundUser = Schemas["BoundUserResponse"];
export type DeskNotice = Schemas["DeskNotice"];
export type HouseLine = Schemas["HouseLine"];
export type Reach = Schemas["ReachResponse"];
export type OwnSupplier = Schemas["OwnSupplier"];
export type Where = Schemas["WhereForm"];
export type UnreachedLine = Schemas["UnreachedLine"];
export type MailLine = Schemas["MailLine"];
export type TodayNumbers = Schemas["TodayNumbers"];
