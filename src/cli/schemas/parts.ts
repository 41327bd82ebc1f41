import * as z from 'zod';

/** ISO 8601, UTC. */
export const time = z.iso.datetime();
export const count = z.int().nonnegative();
export const maybeCount = count.nullable();
/** Null is unknown, never zero. */
export const maybeSeconds = z.number().nonnegative().nullable();
export const region = z.string();
export const byRegion = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
/** What a step found, or a fact that a plan rests on: read it, do not rely on its members. */
export const anything = z.record(z.string(), z.unknown());

/** A fact that was seen, or why it could not be. */
export const observed = <T extends z.ZodType>(value: T) => z.discriminatedUnion('known', [
  z.strictObject({ known: z.literal(true), value, at: time, seenFrom: z.string() }),
  z.strictObject({ known: z.literal(false), reason: z.string(), at: time, seenFrom: z.string() }),
]);

export const jobReference = { jobId: z.string(), key: z.string(), versionId: z.string() };
export const jobStatus = z.enum(['ACCEPTED', 'RUNNING', 'PARKED', 'SUCCEEDED', 'FAILED']);
export const jobError = z.strictObject({ code: z.string(), message: z.string(), step: z.string() });
export const operationKind = z.enum(['failover', 'failback', 'drill']);
export const moveMode = z.enum(['graceful', 'ungraceful']);
export const outcome = z.enum(['done', 'done_with_exceptions', 'refused', 'failed', 'interrupted', 'cancelled']);
export const stepState = z.enum(['pending', 'running', 'done', 'skipped', 'failed', 'warned']);
