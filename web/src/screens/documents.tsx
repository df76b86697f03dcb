// «Документы»: the receipts of every month, to print or to save.
import { documentsRead } from "../api/account-reads";
import { usePages } from "../api/query";
import type { Binding } from "../api/types";
import { date } from "../format";
import { AccountPage } from "../shell/account-header";
import { Empty, QueryView } from "../ui/feedback";
import { useNarrow } from "../ui/media";
import { LoadMore } from "../ui/load-more";
import { Cell, Row, Table } from "../ui/table";
import { PrintReceipt } from "./print-receipt";

const NAME = "Наименование документа";
const ISSUED = "Дата выпуска";

export function DocumentsScreen() {
  return (
    <AccountPage title="Документы" reads={(id) => [documentsRead(id)]}>
      {(account) => <DocumentsContent account={account} />}
    </AccountPage>
  );
}

function DocumentsContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const { key, load } = documentsRead(id);
  const query = usePages(key, load);
  const narrow = useNarrow();
  return (
    <QueryView query={query}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty>Документов по этому лицевому счету пока нет.</Empty>
        ) : (
          <section class="card">
            <Table
              caption="Документы"
              hideCaption
              class="table-beside"
              columns={[{ title: NAME }, { title: "Печать" }, { title: ISSUED }]}
            >
              {page.items.map((document) => (
                <Row key={document.document_id}>
                  <Cell column={NAME} head>
                    {document.title}
                  </Cell>
                  <Cell column="Печать" class="cell-action">
                    <PrintReceipt
                      accountId={id}
                      documentId={document.document_id}
                      title={document.title}
                      label={narrow ? "PDF" : "Открыть PDF"}
                    />
                  </Cell>
                  <Cell column={ISSUED}>{date(document.issued_on)}</Cell>
                </Row>
              ))}
            </Table>
            <LoadMore pages={query} />
          </section>
        )
      }
    </QueryView>
  );
}
