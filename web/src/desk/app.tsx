// The desk's routes: which screen has which URL.
import { LocationProvider, Route, Router, useLocation } from "preact-iso";
import { lazyScreens } from "../shell/lazy";
import { AccountRowsScreen } from "./account-rows";
import { AuditLog } from "./audit";
import { AutopayFailures } from "./autopay-failures";
import { BankStatement } from "./bank-statement";
import { Exports } from "./exports";
import { Layout, Screen } from "./layout";
import { Invitation } from "./invitation";
import { OrderScreen } from "./order";
import { OrderSearch } from "./order-search";
import { UndeliveredMail } from "./mail";
import { NoticeForm } from "./notice-form";
import { NoticeScreen } from "./notice";
import { NoticeList } from "./notices";
import { Registries } from "./registries";
import { RegistryScreen } from "./registry";
import { RequestScreen } from "./request";
import { RequestList } from "./request-list";
import { AccountScreen, Residents } from "./residents";
import { PasskeysScreen } from "./passkeys";
import { DESK } from "./routes";
import { DeskSessionProvider } from "./session-context";
import { Staff } from "./staff";
import { SupplierSettingsScreen } from "./supplier-settings";
import { Today } from "./today";
import { Totals } from "./totals";
import { WebhookScreen } from "./webhook";

/** The resident's own views are loaded when they are opened. */
const accountViews = lazyScreens(() => import("./account-views"));
const ViewsScreen = accountViews.screen("views");
const PhoneReadingsScreen = accountViews.screen("readings");

export function App() {
  return (
    <LocationProvider scope={/^\/desk(\/|$)/}>
      <Desk />
    </LocationProvider>
  );
}

function Desk() {
  const { path } = useLocation();
  // Who is invited has no session yet.
  if (path === DESK.invitation) return <Invitation />;
  return (
    <DeskSessionProvider>
      <Layout>
        <Router>
          <Route path={DESK.today} component={Today} />
          <Route path={DESK.requests} component={RequestList} />
          <Route path={DESK.request} component={RequestScreen} />
          <Route path={DESK.residents} component={Residents} />
          <Route path={DESK.account} component={AccountScreen} />
          <Route path={DESK.views} component={ViewsScreen} />
          <Route path={DESK.phoneReadings} component={PhoneReadingsScreen} />
          <Route path={DESK.orders} component={OrderSearch} />
          <Route path={DESK.order} component={OrderScreen} />
          <Route path={DESK.totals} component={Totals} />
          <Route path={DESK.bankStatement} component={BankStatement} />
          <Route path={DESK.autopayFailures} component={AutopayFailures} />
          <Route path={DESK.notices} component={NoticeList} />
          <Route path={DESK.newNotice} component={NoticeForm} />
          <Route path={DESK.notice} component={NoticeScreen} />
          <Route path={DESK.registries} component={Registries} />
          <Route path={DESK.registry} component={RegistryScreen} />
          <Route path={DESK.rows} component={AccountRowsScreen} />
          <Route path={DESK.suppliers} component={SupplierSettingsScreen} />
          <Route path={DESK.webhook} component={WebhookScreen} />
          <Route path={DESK.exports} component={Exports} />
          <Route path={DESK.mail} component={UndeliveredMail} />
          <Route path={DESK.passkeys} component={PasskeysScreen} />
          <Route path={DESK.staff} component={Staff} />
          <Route path={DESK.audit} component={AuditLog} />
          <Route default component={NotFound} />
        </Router>
      </Layout>
    </DeskSessionProvider>
  );
}

function NotFound() {
  return (
    <Screen title="Страницы нет">
      <p>
        Такой страницы на рабочем месте нет. <a href={DESK.today}>На главную</a>
      </p>
    </Screen>
  );
}
