import { describe, expect, it } from 'vitest';
import { parseDocument, stepsInside, type DocumentStep } from '../../../src/sandbox/services/ssm/automation/document.js';
import { resolveText, resourcesOf, synthesise } from './synthesised.js';

const deployment = synthesise();
const regions = ['us-east-1', 'us-west-2'] as const;
const templateOf = (region: string) => ({ templates: { regional: deployment.templates[`batchctl-regional-${region}`]! } });

interface Content { assumeRole: string; parameters: Record<string, { allowedValues?: string[]; default?: unknown }>; mainSteps: DocumentStep[] }
function documentsIn(region: string): Record<string, Content> {
  return Object.fromEntries(Object.values(resourcesOf(templateOf(region), 'AWS::SSM::Document')).map((each) => {
    expect(each.Properties).toMatchObject({ DocumentType: 'Automation', DocumentFormat: 'JSON', UpdateMethod: 'NewVersion' });
    return [each.Properties.Name as string, each.Properties.Content as Content];
  }));
}
const stepsOf = (content: Content): DocumentStep[] => [...content.mainSteps, ...content.mainSteps.flatMap(stepsInside)];

describe.each(regions)('runbooks of %s', (region) => {
  const documents = documentsIn(region);

  it('are there for both kinds of move, well formed, and activate this Region only', () => {
    expect(Object.keys(documents).sort()).toEqual(['batchctl-failback', 'batchctl-failover']);
    for (const content of Object.values(documents)) {
      expect(() => parseDocument(content)).not.toThrow();
      expect(content.parameters.TargetRegion).toMatchObject({ allowedValues: [region] });
      // A target that had a default would be a button that somebody presses by mistake.
      expect(content.parameters.TargetRegion?.default).toBeUndefined();
    }
  });

  it('call this Region\'s function and nothing else, never for longer than Systems Manager waits', () => {
    for (const content of Object.values(documents)) {
      for (const step of stepsOf(content).filter((each) => each.action === 'aws:invokeLambdaFunction')) {
        expect(step.inputs?.FunctionName).toBe('batchctl-operate');
        expect(step.timeoutSeconds).toBeLessThanOrEqual(300);
        // A lost answer is asked for again: every call is idempotent.
        expect(step).toMatchObject({ maxAttempts: 3, onFailure: 'Abort' });
      }
    }
    const operate = Object.values(resourcesOf(templateOf(region), 'AWS::Lambda::Function')).find((each) => each.Properties.FunctionName === 'batchctl-operate')!;
    expect(operate.Properties.Timeout).toBeLessThan(300);
  });

  it('look before they ask, ask before they move, and end by saying how it went', () => {
    for (const content of Object.values(documents)) {
      expect(content.mainSteps.map((step) => step.name)).toEqual(['assess', 'whatNext', 'approve', 'move', 'conclude']);
      expect(content.mainSteps.find((step) => step.name === 'approve')).toMatchObject({ nextStep: 'move', onFailure: 'Abort', inputs: { Message: '{{ assess.Summary }}' } });
      expect(content.mainSteps.at(-1)?.isEnd).toBe(true);
    }
  });

  it('run as a role that Systems Manager alone takes, for this account, and that may invoke the function only', () => {
    const [id, role] = Object.entries(resourcesOf(templateOf(region), 'AWS::IAM::Role')).find(([, each]) => each.Properties.RoleName === `batchctl-runbooks-${region}`)!;
    for (const content of Object.values(documents)) expect(content.assumeRole).toBe(`arn:aws:iam::111122223333:role/batchctl-runbooks-${region}`);
    expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({ Statement: [{
      Principal: { Service: 'ssm.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' }, ArnLike: { 'aws:SourceArn': `arn:aws:ssm:${region}:111122223333:automation-execution/*` } },
    }] });
    const policies = Object.values(resourcesOf(templateOf(region), 'AWS::IAM::Policy')).filter((each) => JSON.stringify(each.Properties.Roles).includes(id.split('/')[1]!));
    const statements = policies.flatMap((each) => (each.Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] }).Statement);
    expect(statements.map(({ Action, Resource }) => [Action, resolveText(Resource)])).toEqual([['lambda:InvokeFunction', `arn:aws:lambda:${region}:111122223333:function:batchctl-operate`]]);
  });

  it('leave the other Region in peace: their function writes to its own ledger replica and bucket, and may only stop executions there', () => {
    const other = regions.find((each) => each !== region)!;
    const [roleId] = Object.keys(resourcesOf(templateOf(region), 'AWS::IAM::Role')).filter((id) => /operateRole/i.test(id));
    const policy = Object.values(resourcesOf(templateOf(region), 'AWS::IAM::Policy')).find((each) => JSON.stringify(each.Properties.Roles).includes(roleId!.split('/')[1]!))!;
    const { Statement } = policy.Properties.PolicyDocument as { Statement: { Action: string | string[]; Resource: unknown }[] };
    const changing = Statement.flatMap((statement) => [statement.Action].flat().map((action) => ({ action, resources: [statement.Resource].flat().map((each) => resolveText(each)) })))
      .filter(({ action }) => /:(Put|Update|Delete|Start|Stop)/.test(action));
    for (const { action, resources } of changing) {
      if (action.startsWith('route53-recovery-cluster:') || action.startsWith('xray:') || action.startsWith('logs:')) continue;
      for (const resource of resources) expect(resource.includes(other) ? action : 'own').toMatch(action === 'states:StopExecution' ? /StopExecution/ : /own/);
    }
    expect(changing.map((each) => each.action)).toContain('states:StopExecution');
  });
});
