/** The flow's dashboard page: charts of all devices, and for each device its newest words and its buttons. */
import { buttonsOf, orderOf } from './core-nodes.ts';
import type { FlowInput, FlowNode, NodeId } from './flow-input.ts';

const sinkX = 740;
const widgetX = 1000;

/** Nodes of the dashboard package, and of the core what leads to them. */
export function dashboardNodes(input: FlowInput, id: NodeId): FlowNode[] {
  return [
    ...pageNodes(input, id),
    chartNode({ name: 'temperature', label: 'Temperature', unit: '°C', order: 1, y: 360 }, id),
    chartNode({ name: 'humidity', label: 'Humidity', unit: '%', order: 2, y: 420 }, id),
    ...deviceNodes(input, id),
  ];
}

function pageNodes({ projectName, projectId, devices }: FlowInput, id: NodeId): FlowNode[] {
  const group = (name: string, title: string, order: number): FlowNode => ({
    ...{ id: id(name), type: 'ui-group', name: title, page: id('page'), width: '6', height: '1', order },
    ...{ showTitle: true, className: '', visible: 'true', disabled: 'false', groupType: 'default' },
  });
  return [
    {
      ...{ id: id('ui'), type: 'ui-base', name: 'Dashboard', path: '/dashboard', appIcon: '' },
      ...{ includeClientData: true, acceptsClientConfig: ['ui-notification', 'ui-control'] },
      ...{ showPathInSidebar: false, headerContent: 'page', titleBarStyle: 'default' },
      ...{ navigationStyle: 'default', showReconnectNotification: true, notificationDisplayTime: 1 },
      showDisconnectNotification: true,
    },
    {
      ...{ id: id('theme'), type: 'ui-theme', name: 'Signet' },
      colors: {
        ...{ surface: '#ffffff', primary: '#0B6770', bgPage: '#F6F7F9' },
        ...{ groupBg: '#ffffff', groupOutline: '#cccccc' },
      },
      sizes: {
        ...{ density: 'default', pagePadding: '12px', groupGap: '12px' },
        ...{ groupBorderRadius: '4px', widgetGap: '12px' },
      },
    },
    {
      ...{ id: id('page'), type: 'ui-page', name: projectName, ui: id('ui'), path: `/${projectId}` },
      ...{ icon: 'home', layout: 'grid', theme: id('theme'), order: 1, className: '' },
      ...{ visible: 'true', disabled: 'false' },
      breakpoints: [
        { name: 'Default', px: '0', cols: '3' },
        { name: 'Tablet', px: '576', cols: '6' },
        { name: 'Small Desktop', px: '768', cols: '9' },
        { name: 'Desktop', px: '1024', cols: '12' },
      ],
    },
    group('charts', 'Readings', 1),
    ...devices.map((device, index) => group(`group ${device.id}`, device.id, index + 2)),
  ];
}

interface Chart {
  readonly name: 'temperature' | 'humidity';
  readonly label: string;
  readonly unit: string;
  readonly order: number;
  readonly y: number;
}

/** One line a device: messages are told apart by their topic. */
const chartNode = ({ name, label, unit, order, y }: Chart, id: NodeId): FlowNode => ({
  ...{ id: id(name), type: 'ui-chart', z: id('tab'), group: id('charts'), name: label, order },
  ...{ label: `${label} (${unit})`, chartType: 'line', category: 'topic', categoryType: 'msg' },
  ...{ xAxisLabel: '', xAxisProperty: '', xAxisPropertyType: 'timestamp', xAxisType: 'time' },
  ...{ xAxisFormat: '', xAxisFormatType: 'auto', xmin: '', xmax: '', yAxisLabel: unit },
  ...{ yAxisProperty: 'payload', yAxisPropertyType: 'msg', ymin: '', ymax: '', bins: 10 },
  ...{ action: 'append', stackSeries: false, pointShape: 'circle', pointRadius: 2, showLegend: true },
  ...{ removeOlder: '24', removeOlderUnit: '3600', removeOlderPoints: '5000', interpolation: 'linear' },
  colors: ['#0B6770', '#B3261E', '#8A5200', '#2B5BB0', '#1B7040', '#A347E1', '#D62728', '#9467BD', '#556270'],
  ...{ textColor: ['#666666'], textColorDefault: true, gridColor: ['#e5e5e5'], gridColorDefault: true },
  ...{ width: '6', height: '6', className: '', x: sinkX, y, wires: [[]] },
});

function deviceNodes({ devices }: FlowInput, id: NodeId): FlowNode[] {
  const z = id('tab');
  return [
    switchNode('by device', 'lines', 480),
    switchNode('by device', 'outcome lines', 540),
    ...devices.flatMap((device, index) => [
      textNode(`line ${device.id}`, 'Now', 1, 480 + index * 40),
      textNode(`outcome ${device.id}`, 'Last command', 2, 500 + index * 40),
    ]),
    ...buttonNodes(devices, id),
  ];

  function switchNode(name: string, node: 'lines' | 'outcome lines', y: number): FlowNode {
    const rules = devices.map((device) => ({ t: 'eq', v: device.id, vt: 'str' }));
    const to = node === 'lines' ? 'line' : 'outcome';
    return {
      ...{ id: id(node), type: 'switch', z, name, property: 'topic', propertyType: 'msg', rules },
      ...{ checkall: 'false', repair: false, outputs: rules.length, x: sinkX, y },
      wires: devices.map((device) => [id(`${to} ${device.id}`)]),
    };
  }

  function textNode(name: string, label: string, order: number, y: number): FlowNode {
    const device = name.slice(name.indexOf(' ') + 1);
    return {
      ...{ id: id(name), type: 'ui-text', z, group: id(`group ${device}`), order, width: '6', height: '1' },
      ...{ name: `${device}: ${label}`, label, format: '{{msg.payload}}', layout: 'row-spread' },
      ...{ style: false, font: '', fontSize: 16, color: '#717171', wrapText: true, className: '' },
      ...{ value: 'payload', valueType: 'msg', x: widgetX, y, wires: [] },
    };
  }
}

const buttonNodes = (devices: FlowInput['devices'], id: NodeId): FlowNode[] =>
  buttonsOf(devices).map(({ device, button }, index) => ({
    ...{ id: id(`button ${device.id} ${button.label}`), type: 'ui-button', z: id('tab') },
    ...{ group: id(`group ${device.id}`), name: `${device.id}: ${button.label}`, label: button.label },
    ...{ order: 10 + index, width: '3', height: '1', emulateClick: false, tooltip: '', color: '' },
    ...{ bgcolor: '', className: '', icon: '', iconPosition: 'left', payload: orderOf(button) },
    ...{ payloadType: 'json', topic: device.id, topicType: 'str', buttonColor: '', textColor: '' },
    ...{ iconColor: '', enableClick: true, enablePointerdown: false, pointerdownPayload: '' },
    ...{ pointerdownPayloadType: 'str', enablePointerup: false, pointerupPayload: '' },
    ...{ pointerupPayloadType: 'str', x: 160, y: 240 + index * 40, wires: [[id('sign')]] },
  }));
