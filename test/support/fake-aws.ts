// As much of AWS as a deployment asks, over HTTP: stacks and change sets, alarms, figures and log groups are kept here in
// memory; queues and buckets are those of the local SQS and S3, so that what a template creates is really there.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { startFauxqs } from 'fauxqs';
import { type Resource, readTemplate, type Template } from '../../ops/fleet/template.ts';

const REGION = 'eu-central-1';

type StackState = {
  readonly name: string;
  readonly id: string;
  status: string;
  /** how often it is still seen as it was before its change set was executed, and what it was */
  before?: { polls: number; readonly status: string; readonly changeSet: string | undefined } | undefined;
  /** when a change began the last time */
  updated: Date;
  /** the one that was executed last */
  changeSet?: string | undefined;
  template: Template;
  isProtected: boolean;
  /** how often it is still seen in progress, and what it is then */
  pending: { polls: number; finish: () => void } | undefined;
  tags: { readonly Key: string; readonly Value: string }[];
  readonly events: { readonly resource: string; readonly reason: string; readonly at: string }[];
};

type ChangeSetState = {
  readonly id: string;
  readonly name: string;
  /** how often it is not found yet */
  unseen: number;
  readonly stack: string;
  readonly type: string;
  readonly template: Template;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly reason: string;
  readonly changes: readonly object[];
  readonly tags: StackState['tags'];
};

/** What the service answers instead. */
class Fault extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const invalid = (message: string) => new Fault('ValidationError', message);

export type FakeAws = Awaited<ReturnType<typeof startFakeAws>>;

export async function startFakeAws() {
  const local = await startFauxqs({ port: 0, logger: false, defaultRegion: REGION });
  const storage = `http://127.0.0.1:${local.port}`;
  const stacks = new Map<string, StackState>();
  const removed = new Map<string, StackState>();
  const changeSets = new Map<string, ChangeSetState>();
  const logGroups = new Set<string>();
  const calls: string[] = [];
  /** what was answered to a call that names itself, and may be sent once more */
  const heard = new Map<string, object>();
  const knobs = {
    /** every answer is this fault */
    fault: undefined as { code: string; message: string } | undefined,
    /** this resource of this stack can't be made */
    broken: undefined as { stack: string; resource: string; reason: string } | undefined,
    /** how often a stack is seen in progress before it has settled */
    polls: 1,
    /** how often a change set that was just created is not found, and a stack seen as it was before an execution */
    late: 0,
    /** the calls whose first answer does not arrive, though it was done */
    unheard: new Set<string>(),
    /** what else happens to a stack after one of its resources failed */
    aftermath: 0,
    /** an export that another stack uses, and so can't go */
    imported: undefined as string | undefined,
    /** the doors that answer 500 */
    unwell: new Set<string>(),
    /** where else the hooks of a stack go */
    doors: new Map<string, string>(),
    alarms: new Set<string>(),
    settled: (_stack: string) => {},
    /** the points of a figure, newest last: [seconds ago, value] */
    points: (_namespace: string, _metric: string, _of: string): (readonly [number, number])[] => [],
  };
  let number = 0;
  let base = '';

  const sameStack = (name: string) =>
    stacks.get(name) ?? [...stacks.values(), ...removed.values()].find(({ id }) => id === name);
  const stackOf = (name: string) => {
    const stack = sameStack(name);
    if (stack === undefined) throw invalid(`Stack with id ${name} does not exist`);
    return stack;
  };
  // An ARN is enough for CloudFormation. Rights are those on a stack, so it is to be named, too.
  const changeSetOf = (asked: URLSearchParams) => {
    const [stack, name] = [asked.get('StackName'), asked.get('ChangeSetName') ?? ''];
    if (stack === null) throw new Fault('AccessDenied', `not authorized on resource: ${name}`);
    const found = [...changeSets.values()].find(
      (each) => each.stack === stack && [each.id, each.name].includes(name),
    );
    if (found === undefined || found.unseen-- > 0)
      throw new Fault('ChangeSetNotFound', `ChangeSet [${name}] does not exist`);
    return found;
  };

  const exists = ({ Type, Properties = {} }: Resource): boolean =>
    Type === 'AWS::SQS::Queue'
      ? local.inspectQueue(String(Properties['QueueName'])) !== undefined
      : Type === 'AWS::Logs::LogGroup' && logGroups.has(String(Properties['LogGroupName']));

  const bucketOf = (stack: string) => `bucket-of-${stack}`;

  function create(stack: string, { Type, Properties = {} }: Resource): void {
    if (Type === 'AWS::SQS::Queue') {
      const attributes = Object.entries(Properties).flatMap(([key, value]) =>
        ['string', 'number', 'boolean'].includes(typeof value) && key !== 'QueueName'
          ? [[key, String(value)]]
          : [],
      );
      local.createQueue(String(Properties['QueueName']), { attributes: Object.fromEntries(attributes) });
    }
    if (Type === 'AWS::Logs::LogGroup') logGroups.add(String(Properties['LogGroupName']));
    if (Type === 'AWS::S3::Bucket') local.createBucket(bucketOf(stack));
  }

  function destroy({ Type, Properties = {} }: Resource): void {
    if (Type === 'AWS::SQS::Queue') local.deleteQueue(String(Properties['QueueName']));
    if (Type === 'AWS::Logs::LogGroup') logGroups.delete(String(Properties['LogGroupName']));
  }

  /** Answers the reason for which it fails. */
  function change(stack: StackState, { type, template, tags }: ChangeSetState): string | undefined {
    const made: Resource[] = [];
    for (const [name, resource] of Object.entries(template.Resources)) {
      const old = stack.template.Resources[name];
      const fail = (reason: string) => {
        stack.events.unshift({ resource: name, reason, at: new Date().toISOString() });
        for (let each = 0; each < knobs.aftermath; each++)
          stack.events.unshift({ resource: name, reason: '', at: new Date().toISOString() });
        for (const each of made) if (each['DeletionPolicy'] !== 'Retain') destroy(each);
        return reason;
      };
      const { broken } = knobs;
      if (broken?.stack === stack.name && broken.resource === name) return fail(broken.reason);
      if (old !== undefined || type === 'IMPORT') continue;
      if (exists(resource)) return fail(`${name} already exists`);
      create(stack.name, resource);
      made.push(resource);
    }
    for (const [name, old] of Object.entries(stack.template.Resources))
      if (template.Resources[name] === undefined && old['DeletionPolicy'] === undefined) destroy(old);
    Object.assign(stack, { template, tags });
    return undefined;
  }

  function begin(stack: StackState, during: string, finish: () => void): void {
    stack.status = during;
    stack.pending = { polls: knobs.polls, finish };
  }

  /** A stack moves on when it is looked at. */
  function seen(stack: StackState): StackState {
    const { before } = stack;
    if (before !== undefined && before.polls-- > 0)
      return { ...stack, status: before.status, changeSet: before.changeSet };
    if (stack.pending === undefined) return stack;
    if (stack.pending.polls-- > 0) return stack;
    const { finish } = stack.pending;
    stack.pending = undefined;
    finish();
    return stack;
  }

  const outputsOf = ({ name, template }: StackState) =>
    Object.entries(template.Outputs ?? {}).map(([OutputKey, output]) => {
      const { Value } = output as { Value?: unknown };
      const url = knobs.doors.get(name) ?? `${base}/doors/${name}`;
      const OutputValue =
        typeof Value === 'string'
          ? Value
          : OutputKey === 'ServerlessDeploymentBucketName'
            ? bucketOf(name)
            : /^(?:HttpApiUrl|WebhookLambdaFunctionUrl)$/.test(OutputKey)
              ? url
              : 'x';
      return { OutputKey, OutputValue };
    });

  const shown = (stack: StackState) => ({
    StackName: stack.name,
    StackId: stack.id,
    StackStatus: stack.status,
    ...(stack.changeSet !== undefined && { ChangeSetId: stack.changeSet }),
    CreationTime: new Date(0).toISOString(),
    LastUpdatedTime: stack.updated.toISOString(),
    EnableTerminationProtection: stack.isProtected,
    Outputs: outputsOf(stack),
    Tags: stack.tags,
  });

  const cloudFormation: Record<string, (asked: URLSearchParams) => object | Promise<object>> = {
    DescribeStacks(asked) {
      const name = asked.get('StackName');
      if (name !== null) return { Stacks: [shown(seen(stackOf(name)))] };
      // Pages, as there are for two hundred stacks.
      const all = [...stacks.values()];
      const from = Number(asked.get('NextToken') ?? 0);
      const page = all.slice(from, from + 100).map((stack) => shown(seen(stack)));
      return { Stacks: page, ...(from + 100 < all.length && { NextToken: `${from + 100}` }) };
    },
    GetTemplate: (asked) => ({
      TemplateBody: JSON.stringify(stackOf(asked.get('StackName') ?? '').template),
    }),
    CreateChangeSet(asked) {
      const name = asked.get('StackName') ?? '';
      const type = asked.get('ChangeSetType') ?? '';
      const template = readTemplate(asked.get('TemplateBody') ?? '');
      const stack = stacks.get(name);
      if (stack?.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS')
        throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
      if (type === 'CREATE' && stack !== undefined && stack.status !== 'REVIEW_IN_PROGRESS')
        throw invalid(`Stack [${name}] already exists and cannot be created with the changeSet`);
      if (type === 'UPDATE' && stack === undefined) throw invalid(`Stack [${name}] does not exist`);
      if (stack === undefined)
        stacks.set(name, {
          name,
          id: `arn:aws:cloudformation:${REGION}:000000000000:stack/${name}/${++number}`,
          status: 'REVIEW_IN_PROGRESS',
          template: { Resources: {} },
          isProtected: false,
          updated: new Date(0),
          pending: undefined,
          tags: [],
          events: [],
        });
      const imported = [...asked].flatMap(([key, value]) =>
        /^ResourcesToImport\.member\.\d+\.LogicalResourceId$/.test(key) ? [value] : [],
      );
      const before = stack?.template ?? { Resources: {} };
      const changes = compareTemplates(before, template, imported);
      const reason = refuse(type, before, template, imported, changes);
      const status = reason === '' ? 'CREATE_COMPLETE' : 'FAILED';
      const id = `arn:aws:cloudformation:${REGION}:000000000000:changeSet/${++number}`;
      const tags = [...asked].flatMap(([key, value]) => {
        const [, place] = /^Tags\.member\.(\d+)\.Key$/.exec(key) ?? [];
        return place === undefined
          ? []
          : [{ Key: value, Value: asked.get(`Tags.member.${place}.Value`) ?? '' }];
      });
      const own = asked.get('ChangeSetName') ?? '';
      if ([...changeSets.values()].some((each) => each.stack === name && each.name === own))
        throw new Fault('AlreadyExistsException', `ChangeSet ${own} already exists`);
      const made = {
        id,
        name: own,
        unseen: knobs.late,
        stack: name,
        type,
        template,
        status,
        reason,
      } as const;
      changeSets.set(id, { ...made, changes, tags });
      return { Id: id, StackId: stacks.get(name)?.id };
    },
    DescribeChangeSet(asked) {
      const { id, status, reason, changes } = changeSetOf(asked);
      return { ChangeSetId: id, Status: status, StatusReason: reason, Changes: changes };
    },
    DeleteChangeSet(asked) {
      changeSets.delete(changeSetOf(asked).id);
      return {};
    },
    ExecuteChangeSet(asked) {
      const changeSet = changeSetOf(asked);
      const stack = stackOf(changeSet.stack);
      if (stack.pending !== undefined)
        throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
      const verb = changeSet.type;
      // All others of the stack were reckoned on what it was.
      for (const { id, stack: name } of changeSets.values()) if (name === stack.name) changeSets.delete(id);
      stack.before = { polls: knobs.late, status: stack.status, changeSet: stack.changeSet };
      stack.changeSet = changeSet.id;
      stack.updated = new Date();
      begin(stack, `${verb}_IN_PROGRESS`, () => {
        const reason = change(stack, changeSet);
        const back = verb === 'CREATE' ? 'ROLLBACK_COMPLETE' : `${verb}_ROLLBACK_COMPLETE`;
        stack.status = reason === undefined ? `${verb}_COMPLETE` : back;
        knobs.settled(stack.name);
      });
      return {};
    },
    DescribeStackEvents(asked) {
      const from = Number(asked.get('NextToken') ?? 0);
      const all = stackOf(asked.get('StackName') ?? '').events;
      const page = all.slice(from, from + 100).map(({ resource, reason, at }) => ({
        LogicalResourceId: resource,
        ResourceStatus: reason === '' ? 'DELETE_COMPLETE' : 'CREATE_FAILED',
        ResourceStatusReason: reason,
        Timestamp: at,
      }));
      return { StackEvents: page, ...(from + 100 < all.length && { NextToken: `${from + 100}` }) };
    },
    UpdateTerminationProtection(asked) {
      stackOf(asked.get('StackName') ?? '').isProtected = asked.get('EnableTerminationProtection') === 'true';
      return {};
    },
    async DeleteStack(asked) {
      const stack = stackOf(asked.get('StackName') ?? '');
      if (stack.isProtected)
        throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
      const listing = await fetch(`${storage}/${bucketOf(stack.name)}?list-type=2`);
      const isFull = (await listing.text()).includes('<Key>');
      const { status } = stack;
      begin(stack, 'DELETE_IN_PROGRESS', () => {
        if (knobs.imported !== undefined) {
          stack.events.unshift({
            resource: stack.name,
            reason: knobs.imported,
            at: new Date().toISOString(),
          });
          stack.status = status;
          return;
        }
        if (isFull) {
          stack.events.unshift({
            resource: 'ServerlessDeploymentBucket',
            reason: 'The bucket you tried to delete is not empty',
            at: new Date().toISOString(),
          });
          stack.status = 'DELETE_FAILED';
          return;
        }
        for (const each of Object.values(stack.template.Resources))
          if (each['DeletionPolicy'] === undefined) destroy(each);
        stack.status = 'DELETE_COMPLETE';
        stacks.delete(stack.name);
        removed.set(stack.id, stack);
      });
      return {};
    },
  };

  type Query = {
    Id: string;
    MetricStat: { Metric: { Namespace: string; MetricName: string; Dimensions: { Value: string }[] } };
  };
  const json: Record<string, (asked: Record<string, unknown>) => object> = {
    DescribeAlarms: ({ AlarmNamePrefix }) => ({
      MetricAlarms: [...knobs.alarms]
        .filter((name) => name.startsWith(String(AlarmNamePrefix)))
        .map((AlarmName) => ({
          AlarmName,
          StateValue: 'ALARM',
          StateTransitionedTimestamp: Date.now() / 1000,
        })),
    }),
    GetMetricData({ MetricDataQueries }) {
      const now = Math.floor(Date.now() / 1000);
      const MetricDataResults = (MetricDataQueries as Query[]).map(({ Id, MetricStat: { Metric } }) => {
        const { Namespace, MetricName, Dimensions } = Metric;
        const points = knobs.points(Namespace, MetricName, Dimensions[0]?.Value ?? '');
        return { Id, Timestamps: points.map(([ago]) => now - ago), Values: points.map(([, value]) => value) };
      });
      return { MetricDataResults };
    },
    DescribeLogGroups: ({ logGroupNamePrefix }) => ({
      logGroups: [...logGroups]
        .filter((name) => name.startsWith(String(logGroupNamePrefix)))
        .map((logGroupName) => ({ logGroupName })),
    }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const body = await readText(request);
    const door = /^\/doors\/([^/]+)\/health$/.exec(path)?.[1];
    if (door !== undefined) {
      response.writeHead(knobs.unwell.has(door) ? 500 : 200).end('{}');
      return;
    }
    const target =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    const action = target || (new URLSearchParams(body).get('Action') ?? '');
    calls.push(action);
    try {
      if (knobs.fault) throw new Fault(knobs.fault.code, knobs.fault.message);
      const asked = new URLSearchParams(body);
      if (target !== '') {
        const made = json[target]?.(JSON.parse(body));
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(made));
        return;
      }
      const token = `${action} ${asked.get('ClientToken') ?? asked.get('ClientRequestToken')}`;
      const made = heard.get(token) ?? (await cloudFormation[action]?.(asked));
      if (made === undefined) throw invalid(`the fake knows no ${action}`);
      if (!token.endsWith(' null')) heard.set(token, made);
      if (knobs.unheard.delete(action))
        throw new Fault('InternalFailure', 'the answer is lost on the way', 500);
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(`<${action}Response><${action}Result>${toXml(made)}</${action}Result></${action}Response>`);
    } catch (error) {
      const { code, message, status } = error instanceof Fault ? error : invalid(String(error));
      if (target !== '')
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
          .end(JSON.stringify({ __type: code, message }));
      else
        response
          .writeHead(status, { 'content-type': 'text/xml' })
          .end(
            `<ErrorResponse><Error><Type>Sender</Type>${toXml({ Code: code, Message: message })}</Error></ErrorResponse>`,
          );
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  // A connection that ends between two calls would be a call more, by the SDK's repeat.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    stacks,
    changeSets,
    logGroups,
    calls,
    knobs,
    local,
    /** what a command finds in its environment */
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'fake',
      AWS_SECRET_ACCESS_KEY: 'fake',
      AWS_MAX_ATTEMPTS: '2',
      AWS_ENDPOINT_URL_CLOUDFORMATION: base,
      AWS_ENDPOINT_URL_CLOUDWATCH: base,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: base,
      AWS_ENDPOINT_URL_S3: storage,
      AWS_ENDPOINT_URL_SQS: storage,
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await local.stop();
    },
  };
}

/** What would be another resource when it changes. */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::Lambda::Url': ['TargetFunctionArn'],
  'AWS::Lambda::Function': ['FunctionName'],
};

function compareTemplates(before: Template, after: Template, imported: readonly string[]): object[] {
  const names = new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)]);
  return [...names].flatMap((name) => {
    const [old, now] = [before.Resources[name], after.Resources[name]];
    const ResourceType = (now ?? old)?.Type ?? '';
    const change = (Action: string, more = {}) => [
      { Type: 'Resource', ResourceChange: { Action, LogicalResourceId: name, ResourceType, ...more } },
    ];
    if (old === undefined) return change(imported.includes(name) ? 'Import' : 'Add');
    if (now === undefined)
      return change('Remove', { PolicyAction: old['DeletionPolicy'] === undefined ? 'Delete' : 'Retain' });
    const changed = Object.keys({ ...old.Properties, ...now.Properties }).filter(
      (key) => JSON.stringify(old.Properties?.[key]) !== JSON.stringify(now.Properties?.[key]),
    );
    if (changed.length === 0) return [];
    const replaced = changed.some((key) => IDENTITY[ResourceType]?.includes(key));
    return change('Modify', {
      Replacement: replaced ? 'True' : 'False',
      Details: changed.map((Name) => ({ Target: { Attribute: 'Properties', Name } })),
    });
  });
}

/** Why CloudFormation would reckon no such change set; empty when it would. */
function refuse(
  type: string,
  before: Template,
  after: Template,
  imported: readonly string[],
  changes: readonly object[],
): string {
  if (type === 'IMPORT') {
    if (
      changes.length !== imported.length ||
      JSON.stringify(before.Outputs) !== JSON.stringify(after.Outputs)
    )
      return 'As part of the import operation, you cannot modify or add resources or outputs';
    if (imported.some((name) => after.Resources[name]?.['DeletionPolicy'] === undefined))
      return 'Each resource to import must have a DeletionPolicy attribute';
    return '';
  }
  const same = changes.length === 0 && JSON.stringify(before.Outputs) === JSON.stringify(after.Outputs);
  return same
    ? "The submitted information didn't contain changes. Submit different information to create a change set."
    : '';
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const toXml = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((each) => `<member>${toXml(each)}</member>`).join('')
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, each]) => `<${key}>${toXml(each)}</${key}>`)
          .join('')
      : escapeXml(String(value));
