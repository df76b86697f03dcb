// Totals of more days than one answer has: asked for range by range, one after another, and added up.
import type { Totals } from "./types";

/** The server's bound, in days. */
const MAX_DAYS_A_CALL = 31;
const DAY_MS = 86_400_000;
/** The longest range that the page asks for. */
export const MAX_DAYS = 93;

type FetchTotals = (from: string, to: string) => Promise<Totals>;

/** The totals of the days from `from` to `to`; a range that is no range is left to the server to refuse. */
export async function totalsOfDays(from: string, to: string, read: FetchTotals): Promise<Totals> {
  const [first, ...rest] = splitRange(from, to);
  let sum = await read(first.from, first.to);
  for (const range of rest) sum = addTotals(sum, await read(range.from, range.to));
  return sum;
}

/** How many days there are from one to another, both included. */
export const daysIn = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;

type DateRange = { from: string; to: string };

function splitRange(from: string, to: string): [DateRange, ...DateRange[]] {
  const days = daysIn(from, to);
  if (!(days > MAX_DAYS_A_CALL && days <= MAX_DAYS)) return [{ from, to }];
  const ranges: DateRange[] = [];
  for (let begin = MAX_DAYS_A_CALL; begin < days; begin += MAX_DAYS_A_CALL)
    ranges.push({
      from: shiftDay(from, begin),
      to: shiftDay(from, Math.min(begin + MAX_DAYS_A_CALL, days) - 1),
    });
  return [{ from, to: shiftDay(from, MAX_DAYS_A_CALL - 1) }, ...ranges];
}

const shiftDay = (day: string, days: number) =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

function addTotals(a: Totals, b: Totals): Totals {
  return {
    first: a.first,
    last: b.last,
    paid: a.paid + b.paid,
    refunded: a.refunded + b.refunded,
    beyond: a.beyond + b.beyond,
    payments: a.payments + b.payments,
    refunds: a.refunds + b.refunds,
    // The ranges have no day in common, and follow one another.
    days: [...a.days, ...b.days],
    payees: mergeSums(a.payees, b.payees, (each) => each.payee_inn),
    methods: mergeSums(a.methods, b.methods, (each) => each.method),
  };
}

function mergeSums<T extends { paid: number; refunded: number }>(
  a: T[],
  b: T[],
  name: (each: T) => string,
): T[] {
  const sums = new Map(a.map((each) => [name(each), each]));
  for (const each of b) {
    const sum = sums.get(name(each));
    sums.set(
      name(each),
      sum ? { ...sum, paid: sum.paid + each.paid, refunded: sum.refunded + each.refunded } : each,
    );
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}
