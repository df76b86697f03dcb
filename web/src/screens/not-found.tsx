// The address leads nowhere.
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { ContactPhones } from "../shell/site";
import { Page } from "../ui/page";

export function NotFound() {
  const { stage } = useSession();
  return (
    <Page title="Страница не найдена" class="narrow">
      <p>Возможно, ссылка устарела или в адресе опечатка.</p>
      <p>
        <a class="button button-main" href={ROUTES.start}>
          На главную страницу
        </a>
      </p>
      {stage === "guest" && <ContactPhones />}
    </Page>
  );
}
