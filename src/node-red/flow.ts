/**
 * A project's Node-RED flow as one importable JSON text: connection, readings, buttons that sign with Node-RED's own
 * key. It holds a private key and command keys: whoever has the file is Node-RED. Same input, same text.
 */
import {
  commandNodes,
  connectionNodes,
  injectNodes,
  readingNodes,
  tabNode,
  type Wires,
} from './core-nodes.ts';
import { dashboardNodes } from './dashboard-nodes.ts';
import { nodeIds, type FlowInput, type FlowNode } from './flow-input.ts';

const coreWires: Wires = { readings: ['readings'], temperature: [], humidity: [], lines: [], outcomes: [] };
const dashboardWires: Wires = {
  readings: ['readings'],
  temperature: ['temperature'],
  humidity: ['humidity'],
  lines: ['lines'],
  outcomes: ['outcome lines'],
};

/** Every node, the tab first: what Node-RED's *Import* and `POST /flows` take. */
export function flowNodes(input: FlowInput): FlowNode[] {
  const id = nodeIds(input.edition);
  const wires = input.hasCharts ? dashboardWires : coreWires;
  return [
    tabNode(input, id),
    ...connectionNodes(input, id),
    ...readingNodes(input, id, wires),
    ...commandNodes(input, id, wires),
    ...(input.hasCharts ? dashboardNodes(input, id) : injectNodes(input.devices, id, 240)),
  ];
}

export const flowText = (input: FlowInput): string => `${JSON.stringify(flowNodes(input), null, 1)}\n`;
