import type { Operation } from '../../service.js';
import { AwsError } from '../../service.js';
import type { World } from '../../world.js';

interface Dashboard {
  region: string;
  name: string;
  body: string;
  changedAt: number;
}

/** Dashboards are kept and given back; nothing draws them. */
export class Dashboards {
  private dashboards = new Map<string, Dashboard>();

  constructor(private readonly world: World) {}

  put(region: string, name: string, body: string): void {
    try {
      JSON.parse(body);
    } catch {
      throw new AwsError('InvalidParameterInput', `The dashboard body of ${name} is not JSON`);
    }
    this.dashboards.set(`${region}/${name}`, { region, name, body, changedAt: this.world.clock.now() });
    this.world.changed();
  }

  remove(region: string, name: string): void {
    this.dashboards.delete(`${region}/${name}`);
    this.world.changed();
  }

  arn(name: string): string {
    return `arn:${this.world.partition}:cloudwatch::${this.world.account}:dashboard/${name}`;
  }

  operations(): Record<string, Operation> {
    return {
      PutDashboard: async (input: { DashboardName: string; DashboardBody: string }, call) => {
        this.put(call.region, input.DashboardName, input.DashboardBody);
        return { DashboardValidationMessages: [] };
      },
      GetDashboard: async (input: { DashboardName: string }, call) => {
        const dashboard = this.dashboards.get(`${call.region}/${input.DashboardName}`);
        if (!dashboard) throw new AwsError('ResourceNotFound', `Dashboard ${input.DashboardName} does not exist`, { status: 404 });
        return { DashboardArn: this.arn(dashboard.name), DashboardName: dashboard.name, DashboardBody: dashboard.body };
      },
      ListDashboards: async (input: { DashboardNamePrefix?: string }, call) => ({
        DashboardEntries: [...this.dashboards.values()]
          .filter(({ region, name }) => region === call.region && name.startsWith(input.DashboardNamePrefix ?? ''))
          .map(({ name, body, changedAt }) => ({
            DashboardArn: this.arn(name), DashboardName: name, LastModified: new Date(changedAt), Size: Buffer.byteLength(body),
          })),
      }),
    };
  }

  snapshot(): Dashboard[] {
    return [...this.dashboards.values()];
  }

  restore(dashboards: Dashboard[]): void {
    this.dashboards = new Map(dashboards.map((dashboard) => [`${dashboard.region}/${dashboard.name}`, dashboard]));
  }
}

export type DashboardSnapshot = ReturnType<Dashboards['snapshot']>;
