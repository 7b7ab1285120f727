// The files for Telegraf, InfluxDB and Grafana, as they were checked by hand against the documentation of the three. To write
// them anew after a wanted change: UPDATE_GOLDEN=1.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { collectorFiles } from '../../src/telemetry/collectors/collector-files.ts';

const folder = fileURLToPath(new URL('../fixtures/collectors/', import.meta.url));
const input = { projectId: 'porch', brokerHost: 'pi.local', devicePort: 8883, commonName: 'telegraf' };
const secrets = { influxToken: 'token-1', influxPassword: 'password-2', grafanaPassword: 'password-3' };
const files = collectorFiles(input, secrets);

const golden = (name: string): string => path.join(folder, name === '.env' ? 'env' : name);

/** Options of Telegraf's documentation that the configuration may use, by their table. */
const documented: Record<string, readonly string[]> = {
  agent: ['interval', 'flush_interval', 'omit_hostname'],
  'inputs.mqtt_consumer': [
    'servers',
    'topics',
    'topic_tag',
    'qos',
    'client_id',
    'tls_ca',
    'tls_cert',
    'tls_key',
    'data_format',
    'fieldexclude',
  ],
  'inputs.mqtt_consumer.topic_parsing': ['topic', 'measurement', 'tags'],
  'outputs.influxdb_v2': ['urls', 'token', 'organization', 'bucket'],
};

describe('the files for Telegraf, InfluxDB and Grafana', () => {
  for (const [name, text] of files) {
    it(`${name} is as it was checked`, () => {
      if (process.env['UPDATE_GOLDEN']) {
        mkdirSync(path.dirname(golden(name)), { recursive: true });
        writeFileSync(golden(name), text);
      }
      expect(text).toBe(readFileSync(golden(name), 'utf8'));
    });
  }

  it('read as TOML, by a reader that is not ours', () => {
    const script =
      'import sys, tomllib, json; print(json.dumps(tomllib.loads(sys.stdin.read())["inputs"]["mqtt_consumer"][0]["topics"]))';
    const text = files.get('telegraf/telegraf.conf') ?? '';
    const topics = execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' });
    expect(JSON.parse(topics)).toEqual(['signet/porch/+/tele', 'signet/porch/+/health']);
  });

  it('telegraf.conf uses options that are documented, and one connection only', () => {
    const text = files.get('telegraf/telegraf.conf') ?? '';
    let table = '';
    const connections: string[] = [];
    for (const line of text
      .split('\n')
      .filter((each) => each.trim() !== '' && !each.trim().startsWith('#'))) {
      const heading = /^\s*\[\[?([\w.]+)\]\]?$/.exec(line)?.[1];
      if (heading) {
        table = heading;
        if (heading === 'inputs.mqtt_consumer') connections.push(heading);
        continue;
      }
      const [, key = ''] = /^\s*(\w+) = (".*"|\[.*\]|\d+|true|false)$/.exec(line) ?? [];
      expect(documented[table], line).toContain(key);
    }
    expect(connections).toHaveLength(1);
  });

  it('the dashboard is JSON of the classic model, every panel with its query and its place', () => {
    const board = JSON.parse(files.get('grafana/dashboards/porch.json') ?? '') as {
      schemaVersion: number;
      panels: {
        id: number;
        gridPos: Record<string, number>;
        datasource: { uid: string };
        targets: { query: string }[];
      }[];
    };
    expect(board.schemaVersion).toBeGreaterThan(30);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    for (const { gridPos, datasource, targets } of board.panels) {
      expect(Object.keys(gridPos).sort()).toEqual(['h', 'w', 'x', 'y']);
      expect(files.get('grafana/provisioning/datasources/signet.yml')).toContain(`uid: ${datasource.uid}`);
      expect(targets[0]?.query).toContain('r.project == "porch"');
    }
  });

  it('no secret stands anywhere but in .env', () => {
    for (const [name, text] of files) {
      const isSecret = Object.values(secrets).some((secret) => text.includes(secret));
      expect(isSecret, name).toBe(name === '.env');
    }
  });
});
