// Tables to take away: CSV that Russian spreadsheets open as it is (`;`, comma decimals, a byte order mark).

/** Text that a spreadsheet would run as a formula is defused by an apostrophe; numbers stay numbers. */
function cell(value: string): string {
  const text = /^[=+@\t\r]|^-(?![\d]+(,\d+)?$)/.test(value) ? `'${value}` : value;
  return /[";\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function csv(rows: string[][]): string {
  return "\ufeff" + rows.map((row) => row.map(cell).join(";")).join("\r\n") + "\r\n";
}

/** Kopecks as `-1234,56`: no grouping, a plain minus. */
export function csvAmount(kopecks: number): string {
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  return `${kopecks < 0 ? "-" : ""}${digits.slice(0, -2)},${digits.slice(-2)}`;
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
