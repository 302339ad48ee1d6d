// The one table that a benchmark run prints.

export interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly mustReach: string;
  readonly reached: boolean | undefined;
}

export function printTable(rows: readonly Row[]): void {
  const header = { figure: 'figure', measured: 'measured', mustReach: 'must reach', reached: undefined };
  const width = (of: (row: Row) => string): number => Math.max(...[header, ...rows].map((row) => of(row).length));
  const widths = [width((row) => row.figure), width((row) => row.measured), width((row) => row.mustReach)] as const;
  const line = (row: Row, verdict: string): string =>
    `| ${row.figure.padEnd(widths[0])} | ${row.measured.padEnd(widths[1])} | ${row.mustReach.padEnd(widths[2])} | ${verdict.padEnd(3)} |`;
  console.log(line(header, ''));
  console.log(`|${[...widths, 3].map((size) => '-'.repeat(size + 2)).join('|')}|`);
  for (const row of rows) console.log(line(row, row.reached === undefined ? '' : row.reached ? 'yes' : 'NO'));
}

export const atLeast = (figure: string, measured: number, bound: number, context = ''): Row => ({
  figure,
  measured: `${measured.toFixed(1)}×${context}`,
  mustReach: `≥ ${bound}×`,
  reached: measured >= bound,
});

export const forComparison = (figure: string, measured: number, context = ''): Row => ({
  figure,
  measured: `${measured.toFixed(1)}×${context}`,
  mustReach: '',
  reached: undefined,
});

export const atMost = (figure: string, measured: number, bound: number, context = ''): Row => ({
  figure,
  measured: `${measured.toFixed(2)}×${context}`,
  mustReach: `≤ ${bound}×`,
  reached: measured <= bound,
});
