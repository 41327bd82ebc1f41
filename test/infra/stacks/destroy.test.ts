import { describe, expect, it, vi } from 'vitest';
import { resourcesOf, synthesise, type TemplateResource } from './synthesised.js';

/** Synthesises the whole deployment again. */
vi.setConfig({ testTimeout: 120_000 });

const data = ['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable'];
const policies = (resources: TemplateResource[]) => resources.map(({ DeletionPolicy, UpdateReplacePolicy }) => ({ DeletionPolicy, UpdateReplacePolicy }));
const protections = (resources: TemplateResource[]) => resources.flatMap(({ Properties }) => (Properties['Replicas'] as { DeletionProtectionEnabled: boolean }[]).map((replica) => replica.DeletionProtectionEnabled));

describe('destroying a deployment', () => {
  const kept = synthesise();

  it('leaves the data, and also when an update would replace what holds it', () => {
    const resources = data.flatMap((type) => Object.values(resourcesOf(kept, type)));
    expect(resources).toHaveLength(4);
    expect(policies(resources)).toEqual(resources.map(() => ({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })));
    expect(protections(Object.values(resourcesOf(kept, 'AWS::DynamoDB::GlobalTable')))).toEqual([true, true, true, true]);
  });

  it('leaves nothing else: whatever has no data goes with its stack', () => {
    for (const [stack, template] of Object.entries(kept.templates)) {
      const resources = Object.entries((template.toJSON() as { Resources: Record<string, TemplateResource> }).Resources);
      const retained = resources.filter(([, each]) => (each.DeletionPolicy ?? 'Delete') !== 'Delete').map(([, each]) => each.Type);
      expect(retained.filter((type) => !data.includes(type)), stack).toEqual([]);
    }
  });

  it('takes the data too where the deployer has asked for it, and keeps point-in-time recovery until then', () => {
    const givenUp = synthesise({ keepData: 'false' });
    const resources = data.flatMap((type) => Object.values(resourcesOf(givenUp, type)));
    expect(policies(resources)).toEqual(resources.map(() => ({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' })));
    const tables = Object.values(resourcesOf(givenUp, 'AWS::DynamoDB::GlobalTable'));
    expect(protections(tables)).toEqual([false, false, false, false]);
    expect(JSON.stringify(tables)).not.toContain('"PointInTimeRecoveryEnabled":false');
  });

  it('deletes in the opposite order: what works first, the data last', () => {
    const dependencies = (name: string): string[] => kept.app.node.findAll().flatMap((each) => ('stackName' in each && each.stackName === name ? (each as unknown as { dependencies: { stackName: string }[] }).dependencies.map((one) => one.stackName) : []));
    expect(dependencies('batchctl-storage-us-west-2')).toEqual([]);
    expect(dependencies('batchctl-storage-us-east-1')).toContain('batchctl-storage-us-west-2');
    expect(dependencies('batchctl-control')).toContain('batchctl-storage-us-east-1');
    for (const region of ['us-east-1', 'us-west-2']) expect(dependencies(`batchctl-regional-${region}`)).toContain('batchctl-control');
  });
});
