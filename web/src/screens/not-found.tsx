// The address leads nowhere.
import { Page } from "../ui/page";

export function NotFound() {
  return (
    <Page title="Страница не найдена" class="narrow">
      <p>Возможно, ссылка устарела или в адресе опечатка.</p>
      <p>
        <a class="button button-main" href="/">
          На главную страницу
        </a>
      </p>
    </Page>
  );
}
