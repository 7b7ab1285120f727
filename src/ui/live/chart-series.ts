/** How one series is drawn. */
export interface ChartSeries {
  readonly name: string;
  readonly unit: string;
  readonly colour: 'accent' | 'info';
}
