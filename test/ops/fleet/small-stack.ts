// A stack as small as one of a tenant can be: a bucket, an alarm and a door.
import type { Goal } from '../../../ops/fleet/apply.ts';

export const makeGoal = (stack: string, content = 'one'): Goal => ({
  stack,
  content,
  tags: {},
  isProtected: true,
  artifacts: {
    zips: new Map([['hookline/a-webhook.zip', Buffer.from('zip')]]),
    template: {
      Resources: {
        ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
        LostAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: `${stack}-lost` } },
      },
      Outputs: {
        ServerlessDeploymentBucketName: { Value: { Ref: 'ServerlessDeploymentBucket' } },
        HttpApiUrl: { Value: { Ref: 'HttpApi' } },
      },
    },
  },
});
