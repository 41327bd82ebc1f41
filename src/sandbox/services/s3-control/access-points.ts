import { AwsError } from '../../service.js';
import type { PolicyDocument } from '../../service.js';
import type { World } from '../../world.js';

/** A bucket of an access point and its traffic dial: 100 active, 0 passive. */
export interface Route {
  bucket: string;
  region: string;
  dial: number;
}

export interface MultiRegionAccessPoint {
  name: string;
  /** `<id>.mrap` */
  alias: string;
  createdAt: number;
  publicAccessBlock: Record<string, boolean>;
  policy?: PolicyDocument;
  /** What was submitted last, and what reads tell. */
  submitted: Route[];
  /** What requests are routed by. */
  inEffect: Route[];
  /** Milliseconds since 1970 at which the submitted routes take effect; absent when they have. */
  effectiveAt?: number;
}

export interface RouteOptions {
  /** Until a submission takes effect; uniform in between. AWS promises no more than two minutes. */
  minimumPropagationMs: number;
  maximumPropagationMs: number;
}

export const defaultRouteOptions: RouteOptions = { minimumPropagationMs: 20_000, maximumPropagationMs: 60_000 };

export interface RouteUpdate {
  Bucket?: string;
  Region?: string;
  TrafficDialPercentage?: number;
}

/** The access points of the account, and the way in which their routes change. */
export interface AccessPoints {
  all(): MultiRegionAccessPoint[];
  byAlias(alias: string): MultiRegionAccessPoint | undefined;
  byName(name: string): MultiRegionAccessPoint | undefined;
  create(name: string, buckets: { bucket: string; region: string }[], publicAccessBlock: Record<string, boolean>): MultiRegionAccessPoint;
  remove(name: string): void;
  submit(accessPoint: MultiRegionAccessPoint, updates: readonly RouteUpdate[]): void;
  start(): void;
  stop(): void;
  snapshot(): MultiRegionAccessPoint[];
  restore(saved: MultiRegionAccessPoint[]): void;
}

const aliasLetters = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function createAccessPoints(world: World, options: RouteOptions): AccessPoints {
  const accessPoints = new Map<string, MultiRegionAccessPoint>();
  const timers = new Map<string, () => void>();
  let started = false;

  const arm = (accessPoint: MultiRegionAccessPoint): void => {
    if (!started || accessPoint.effectiveAt === undefined) return;
    timers.get(accessPoint.alias)?.();
    timers.set(accessPoint.alias, world.clock.after(Math.max(0, accessPoint.effectiveAt - world.clock.now()), () => {
      accessPoint.inEffect = accessPoint.submitted;
      delete accessPoint.effectiveAt;
      timers.delete(accessPoint.alias);
      world.changed();
    }));
  };

  return {
    all: () => [...accessPoints.values()],
    byAlias: (alias) => accessPoints.get(alias),
    byName: (name) => [...accessPoints.values()].find((accessPoint) => accessPoint.name === name),
    create: (name, buckets, publicAccessBlock) => {
      if ([...accessPoints.values()].some((other) => other.name === name)) {
        throw new AwsError('MultiRegionAccessPointAlreadyOwnedByYou', 'You already have a Multi-Region Access Point with the same name', { status: 409 });
      }
      // All Regions start active (S3 user guide, failover configuration).
      const routes = buckets.map(({ bucket, region }) => ({ bucket, region, dial: 100 }));
      const accessPoint = { name, alias: newAlias(world), createdAt: world.clock.now(), publicAccessBlock, submitted: routes, inEffect: routes };
      accessPoints.set(accessPoint.alias, accessPoint);
      world.changed();
      return accessPoint;
    },
    remove: (name) => {
      for (const { alias } of [...accessPoints.values()].filter((accessPoint) => accessPoint.name === name)) {
        timers.get(alias)?.();
        timers.delete(alias);
        accessPoints.delete(alias);
      }
      world.changed();
    },
    submit: (accessPoint, updates) => {
      const routes = updatedRoutes(accessPoint, updates);
      const spreadMs = Math.max(1, options.maximumPropagationMs - options.minimumPropagationMs);
      accessPoint.submitted = routes;
      accessPoint.effectiveAt = world.clock.now() + options.minimumPropagationMs + world.random.below(spreadMs);
      arm(accessPoint);
      world.changed();
    },
    start: () => {
      started = true;
      for (const accessPoint of accessPoints.values()) arm(accessPoint);
    },
    stop: () => {
      started = false;
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
    snapshot: () => [...accessPoints.values()].map((accessPoint) => structuredClone(accessPoint)),
    restore: (saved) => {
      accessPoints.clear();
      for (const accessPoint of saved) accessPoints.set(accessPoint.alias, structuredClone(accessPoint));
    },
  };
}

/**
 * The routes after a submission. Regions that it does not name stay as they are; at least one must remain active; one
 * submission at a time, the first wins (S3 user guide, failover controls and their errors).
 */
function updatedRoutes(accessPoint: MultiRegionAccessPoint, updates: readonly RouteUpdate[]): Route[] {
  if (accessPoint.submitted.length < 2) throw new AwsError('MethodNotAllowed', 'A Multi-Region Access Point with one Region has no failover controls.', { status: 405 });
  if (updates.length === 0) throw new AwsError('InvalidRequest', 'At least one route update is required.');
  for (const update of updates) checkUpdate(accessPoint, update);
  if (accessPoint.effectiveAt !== undefined) {
    throw new AwsError('OperationAborted', 'Another route configuration update for this Multi-Region Access Point is in progress.', { status: 409 });
  }
  const routes = accessPoint.submitted.map((route) => {
    const update = updates.find((candidate) => isFor(candidate, route));
    return { ...route, dial: update?.TrafficDialPercentage ?? route.dial };
  });
  if (routes.every((route) => route.dial === 0)) throw new AwsError('InvalidRequest', 'At least one Region must be active at all times.');
  return routes;
}

function checkUpdate(accessPoint: MultiRegionAccessPoint, update: RouteUpdate): void {
  if (update.TrafficDialPercentage !== 0 && update.TrafficDialPercentage !== 100) {
    throw new AwsError('InvalidRequest', 'The traffic dial must be 0 (passive) or 100 (active).');
  }
  if (!accessPoint.submitted.some((route) => isFor(update, route))) {
    throw new AwsError('InvalidRequest', `${update.Bucket ?? update.Region ?? 'The route'} does not belong to this Multi-Region Access Point.`);
  }
}

function isFor(update: RouteUpdate, route: Route): boolean {
  if (update.Bucket === undefined && update.Region === undefined) return false;
  return (update.Bucket ?? route.bucket) === route.bucket && (update.Region ?? route.region) === route.region;
}

/** Thirteen letters and digits, beginning with a letter. */
function newAlias(world: World): string {
  let id = aliasLetters[world.random.below(26)]!;
  while (id.length < 13) id += aliasLetters[world.random.below(aliasLetters.length)];
  return `${id}.mrap`;
}
