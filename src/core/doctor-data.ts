import type { Deployment } from '../config/schema.js';
import type { ReplicationRuleFacts, ResultsTopicFacts } from './doctor-facts.js';
import { bad, notSeen, ok, warn, type Check } from './doctor-finding.js';

export const replication: Check = {
  name: 'replication',
  title: 'the rule that carries inputs and outputs to the other Region',
  judge({ replication: seen }, deployment) {
    return Object.entries(seen).flatMap(([region, rules]) => {
      if (!rules.known) return [notSeen(region, 'the replication rules could not be read', rules, 'Needs s3:GetReplicationConfiguration; look again when the Region answers.')];
      return judgeRules(region, rules.value, deployment);
    });
  },
};

function judgeRules(region: string, rules: ReplicationRuleFacts[], { home, other, regions }: Deployment): ReturnType<Check['judge']> {
  const peer = region === home ? other : home;
  const wanted = regions[peer]?.bucket ?? '';
  const rule = rules.find((each) => each.destinationBucket === wanted && each.enabled);
  const redeploy = 'Deploy the stacks again: cdk deploy --all';
  if (!rule) return [bad(region, `no enabled rule replicates to ${wanted}: what is uploaded here stays here`, redeploy)];
  const missing = [
    ...(rule.timeControl ? [] : ['Replication Time Control is off, so nothing bounds the lag']),
    ...(rule.metrics ? [] : ['metrics are off, so the lag cannot be seen']),
    ...(rule.replicaModifications ? [] : ['changes of replicas are not replicated back']),
  ];
  return missing.length === 0 ? [ok(region, `${rule.id} replicates to ${peer}, with time control and metrics`)] : missing.map((what) => warn(region, `${rule.id}: ${what}`, redeploy));
}

export const mail: Check = {
  name: 'mail',
  title: 'how results are told',
  judge({ mail: seen }, { regions }) {
    return Object.entries(seen).map(([region, answer]) => {
      if (!answer.known && regions[region]?.resultsTopicArn) return notSeen(region, 'the topic of results could not be read', answer, 'Needs sns:GetTopicAttributes; look again when the Region answers.');
      if (!answer.known) return notSeen(region, 'the mail identity could not be read', answer, 'Needs lambda:GetFunctionConfiguration, ses:GetEmailIdentity and ses:GetAccount; look again when the Region answers.');
      if ('topicArn' in answer.value) return judgeTopic(region, answer.value);
      const { sender, verified, sendingEnabled, productionAccess } = answer.value;
      if (!verified) return bad(region, `${sender} is not verified: no result e-mail leaves this Region`, `Verify it: follow the link that SES sent, or aws sesv2 create-email-identity --email-identity ${sender} --region ${region}`);
      if (!sendingEnabled) return bad(region, 'SES has paused sending for the account', 'See the account dashboard of SES in this Region.');
      return productionAccess ? ok(region, `${sender} is verified`) : warn(region, `${sender} is verified, but SES only sends to verified addresses here`, 'Ask for production access of SES in this Region.');
    });
  },
};

/** A topic without subscribers takes every message and tells nobody. */
function judgeTopic(region: string, { topicArn, confirmedSubscriptions, pendingSubscriptions }: ResultsTopicFacts): ReturnType<Check['judge']>[number] {
  if (confirmedSubscriptions > 0) return ok(region, `${topicArn.slice(topicArn.lastIndexOf(':') + 1)} has ${confirmedSubscriptions === 1 ? 'a subscriber' : `${confirmedSubscriptions} subscribers`}`);
  return pendingSubscriptions > 0
    ? bad(region, 'nobody has confirmed a subscription to the results: they are told to nobody', 'Follow the link in the message that SNS sent to the subscriber.')
    : bad(region, 'nobody has subscribed to the results: they are told to nobody', `Subscribe: aws sns subscribe --region ${region} --topic-arn ${topicArn} --protocol email --notification-endpoint ADDRESS`);
}
