/**
 * Everything that keeps readings while no page is open: Telegraf, InfluxDB 2 and Grafana in containers, with their
 * configuration and what a person must do. Texts only; certificates are put beside them by whoever has them.
 */
import { grafanaDashboard, grafanaProvider, grafanaSource } from './grafana.ts';
import { influx, telegrafConf, type CollectorInput } from './telegraf.ts';

export interface CollectorSecrets {
  /** Random, of letters and digits: InfluxDB takes them as they are. */
  readonly influxToken: string;
  readonly influxPassword: string;
  readonly grafanaPassword: string;
}

/** Path in the .zip to text. */
export function collectorFiles(
  input: CollectorInput,
  secrets: CollectorSecrets,
): ReadonlyMap<string, string> {
  return new Map([
    ['README.txt', readme(input)],
    ['docker-compose.yml', compose(input)],
    ['.env', env(secrets)],
    ['telegraf/telegraf.conf', telegrafConf(input)],
    ['grafana/provisioning/datasources/signet.yml', grafanaSource],
    ['grafana/provisioning/dashboards/signet.yml', grafanaProvider],
    [`grafana/dashboards/${input.projectId}.json`, grafanaDashboard(input.projectId)],
  ]);
}

export const certificatePaths = {
  authority: 'telegraf/certs/server-ca.crt',
  certificate: 'telegraf/certs/client.crt',
  key: 'telegraf/certs/client.key',
} as const;

const env = ({ influxToken, influxPassword, grafanaPassword }: CollectorSecrets): string =>
  `INFLUX_TOKEN=${influxToken}\nINFLUX_PASSWORD=${influxPassword}\nGRAFANA_PASSWORD=${grafanaPassword}\n`;

const compose = ({
  projectId,
  brokerHost,
}: CollectorInput): string => `# docker compose up -d          starts all three
# docker compose logs telegraf  shows whether it reaches the broker
name: signet-${projectId}-history

services:
  influxdb:
    image: influxdb:2
    restart: unless-stopped
    environment:
      DOCKER_INFLUXDB_INIT_MODE: setup
      DOCKER_INFLUXDB_INIT_USERNAME: signet
      DOCKER_INFLUXDB_INIT_PASSWORD: \${INFLUX_PASSWORD}
      DOCKER_INFLUXDB_INIT_ORG: ${influx.organization}
      DOCKER_INFLUXDB_INIT_BUCKET: ${influx.bucket}
      DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: \${INFLUX_TOKEN}
    volumes:
      - influxdb:/var/lib/influxdb2

  telegraf:
    image: telegraf:1.32
    restart: unless-stopped
    depends_on: [influxdb]
    environment:
      INFLUX_TOKEN: \${INFLUX_TOKEN}
    # A container does not know names that end in .local: this is the computer it runs on. Is the broker on another one, put
    # that one's address here in place of host-gateway.
    extra_hosts:
      - "${brokerHost}:host-gateway"
    volumes:
      - ./telegraf/telegraf.conf:/etc/telegraf/telegraf.conf:ro
      - ./telegraf/certs:/etc/telegraf/certs:ro

  grafana:
    image: grafana/grafana-oss:11.4.0
    restart: unless-stopped
    depends_on: [influxdb]
    environment:
      GF_SECURITY_ADMIN_PASSWORD: \${GRAFANA_PASSWORD}
      INFLUX_TOKEN: \${INFLUX_TOKEN}
    ports:
      - "127.0.0.1:3000:3000"
    volumes:
      - grafana:/var/lib/grafana
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
      - ./grafana/dashboards:/var/lib/grafana/dashboards:ro

volumes:
  influxdb:
  grafana:
`;

const readme = ({ projectId, brokerHost, devicePort, commonName }: CollectorInput): string =>
  `History of the project "${projectId}" while no page is open
============================================================

Telegraf reads from your broker with a certificate of its own, InfluxDB keeps, Grafana draws.

These files were checked against the documentation of the three programs, but not run together with them: please say
what had to be changed.

1. The broker must know the user "${commonName}": take its files from the page once more (Broker, Get broker files) and
   put them in place.
2. docker-compose.yml: is the broker not on this computer, put its address in place of host-gateway.
3. docker compose up -d
4. docker compose logs telegraf     "Connected to MQTT Broker [ssl://${brokerHost}:${devicePort}]" is what you look for.
5. http://localhost:3000, user admin, password in .env (GRAFANA_PASSWORD). Only this computer can reach it.

.env and telegraf/certs/client.key are secrets: keep this folder to yourself (chmod 700). The containers read them as other
users, so the files themselves stay readable.

Readings as the page exported them (CSV) can be put into InfluxDB with "influx write".
`;
