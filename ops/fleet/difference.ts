// What a change set does, in words; and what of it somebody must agree to first.
import type { Change, ResourceChange } from '@aws-sdk/client-cloudformation';
import { readVariables, type Template } from './template.ts';

export type Difference = {
  readonly lines: readonly string[];
  /** each needs a yes */
  readonly questions: readonly string[];
  /** that something which holds data is removed or replaced; each of these is among the questions, too */
  readonly data: readonly string[];
};

const URLS = new Set(['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Url']);
const HOLD_DATA = new Set(['AWS::SQS::Queue', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket']);

/** @param before what is deployed; nothing, for a stack that does not exist */
export function describe(changes: readonly Change[], before: Template, after: Template): Difference {
  const all = changes.flatMap(({ ResourceChange: change }) => (change ? [change] : []));
  const data = all
    .filter(({ ResourceType = '' }) => HOLD_DATA.has(ResourceType))
    .flatMap((change) => (losing(change) ? [explainData(change)] : []));
  return {
    lines: [
      ...explainDoor(before, after),
      ...nameAll(
        'adds',
        all.filter(({ Action }) => Action === 'Add'),
      ),
      ...nameAll(
        TAKES,
        all.filter(({ Action }) => Action === 'Import'),
      ),
      ...all.filter(({ Action }) => Action === 'Modify' || Action === 'Dynamic').map(nameModified),
      ...nameAll(
        'removes',
        all.filter(({ Action }) => Action === 'Remove'),
      ),
    ],
    questions: [...askUrl(all), ...askBase(before, after), ...askNetwork(before, after), ...data],
    data,
  };
}

/** What a first deployment makes. @param taken what an earlier stack of the same name left */
export const describeNew = (after: Template, taken: readonly string[]): Difference => ({
  lines: [
    `new: ${Object.keys(after.Resources).length - taken.length} resources`,
    ...(taken.length === 0 ? [] : [`${TAKES} ${taken.join(', ')}`]),
  ],
  questions: [],
  data: [],
});

function explainDoor(before: Template, after: Template): string[] {
  const [was, is] = [before, after].map(
    (made) => readVariables(made, 'WebhookLambdaFunction')['DOOR'] === 'draining',
  );
  if (was === is) return [];
  return [is ? 'closes the door: hooks get 503 from then on' : 'opens the door that a drain has closed'];
}

const TAKES = 'takes over what is there already:';

const losing = ({ Action, Replacement = 'False' }: ResourceChange) =>
  Action === 'Remove' || (Action === 'Modify' && Replacement !== 'False');

const nameAll = (verb: string, changes: readonly ResourceChange[]) =>
  changes.length === 0 ? [] : [`${verb} ${changes.map(nameOf).join(', ')}`];

/** A version's own name is a hash. */
const nameOf = ({ LogicalResourceId = '', ResourceType }: ResourceChange) =>
  ResourceType === 'AWS::Lambda::Version'
    ? LogicalResourceId.replace(/LambdaVersion.*/, 'LambdaVersion')
    : LogicalResourceId;

function nameModified(change: ResourceChange): string {
  const { Replacement, Details = [] } = change;
  const verb =
    Replacement === 'True' ? 'replaces' : Replacement === 'Conditional' ? 'may replace' : 'changes';
  const names = new Set(Details.map(({ Target }) => Target?.Name ?? Target?.Attribute ?? ''));
  names.delete('');
  return `${verb} ${nameOf(change)}${names.size > 0 ? ` (${[...names].join(', ')})` : ''}`;
}

function explainData({ Action, LogicalResourceId, PolicyAction }: ResourceChange): string {
  const verb = Action === 'Remove' ? 'is removed' : 'is replaced by an empty one';
  const kept =
    PolicyAction === 'Delete' || PolicyAction === 'ReplaceAndDelete'
      ? ''
      : '; the old one stays in the account, outside the stack';
  return `${LogicalResourceId} holds data, and ${verb}${kept}`;
}

const askUrl = (changes: readonly ResourceChange[]) =>
  changes.some((change) => URLS.has(change.ResourceType ?? '') && losing(change))
    ? ['the URL of the door changes: hooks to the old one are lost from then on']
    : [];

/** Of what the consumer's environment does not name, README has the default. */
export const DEFAULT_BASE = 'enigma:notifications';
const CDR_LISTS = 'campaigns';

function askBase(before: Template, after: Template): string[] {
  if (before.Resources['ConsumerLambdaFunction'] === undefined) return [];
  const places = (made: Template) => {
    const { ENIGMA_BASE: base = DEFAULT_BASE, CDR_LISTS: lists = CDR_LISTS } = readVariables(
      made,
      'ConsumerLambdaFunction',
    );
    return { base, lists };
  };
  const [old, now] = [places(before), places(after)];
  return [
    ...(old.base === now.base
      ? []
      : [`the base changes from ${old.base} to ${now.base}: whoever reads the old one gets nothing more`]),
    ...(old.lists === now.lists
      ? []
      : [`the CDR lists change from ${old.lists} to ${now.lists}: workers of the old ones get nothing more`]),
  ];
}

function askNetwork(before: Template, after: Template): string[] {
  if (before.Resources['ConsumerLambdaFunction'] === undefined) return [];
  const networkOf = (made: Template) => made.Resources['ConsumerLambdaFunction']?.Properties?.['VpcConfig'];
  const [old, now] = [before, after].map((made) => JSON.stringify(networkOf(made)));
  if (old === now) return [];
  const way = (text: string | undefined) => (text === undefined ? 'the internet' : `a VPC, ${text}`);
  return [`the consumer's way to Redis changes from ${way(old)} to ${way(now)}`];
}

/** What a template changes of another, when CloudFormation can't be asked yet. Of what changes it may replace anything. */
export function estimate(before: Template, after: Template): Change[] {
  const names = new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)]);
  return [...names].flatMap((name): Change[] => {
    const [old, now] = [before.Resources[name], after.Resources[name]];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    const Action = old === undefined ? 'Add' : now === undefined ? 'Remove' : 'Modify';
    const change = { LogicalResourceId: name, ResourceType: (old ?? now)?.Type, Action } as const;
    return [
      { ResourceChange: { ...change, ...(Action === 'Modify' && { Replacement: 'Conditional' as const }) } },
    ];
  });
}
