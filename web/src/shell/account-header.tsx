// The line under a screen's title: whose account is shown.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type ReadSpec, prefetch } from "../api/query";
import type { Binding } from "../api/types";
import { date } from "../format";
import { ROUTES } from "../routes";
import { ConfirmHolder } from "../screens/confirm-holder";
import { useSession } from "../session-context";
import { Failure, Note, Spinner } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import "./account-header.css";

export function AccountHeader({ account }: { account: Binding }) {
  const { bindings } = useSession();
  return (
    <dl class="account-header">
      <div>
        <dt>Лицевой счет:</dt>
        <dd>
          <strong>{account.number}</strong>
          {bindings && bindings.length > 1 && (
            <a class="change-account" href={ROUTES.accounts}>
              <Icon name="refresh" /> Сменить<span class="sr-only"> лицевой счет</span>
            </a>
          )}
        </dd>
      </div>
      <div>
        <dt>Адрес:</dt>
        <dd>{account.address}</dd>
      </div>
    </dl>
  );
}

/** A screen about the chosen account; without one it leads to the binding. `history`: a former holder may be left the past of it. */
export function AccountPage(props: {
  title: string;
  history?: boolean;
  /** What the screen reads of an account: asked for while the first screen is still on its way. */
  reads: (accountId: string) => ReadSpec<unknown>[];
  children: (account: Binding) => ComponentChildren;
}) {
  const { account, chosenAccountId, stage, bindings, problem, reload } = useSession();
  const { reads } = props;
  useEffect(() => {
    if (stage === "unknown" && chosenAccountId) reads(chosenAccountId).forEach(prefetch);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    <Page title={props.title} lead={account && <AccountHeader account={account} />}>
      {account ? (
        // Another account is another screen: nothing of the former one stays.
        <div key={account.account_id} class="stack">
          {account.needs_surname && <ConfirmHolder account={account} />}
          {(!account.needs_surname || (props.history && account.history_until)) && props.children(account)}
          {account.history_from && (
            <p class="muted">
              Собственник лицевого счета сменился {date(account.history_from)}. Что было до этого дня, не
              показано, кроме долга и последних показаний счетчиков.
            </p>
          )}
        </div>
      ) : bindings ? (
        <NoAccount />
      ) : problem && !problem.sessionEnded ? (
        <Failure problem={problem} retry={reload} />
      ) : (
        <Spinner />
      )}
    </Page>
  );
}

export function NoAccount() {
  return (
    <div class="stack">
      <Note tone="info">
        <p>
          К Вашему личному кабинету пока не привязан ни один лицевой счет. Привяжите его, чтобы видеть
          начисления, передавать показания и платить.
        </p>
        <p>
          Понадобятся номер лицевого счета и адрес из квитанции, а также фамилия собственника или нанимателя.
        </p>
      </Note>
      <p>
        <a class="button button-main" href={ROUTES.bind}>
          <Icon name="plus" /> Привязать лицевой счет
        </a>
      </p>
    </div>
  );
}
