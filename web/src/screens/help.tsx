// «Инструкция по использованию личного кабинета»: the most asked questions, and where the answer is.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { Binding } from "../api/types";
import { Phones } from "../shell/branding";
import { ContactPhones } from "../shell/site";
import { useSession } from "../session-context";
import { Paragraphs } from "../ui/consent";
import { Page } from "../ui/page";

const STEPS: [string, string[]][] = [
  [
    "Как зарегистрироваться",
    [
      "На главной странице нажмите «Регистрация» и заполните форму: адрес электронной почты, пароль и номер сотового телефона; если кабинет попросит, введите и код с картинки.",
      "Прочитайте согласие на обработку персональных данных и отметьте его.",
      "Нажмите «Отправить письмо для активации аккаунта» и перейдите по ссылке из письма.",
    ],
  ],
  [
    "Как привязать лицевой счет",
    [
      "Откройте клиентское меню вверху справа, выберите «Выбор лицевого счета» и нажмите «Привязать лицевой счет».",
      "Введите номер лицевого счета, № дома и № квартиры из квитанции, нажмите «Найти».",
      "Введите фамилию собственника или нанимателя и нажмите «+ Привязать лицевой счет».",
    ],
  ],
  [
    "Как передать показания",
    [
      "Откройте раздел «Передать показания».",
      "Введите новое показание или объем изменения, проверьте дату снятия показания.",
      "Нажмите «Передать показания». Без регистрации то же можно сделать на главной странице.",
      "Если ошиблись, нажмите «Отозвать» рядом с показанием или передайте его ещё раз, пока идёт приём.",
    ],
  ],
  [
    "Как заплатить",
    [
      "На экране «Главная» нажмите «Перейти к оплате»: в корзину попадёт всё, что пора оплатить по всем Вашим лицевым счетам. Одну квитанцию добавляет кнопка «Добавить в корзину» на экране «Общая информация».",
      "В корзине при необходимости измените суммы и нажмите «ОПЛАТИТЬ».",
      "Выберите способ: карта, СБП или сохранённая карта. У каждого показана своя комиссия.",
      "Введите данные карты на странице банка или оплатите по СБП в приложении банка. После оплаты Вы увидите, прошёл ли платёж.",
    ],
  ],
  [
    "Как платить автоматически",
    [
      "При оплате отметьте «Сохранить карту для следующих оплат». Сохранённые карты и автоплатёж — в меню «Настройки», «Способы оплаты».",
      "Включите автоплатёж лицевого счета: выберите карту, ограничение суммы и день.",
      "За день до списания придёт письмо с суммой. Списание можно пропустить, а автоплатёж выключить — в том числе по ссылке из письма.",
    ],
  ],
  [
    "Как оплатить квитанцию без регистрации",
    [
      "На главной странице в разделе «Оплатить квитанцию» нажмите «Без регистрации».",
      "Наведите камеру на QR-код квитанции, выберите его снимок или введите номер лицевого счета и адрес.",
      "Проверьте сумму, выберите способ и оплатите. Так можно заплатить и за родителей.",
    ],
  ],
  ["Как распечатать квитанцию", ["Откройте раздел «Документы», выберите месяц и нажмите «Открыть PDF»."]],
];

/** The first account of each supplier. */
function onePerSupplier(bindings: Binding[]): Binding[] {
  const seen = new Set<string>();
  return bindings.filter((binding) => !seen.has(supplierId(binding)) && seen.add(supplierId(binding)));
}

function supplierId({ account_id }: Binding): string {
  return account_id.slice(0, account_id.indexOf(":"));
}

/** What a supplier of the resident's own says, and its telephones; nothing where it says nothing. */
function SupplierHelp({ binding }: { binding: Binding }) {
  const supplier = supplierId(binding);
  const path = { supplier_id: supplier };
  const { data } = useQuery(`help/${supplier}`, () =>
    unwrap(api.GET("/api/suppliers/{supplier_id}/help", { params: { path } })),
  );
  const phones = binding.branding?.phones;
  if (!data?.text && !phones?.length) return null;
  return (
    <section class="card">
      <h2>{binding.supplier_name}</h2>
      {data?.text && <Paragraphs text={data.text} />}
      <Phones phones={phones} />
    </section>
  );
}

export function Help() {
  const { bindings, stage } = useSession();
  return (
    <Page title="Инструкция по использованию личного кабинета" class="narrow" atOnce>
      <p>
        Личный кабинет — сервис, который позволит Вам просматривать начисления и оплаты по лицевому счету,
        печатать квитанции, передавать показания счетчиков и контролировать их состояние.
      </p>
      {STEPS.map(([question, steps]) => (
        <section key={question} class="card">
          <h2>{question}</h2>
          <ol class="steps">
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </section>
      ))}
      {onePerSupplier(bindings ?? []).map((binding) => (
        <SupplierHelp key={supplierId(binding)} binding={binding} />
      ))}
      {stage === "guest" && <ContactPhones />}
    </Page>
  );
}
