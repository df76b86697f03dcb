// «Сверка с банком»: the bank's statement of a day against our journal; columns are chosen where they are called otherwise.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import { amount, localDay, rubles } from "../format";
import { QueryView, Note } from "../ui/feedback";
import { Field, FileField } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row, Table } from "../ui/table";
import { Fact } from "./fact";
import { Screen } from "./layout";
import { FilterSelect } from "../ui/filter-select";
import { orderPath } from "./routes";
import type { Contract, StatementComparison } from "./types";

const MAX_BYTES = 180_000;

export function BankStatement() {
  const contracts = useQuery("contracts", () => unwrap(api.GET("/api/staff/contracts")));
  return (
    <Screen title="Сверка с банком">
      <QueryView query={contracts}>{({ items }) => <Comparison contracts={items} />}</QueryView>
    </Screen>
  );
}

/** The file as the desk takes it: gzipped, in base64. */
async function gzipBase64(file: File): Promise<string> {
  const stream = file.stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  if (text.length > MAX_BYTES) {
    throw new Problem(0, "too_large", "Файл слишком большой: разделите его или сверьте командой.");
  }
  return btoa(text);
}

interface ChosenColumns {
  number: string;
  amount: string;
  status: string;
  day: string;
}

function Comparison({ contracts }: { contracts: Contract[] }) {
  const form = useForm("register");
  const [contract, setContract] = useState(contracts[0]?.contract ?? "");
  const [day, setDay] = useState(localDay(new Date(Date.now() - 24 * 60 * 60 * 1000)));
  const [files, setFiles] = useState<File[]>([]);
  const [columns, setColumns] = useState<string[]>([]);
  const [chosen, setChosen] = useState<ChosenColumns>({ number: "", amount: "", status: "", day: "" });
  const [found, setFound] = useState<StatementComparison | null>(null);
  const compare = async () => {
    const [file] = files;
    if (!file) return;
    setFound(null);
    try {
      const content = await gzipBase64(file);
      const body = { contract, day, content, ...(columns.length ? { columns: chosen } : {}) };
      setFound(await unwrap(api.POST("/api/staff/bank-registers", { body })));
    } catch (reason) {
      if (reason instanceof Problem && reason.has("columns_unknown")) {
        setColumns((reason.body as { columns?: string[] }).columns ?? []);
      }
      throw reason;
    }
  };
  const options = (none: string): [string, string][] => [
    ["", none],
    ...columns.map((name): [string, string] => [name, name]),
  ];
  return (
    <>
      <div class="card">
        <Form
          form={form}
          label="Сверка с банком"
          check={() => ({
            file: files.length === 0 && "Выберите файл реестра",
            columns:
              columns.length > 0 && !(chosen.number && chosen.amount) && "Выберите номер заказа и сумму",
          })}
          act={compare}
        >
          <FilterSelect
            label="Договор"
            value={contract}
            options={contracts.map((each): [string, string] => [each.contract, each.contract])}
            onValue={setContract}
          />
          <Field name="day" label="За какой день" type="date" value={day} onValue={setDay} />
          <FileField
            name="file"
            label="Реестр банка"
            hint="Таблица CSV: номер заказа, сумма в рублях и, если есть возвраты, состояние."
            accept=".csv,.txt,text/csv"
            isSingle
            onFiles={(next) => {
              setFiles(next);
              setColumns([]);
            }}
          />
          {columns.length > 0 && (
            <fieldset class="filters" id="register-columns" tabIndex={-1}>
              <legend>Столбцы файла</legend>
              <FilterSelect
                label="Номер заказа"
                value={chosen.number}
                options={options("выберите")}
                onValue={(number) => setChosen({ ...chosen, number })}
              />
              <FilterSelect
                label="Сумма"
                value={chosen.amount}
                options={options("выберите")}
                onValue={(sum) => setChosen({ ...chosen, amount: sum })}
              />
              <FilterSelect
                label="Состояние или операция"
                value={chosen.status}
                options={options("нет: всё оплачено")}
                onValue={(status) => setChosen({ ...chosen, status })}
              />
              <FilterSelect
                label="Дата"
                value={chosen.day}
                options={options("нет")}
                onValue={(date) => setChosen({ ...chosen, day: date })}
              />
            </fieldset>
          )}
          <Submit busy="Сверяем…">Сверить</Submit>
        </Form>
      </div>
      {found && <ComparisonResult found={found} />}
    </>
  );
}

function ComparisonResult({ found }: { found: StatementComparison }) {
  const differences = found.only_ours.length + found.only_theirs.length + found.differing.length;
  return (
    <section class="stack" aria-labelledby="found">
      <h2 id="found">Что получилось</h2>
      <Note tone={differences === 0 && found.doubts.length === 0 ? "good" : "warn"} live>
        <p>{differences === 0 ? "Суммы сходятся до копейки." : `Расхождений: ${differences}.`}</p>
        {found.doubts.map((doubt) => (
          <p key={doubt}>{doubt}</p>
        ))}
      </Note>
      <dl class="facts card">
        <Fact name="Заказов" value={String(found.orders)} />
        <Fact name="В реестре банка" value={rubles(found.bank_total)} />
        <Fact name="У нас" value={rubles(found.ledger_total)} />
        <Fact name="Строки без движения денег" value={found.skipped.join(", ")} />
      </dl>
      <Differences title="Только у нас" items={found.only_ours} />
      <Differences title="Только в банке" items={found.only_theirs} />
      <Differences title="Суммы различаются" items={found.differing} />
    </section>
  );
}

const COLUMNS = [
  { title: "Заказ" },
  { title: "В банке", number: true },
  { title: "У нас", number: true },
  { title: "Почему" },
];

function Differences({ title, items }: { title: string; items: StatementComparison["differing"] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <Table caption={title} hideCaption columns={COLUMNS} class="desk-table">
        {items.map((item) => (
          <Row key={item.order_id}>
            <Cell column="Заказ" head>
              <a href={orderPath(item.order_id)}>{item.order_id}</a>
            </Cell>
            <Cell column="В банке" number>
              {amount(item.bank)}
            </Cell>
            <Cell column="У нас" number>
              {amount(item.ledger)}
            </Cell>
            <Cell column="Почему">{item.reason}</Cell>
          </Row>
        ))}
      </Table>
    </>
  );
}
