/**
 * docker-compose.yml. Nobody on the host has uid 1883, so a first container copies the bundle into a volume and sets
 * owner and mode there; the broker itself then runs unprivileged on read-only mounts, on every system with Docker.
 */

export interface ComposeInput {
  readonly projectId: string;
  readonly devicePort: number;
  readonly webPort: number;
}

/** What the first container runs as root: from the bundle in /bundle to the broker's folder in /config. */
export const prepareCommand =
  'rm -rf /config/* && cp -R /bundle/. /config/ && chown -R 1883:1883 /config && ' +
  'chmod 0700 /config /config/certs && chmod 0600 /config/certs/*.key /config/passwd /config/acl-*';

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
      - ./mosquitto:/bundle:ro,z
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
