/** What a Node-RED flow is made from, and its nodes' ids and places. Knows neither where keys come from nor the page. */
import { utf8 } from '../shared/bytes.ts';
import { md5Hex } from '../shared/md5.ts';

/** A command that a button of the flow gives. */
export interface FlowButton {
  readonly label: string;
  readonly command: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export interface FlowDevice {
  readonly id: string;
  /** 64 hex: Node-RED's own command key of this device; null without one, then the flow only reads it. */
  readonly commandKeyHex: string | null;
  readonly buttons: readonly FlowButton[];
}

export interface FlowInput {
  /** Another one each time a flow is made: its nodes' ids come from it. */
  readonly edition: string;
  readonly projectId: string;
  readonly projectName: string;
  /** As Node-RED reaches the broker; the broker's certificate must list it. */
  readonly host: string;
  readonly port: number;
  /** The certificate's common name: what the broker knows Node-RED by. */
  readonly userName: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** All authorities that may have signed the broker's certificate. */
  readonly authorityPem: string;
  readonly devices: readonly FlowDevice[];
  /** With a dashboard page of {@link dashboardPackage}; without that package such a flow does not start. */
  readonly hasCharts: boolean;
}

/** The maintained dashboard of Node-RED; the core has none. */
export const dashboardPackage = '@flowfuse/node-red-dashboard';

/** A node as Node-RED stores it. */
export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** No two editions share an id: Node-RED would keep the earlier import's connection, with its old certificate. */
export const nodeIds =
  (edition: string) =>
  (name: string): string =>
    md5Hex(utf8(`signet/${edition}/${name}`)).slice(0, 16);

export type NodeId = ReturnType<typeof nodeIds>;
