/**
 * Grafana's provisioning: where the readings are, and a dashboard of them. The classic dashboard model, which every Grafana
 * since 8 reads; checked against its documentation, not run (docs/decisions/0066).
 */
import { influx } from './telegraf.ts';

const sourceUid = 'signet-influxdb';

export const grafanaSource = `apiVersion: 1
datasources:
  - name: Signet
    uid: ${sourceUid}
    type: influxdb
    access: proxy
    url: http://influxdb:8086
    isDefault: true
    jsonData:
      version: Flux
      organization: ${influx.organization}
      defaultBucket: ${influx.bucket}
    secureJsonData:
      token: \${INFLUX_TOKEN}
`;

export const grafanaProvider = `apiVersion: 1
providers:
  - name: Signet
    type: file
    options:
      path: /var/lib/grafana/dashboards
`;

interface PanelSpec {
  readonly title: string;
  readonly measurement: 'tele' | 'health';
  /** Flux's condition on the field's name, `r` being the record. */
  readonly fields: string;
  readonly unit: string;
}

const panels: readonly PanelSpec[] = [
  {
    title: 'Temperature',
    measurement: 'tele',
    fields: 'r._field == "temperature"',
    unit: 'celsius',
  },
  { title: 'Humidity', measurement: 'tele', fields: 'r._field == "humidity"', unit: 'humidity' },
  {
    title: 'Other readings',
    measurement: 'tele',
    fields: 'r._field != "temperature" and r._field != "humidity"',
    unit: 'none',
  },
  { title: 'Wi-Fi signal', measurement: 'health', fields: 'r._field == "rssi"', unit: 'dBm' },
];

/** One dashboard with all devices, and a choice among them. */
export const grafanaDashboard = (projectId: string): string =>
  `${JSON.stringify(dashboard(projectId), null, 2)}\n`;

const datasource = { type: 'influxdb', uid: sourceUid };

const dashboard = (projectId: string) => ({
  id: null,
  uid: `signet-${projectId}`,
  title: `Signet: ${projectId}`,
  tags: ['signet'],
  timezone: 'browser',
  editable: true,
  schemaVersion: 39,
  version: 1,
  refresh: '30s',
  time: { from: 'now-24h', to: 'now' },
  templating: { list: [deviceChoice(projectId)] },
  annotations: { list: [] },
  panels: panels.map((spec, i) => panel(projectId, spec, i)),
});

const deviceChoice = (projectId: string) => ({
  name: 'device',
  label: 'Device',
  type: 'query',
  datasource,
  query: `import "influxdata/influxdb/schema"
schema.tagValues(bucket: "${influx.bucket}", tag: "device", predicate: (r) => r.project == "${projectId}")`,
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { selected: true, text: ['All'], value: ['$__all'] },
  sort: 1,
});

const panel = (projectId: string, { title, measurement, fields, unit }: PanelSpec, i: number) => ({
  id: i + 1,
  type: 'timeseries',
  title,
  datasource,
  gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 9, w: 12, h: 9 },
  // Three intervals of a minute: a longer silence is a gap.
  fieldConfig: { defaults: { unit, custom: { spanNulls: 180_000 } }, overrides: [] },
  options: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] } },
  targets: [
    {
      refId: 'A',
      datasource,
      query: `from(bucket: "${influx.bucket}")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "${measurement}" and r.project == "${projectId}")
  |> filter(fn: (r) => ${fields})
  |> filter(fn: (r) => r.device =~ /^\${device:regex}$/)
  |> keep(columns: ["_time", "_value", "_field", "device"])
  |> aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)`,
    },
  ],
});
