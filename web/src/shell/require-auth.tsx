// The door to the cabinet: who is not signed in signs in right here and stays at the same address. Until that is
// known the screen is drawn already, and requests its data together with the first screen's.
import type { ComponentChildren } from "preact";
import { SignInForm } from "../screens/sign-in";
import { useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { Failure } from "../ui/feedback";
import { Page } from "../ui/page";

export function RequireAuth({ children }: { children: ComponentChildren }) {
  const { stage, problem, reload } = useSession();
  if (stage === "unreachable" && problem) return <Failure problem={problem} retry={reload} />;
  if (stage === "guest") {
    return (
      <Page title="Вход в личный кабинет" class="narrow">
        <p>Чтобы открыть эту страницу, войдите. Сразу после входа Вы окажетесь на ней.</p>
        <SignInForm />
      </Page>
    );
  }
  return (
    <>
      {children}
      {stage === "ended" && (
        <Dialog title="Сеанс завершён" class="dialog-solid">
          <p>
            Вы долго не пользовались личным кабинетом. Войдите снова — вернёмся туда, где Вы остановились.
          </p>
          <SignInForm />
        </Dialog>
      )}
    </>
  );
}
