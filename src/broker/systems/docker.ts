/**
 * Docker: docker-compose.yml, and lines that run the image without it.
 * docker-compose.yml. Nobody on the host has uid 1883, so a first container copies the bundle into a volume and sets
 * owner and mode there; the broker itself then runs unprivileged on read-only mounts, on every system with Docker.
 */

import type { SystemLines } from './system-lines.ts';

export interface ComposeInput {
  readonly projectId: string;
  readonly devicePort: number;
  readonly webPort: number;
}

/** What the first container runs as root: from the bundle in /bundle to the broker's folder in /config. */
export const prepareCommand =
  'rm -rf /config/* && cp -R /bundle/. /config/ && chown -R 1883:1883 /config && ' +
  'chmod 0700 /config /config/cert && chmod 0600 /config/cert/*.key /config/passwd* /config/acl-*';

export const composeFile = (input: ComposeInput): string => `# docker compose up -d          starts the broker
# docker compose logs broker    shows what it says
# docker compose up -d --force-recreate    after the files have changed
name: signet-${input.projectId}

services:
  prepare:
    image: eclipse-mosquitto:2
    user: "0:0"
    network_mode: none
    entrypoint: ["/bin/sh", "-c"]
    command: ["${prepareCommand}"]
    volumes:
      - ./config:/bundle:ro,z
      - config:/config

  broker:
    image: eclipse-mosquitto:2
    depends_on:
      prepare:
        condition: service_completed_successfully
    user: "1883:1883"
    working_dir: /mosquitto/config
    command: ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
    restart: unless-stopped
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    ports:
      - "${input.devicePort}:${input.devicePort}"
      - "${input.webPort}:${input.webPort}"
    volumes:
      - config:/mosquitto/config:ro

volumes:
  config:
`;

/** Without compose: the image's own first step gives the mounted files to uid 1883. */
export const dockerRunLines = ({ devicePort, webPort }: ComposeInput): readonly SystemLines[] => {
  const run = (here: string, slash: string): string =>
    [
      'docker run -d --restart unless-stopped --network mqtt --name mosquitto',
      `-p ${devicePort}:${devicePort} -p ${webPort}:${webPort}`,
      ...['config', 'data', 'log'].map((folder) => `-v "${here}${slash}${folder}:/mosquitto/${folder}"`),
      '-w /mosquitto/config eclipse-mosquitto:2',
    ].join(' ');
  const lines = (here: string, slash: string): string => `docker network create mqtt\n${run(here, slash)}`;
  return [
    { title: 'Linux, macOS', text: lines('$(pwd)', '/') },
    { title: 'Windows, cmd', text: lines('%cd%', '\\') },
    { title: 'Windows, PowerShell', text: lines('${PWD}', '\\') },
    { title: 'After the files have changed', text: 'docker stop mosquitto\ndocker rm mosquitto' },
  ];
};
