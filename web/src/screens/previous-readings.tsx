// The readings handed in for a meter: «Дата учета», «Дата снятия», «Источник», «Показание».
import { api, unwrap } from "../api/client";
import { type Pages, usePages } from "../api/query";
import type { Reading } from "../api/types";
import { date, decimal } from "../format";
import { Empty, QueryView } from "../ui/feedback";
import { LoadMore } from "../ui/load-more";
import { Cell, Row, Table } from "../ui/table";
import "./previous-readings.css";

const TITLES = ["Дата учета", "Дата снятия", "Источник", "Показание"] as const;
const SOURCES: Record<string, string> = {
  subscriber: "Личный кабинет",
  guest: "Без регистрации",
  staff: "Сотрудник",
  billing: "Расчётная организация",
  initial: "Начальное",
};

const STATUSES: Record<string, string> = { replaced: "заменено", withdrawn: "отозвано" };

/** «учитывается» where a zone has several readings of one day, else nothing: it is obvious. */
function statusText(reading: Reading, all: Reading[]): string | undefined {
  const sameDay = (one: Reading) => one.taken_on === reading.taken_on && one.zone === reading.zone;
  if (reading.counts && all.filter(sameDay).length > 1) return "учитывается";
  return STATUSES[reading.status];
}

export const sourceName = (source: string): string => SOURCES[source] ?? source;

/** «Т2 (ночь)», by which people know a reading's zone; empty for a meter of one zone. */
export function zoneTitle(zones: { zone: string; title: string }[], zone: string): string {
  return zones.find((one) => one.zone === zone)?.title ?? "";
}

interface Props {
  accountId: string;
  meterId: string;
  meterName: string;
  zones: { zone: string; title: string }[];
}

export function PreviousReadings(props: Props) {
  const query = usePages<Reading>(`meter-readings:${props.accountId}:${props.meterId}`, (cursor) =>
    unwrap(
      api.GET("/api/accounts/{account_id}/meters/{meter_id}/readings", {
        params: {
          path: { account_id: props.accountId, meter_id: props.meterId },
          query: cursor ? { cursor } : {},
        },
      }),
    ),
  );
  return <ReadingsTable query={query} meterName={props.meterName} zones={props.zones} />;
}

export function ReadingsTable(props: Pick<Props, "meterName" | "zones"> & { query: Pages<Reading> }) {
  const { query } = props;
  return (
    <QueryView query={query} reserve={240}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty>Показаний пока нет.</Empty>
        ) : (
          <div class="previous">
            <Table
              caption={`Показания: ${props.meterName}`}
              hideCaption
              class="table-small"
              columns={TITLES.map((title) => ({ title, number: title === "Показание" }))}
            >
              {page.items.map((reading, index) => (
                <Row key={index}>
                  <Cell column={TITLES[0]}>{date(reading.accounted_on)}</Cell>
                  <Cell column={TITLES[1]}>{date(reading.taken_on)}</Cell>
                  <Cell column={TITLES[2]}>{sourceName(reading.source)}</Cell>
                  <Cell column={TITLES[3]} number class="cell-strong">
                    {statusText(reading, page.items) && (
                      <span class={reading.counts ? "tag tag-good" : "tag"}>
                        {statusText(reading, page.items)}
                      </span>
                    )}{" "}
                    {zoneTitle(props.zones, reading.zone) && (
                      <span class="muted">{zoneTitle(props.zones, reading.zone)}: </span>
                    )}
                    {decimal(reading.value)}
                  </Cell>
                </Row>
              ))}
            </Table>
            <LoadMore pages={query} />
          </div>
        )
      }
    </QueryView>
  );
}
