import { NormalizedSchema } from '@smithy/core/schema';
import { writeUntypedJson } from './json-codec.js';
import { utf8, type Input, type Protocol } from './protocol.js';
import { decodeUri } from './received.js';
import { parseJsonBody, restJson, writeRestJsonError } from './rest-json.js';
import type { OperationModel, ServiceModel } from './service-model.js';

/** `GetSchedule GET /schedules/{Name}`, with a status where it is not 200. */
export type RouteLine = string;

const document = NormalizedSchema.of(15);

/**
 * A REST model made of a few lines, for services whose client package has no schemas: members pass under the names
 * that the API has in JSON, labels and query parameters are strings.
 */
export function routedModel(lines: readonly RouteLine[]): ServiceModel {
  const operations = new Map<string, OperationModel>();
  for (const line of lines) {
    const [name = '', method = '', path = '', status] = line.split(/\s+/);
    const labels: string[] = [];
    const pattern = path.replace(/\{(\w+)\}/g, (_whole, label: string) => {
      labels.push(label);
      return '([^/]+)';
    });
    operations.set(name, {
      name,
      input: document,
      output: document,
      route: { method, path: new RegExp(`^${pattern}/?$`), labels, query: [], requiredQuery: [], requiredHeaders: [], needsBucket: false, status: Number(status ?? 200) },
    });
  }
  return { namespace: '', operations, routed: [...operations.values()], errors: new Map() };
}

export const routedRestJson: Protocol = {
  ...restJson,
  readInput(operation, received, body) {
    const labels = operation.route?.path.exec(received.path)?.slice(1) ?? [];
    const bound: Input = Object.fromEntries(received.query.map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]));
    operation.route?.labels.forEach((label, index) => { bound[label] = decodeUri(labels[index] ?? ''); });
    return { ...(parseJsonBody(body) as Input), ...bound };
  },
  writeOutput: (operation, output, requestId) => ({
    status: operation.route?.status ?? 200,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
    body: utf8(JSON.stringify(writeUntypedJson(output ?? {}))),
  }),
  writeError: writeRestJsonError,
};

/** Source: API Reference of ARC's recovery control configuration. Its newest client here (3.332.0) has no schemas. */
export const recoveryControlConfigRoutes: readonly RouteLine[] = [
  'CreateCluster POST /cluster',
  'DescribeCluster GET /cluster/{ClusterArn}',
  'UpdateCluster PUT /cluster',
  'DeleteCluster DELETE /cluster/{ClusterArn}',
  'ListClusters GET /cluster',
  'CreateControlPanel POST /controlpanel',
  'DescribeControlPanel GET /controlpanel/{ControlPanelArn}',
  'UpdateControlPanel PUT /controlpanel',
  'DeleteControlPanel DELETE /controlpanel/{ControlPanelArn}',
  'ListControlPanels GET /controlpanels',
  'CreateRoutingControl POST /routingcontrol',
  'DescribeRoutingControl GET /routingcontrol/{RoutingControlArn}',
  'UpdateRoutingControl PUT /routingcontrol',
  'DeleteRoutingControl DELETE /routingcontrol/{RoutingControlArn}',
  'ListRoutingControls GET /controlpanel/{ControlPanelArn}/routingcontrols',
  'ListAssociatedRoute53HealthChecks GET /routingcontrol/{RoutingControlArn}/associatedRoute53HealthChecks',
  'CreateSafetyRule POST /safetyrule',
  'DescribeSafetyRule GET /safetyrule/{SafetyRuleArn}',
  'UpdateSafetyRule PUT /safetyrule',
  'DeleteSafetyRule DELETE /safetyrule/{SafetyRuleArn}',
  'ListSafetyRules GET /controlpanel/{ControlPanelArn}/safetyrules',
  'ListTagsForResource GET /tags/{ResourceArn}',
  'TagResource POST /tags/{ResourceArn}',
  'UntagResource DELETE /tags/{ResourceArn}',
];

/** Source: EventBridge Scheduler API Reference. */
export const schedulerRoutes: readonly RouteLine[] = [
  'CreateSchedule POST /schedules/{Name}',
  'GetSchedule GET /schedules/{Name}',
  'UpdateSchedule PUT /schedules/{Name}',
  'DeleteSchedule DELETE /schedules/{Name}',
  'ListSchedules GET /schedules',
  'GetScheduleGroup GET /schedule-groups/{Name}',
  'ListScheduleGroups GET /schedule-groups',
];
