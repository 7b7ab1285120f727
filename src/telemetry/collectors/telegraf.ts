/**
 * Telegraf's configuration: what devices say on `tele` and `health` (docs/contracts.md, "Topics") into InfluxDB 2. Names
 * of options as Telegraf's documentation has them; checked against it, not run (docs/decisions/0066).
 */

export interface CollectorInput {
  readonly projectId: string;
  /** What the broker's certificate is for. */
  readonly brokerHost: string;
  readonly devicePort: number;
  /** Common name of the client certificate, which the broker takes for the user and the client id. */
  readonly commonName: string;
}

/** Everything lies in one database of one organisation. */
export const influx = { organization: 'signet', bucket: 'signet' } as const;

export const telegrafConf = (
  input: CollectorInput,
): string => `# Readings of the project "${input.projectId}" from its broker into InfluxDB 2. For Telegraf 1.29 or newer.
[agent]
  interval = "10s"
  flush_interval = "10s"
  omit_hostname = true

# One connection for all: the broker takes the certificate's name for the client id, and a second one would throw the
# first one off.
[[inputs.mqtt_consumer]]
  servers = ["ssl://${input.brokerHost}:${input.devicePort}"]
  topics = ["signet/${input.projectId}/+/tele", "signet/${input.projectId}/+/health"]
  topic_tag = ""
  qos = 0
  client_id = "${input.commonName}"
  tls_ca = "/etc/telegraf/certs/server-ca.crt"
  tls_cert = "/etc/telegraf/certs/client.crt"
  tls_key = "/etc/telegraf/certs/client.key"
  data_format = "json"
  # Form, sequence, the device's clock and error codes are no readings; the time is that of the arrival.
  fieldexclude = ["v", "q", "t", "e"]
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "signet/+/+/+"
    measurement = "_/_/_/measurement"
    tags = "_/project/device/_"

[[outputs.influxdb_v2]]
  urls = ["http://influxdb:8086"]
  token = "\${INFLUX_TOKEN}"
  organization = "${influx.organization}"
  bucket = "${influx.bucket}"
`;
