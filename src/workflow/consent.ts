import type { Plan } from '../core/operation.js';
import type { Acknowledgement, AcknowledgementName } from '../core/recommendation-types.js';
import { refused, usage } from '../errors.js';

/** What somebody has said who wants a plan carried out: by flags, or by the parameters of a runbook. */
export interface Consent {
  yes: boolean;
  confirm?: string;
  acceptDataLoss?: string;
  /** What the operator has named with `--acknowledge`. */
  acknowledged?: readonly AcknowledgementName[];
}

export const acknowledgementNames: readonly AcknowledgementName[] = ['recent-move', 'unsettled-target'];

/** `--acknowledge recent-move,unsettled-target`. To name what turns out not to be needed does no harm. */
export function parseAcknowledgements(text: string | undefined): AcknowledgementName[] {
  return (text ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '').map((name) => {
    const known = acknowledgementNames.find((each) => each === name);
    if (known) return known;
    throw usage('USAGE', `There is nothing to acknowledge by the name of ${JSON.stringify(name)}.`, [`What can be: ${acknowledgementNames.join(', ')}`]);
  });
}

/** A repair finishes a move that was begun: what spoke against beginning it is past. */
function unacknowledged(plan: Plan, consent: Consent): Acknowledgement[] {
  if (plan.epochAfter === plan.epochBefore) return [];
  return (plan.recommendation?.acknowledge ?? []).filter((each) => !consent.acknowledged?.includes(each.name));
}

/** What is still to be asked; nothing, when the flags answer everything. */
export interface Questions {
  /** The target Region has to be typed. */
  region: boolean;
  /** The number of inputs that would be left behind has to be typed. */
  loss: boolean;
  /** Each has to be typed by its name. */
  acknowledge: Acknowledgement[];
}

/** Inputs that would be parked or of which nobody could tell; `unknown` when they could not even be counted. */
export function inputsLeftBehind(plan: Plan): number | 'unknown' {
  if (plan.mode === 'graceful' || plan.routingOnly) return 0;
  return plan.rpo.objects === null ? 'unknown' : plan.park.length;
}

/** How consent is spelt where it is given, so that a refusal names what can be typed there. */
export interface ConsentWords {
  yes: string;
  confirm: string;
  acceptDataLoss: string;
  acknowledge: string;
  /** Why nobody was asked. */
  unasked: string;
  /** How to look at the plan first. */
  look: string;
}

export const flagWords: ConsentWords = {
  yes: '--yes', confirm: '--confirm', acceptDataLoss: '--accept-data-loss', acknowledge: '--acknowledge',
  unasked: 'there is no terminal to confirm it on', look: 'Look at the plan (--dry-run), then add',
};

/**
 * What the flags leave open. `--yes` answers for a graceful move with nothing at risk. An ungraceful one needs `--confirm`
 * with the target Region too, and `--accept-data-loss` with the very number that the plan counts. Wrong answers are
 * refused, not asked again: a script that is wrong about the target or the loss must not go on.
 */
export function openQuestions(plan: Plan, consent: Consent, words: ConsentWords = flagWords): Questions {
  const left = inputsLeftBehind(plan);
  if (consent.confirm !== undefined && consent.confirm !== plan.to) {
    throw refused('CONFIRMATION_MISMATCH', `${words.confirm} says ${JSON.stringify(consent.confirm)}, and the plan moves to ${plan.to}. Nothing was touched.`, [`If that is what you want: ${words.confirm} ${plan.to}`]);
  }
  if (consent.acceptDataLoss !== undefined) checkAcceptedLoss(consent.acceptDataLoss, left, plan.to, words);
  const acknowledge = unacknowledged(plan, consent);
  if (plan.mode === 'graceful') return { region: !consent.yes && consent.confirm === undefined, loss: false, acknowledge };
  return { region: !(consent.yes && consent.confirm !== undefined), loss: consent.acceptDataLoss === undefined && (left !== 0 || consent.yes), acknowledge };
}

/** Nobody can be asked: say which flags are missing. */
export function refuseUnasked(plan: Plan, consent: Consent, words: ConsentWords = flagWords): never {
  const missing = unacknowledged(plan, consent);
  const flags = [
    ...(consent.yes || (plan.mode === 'graceful' && consent.confirm !== undefined) ? [] : [words.yes]),
    ...(plan.mode === 'ungraceful' && consent.confirm === undefined ? [`${words.confirm} ${plan.to}`] : []),
    ...(plan.mode === 'ungraceful' && consent.acceptDataLoss === undefined ? [`${words.acceptDataLoss} ${inputsLeftBehind(plan)}`] : []),
    ...(missing.length > 0 ? [`${words.acknowledge} ${missing.map((each) => each.name).join(',')}`] : []),
  ];
  if (missing.length > 0 && flags.length === 1) {
    throw refused('ACKNOWLEDGEMENT_NEEDED', `${missing.map((each) => each.why).join('; ')}. Nothing was touched.`, [`If it is right all the same, add: ${flags.join(' ')}`], { flags });
  }
  throw refused('CONFIRMATION_NEEDED', `This moves the pipeline to ${plan.to}, and ${words.unasked}. Nothing was touched.`, [`${words.look}: ${flags.join(' ')}`], { flags });
}

function checkAcceptedLoss(accepted: string, left: number | 'unknown', to: string, { acceptDataLoss }: ConsentWords): void {
  if (accepted !== 'unknown' && !/^\d+$/.test(accepted)) throw usage('USAGE', `${acceptDataLoss} takes a number, or the word unknown, not ${JSON.stringify(accepted)}.`);
  if (accepted === String(left)) return;
  const counted = left === 'unknown' ? 'how many inputs would be left behind is unknown' : `${left} would be left behind`;
  throw refused('DATA_LOSS_MISMATCH', `${acceptDataLoss} says ${accepted}, and ${counted}. Nothing was touched.`, [
    `See which: batchctl plan failover --to ${to}`,
    `If that is acceptable: ${acceptDataLoss} ${left}`,
  ], { accepted, left });
}
