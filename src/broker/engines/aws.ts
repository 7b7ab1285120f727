/** AWS IoT Core: the authority registered with a verification certificate, a policy for each thing, and the lines. */
import type { TopicRule } from '../access-rules.ts';
import { deviceUsers } from '../access-rules.ts';
import type { BundleFile } from '../bundle.ts';
import type { BundleInput } from '../bundle-input.ts';
import { notRun, textFile } from './engine-files.ts';

export interface AwsInput extends BundleInput {
  readonly aws: {
    readonly region: string;
    /** Twelve digits. */
    readonly account: string;
    /** The certificate that proves the authority's key is ours: its common name is AWS's registration code. */
    readonly verificationPem: string;
    /** PEM of each device's certificate, by id. */
    readonly devicePems: ReadonlyMap<string, string>;
  };
}

export function awsFiles(input: AwsInput): BundleFile[] {
  const { certificates, aws, devices } = input;
  return [
    textFile('README.txt', 'what to do, in order', readme(input)),
    {
      ...textFile('register.sh', 'the same as lines for the AWS command line', script(input)),
      mode: 0o755 as const,
    },
    textFile('client-ca.crt', 'the authority of the devices', certificates.clientAuthorityPem),
    textFile('verification.crt', 'proves that its key is yours', aws.verificationPem),
    ...devices.flatMap((id) => [
      textFile(`devices/${id}.crt`, 'its certificate', aws.devicePems.get(id) ?? ''),
      textFile(`policies/${id}.json`, 'what it may do', policyText(input, id)),
    ]),
  ];
}

/** Connects as itself only, while its certificate is attached to the thing; then what it may do anywhere. */
function policyText(input: AwsInput, id: string): string {
  const { region, account } = input.aws;
  const arn = (kind: string, name: string): string => `arn:aws:iot:${region}:${account}:${kind}/${name}`;
  const own = deviceUsers({ ...input, userNames: new Map(), clients: [], users: [] }).find(
    ({ user }) => user === id,
  );
  const of = (may: TopicRule['may']): string[] =>
    (own?.rules ?? []).filter((rule) => rule.may === may).map(({ topic }) => topic);
  const retained = of('write').filter((topic) => /\/(status|config)$/.test(topic));
  const statement = (action: string | string[], resources: string[]): object[] =>
    resources.length === 0 ? [] : [{ Effect: 'Allow', Action: action, Resource: resources }];
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: arn('client', '${iot:Connection.Thing.ThingName}'),
        Condition: {
          Bool: { 'iot:Connection.Thing.IsAttached': 'true' },
          StringEquals: { 'iot:Connection.Thing.ThingName': id },
        },
      },
      ...statement(
        'iot:Publish',
        of('write').map((topic) => arn('topic', topic)),
      ),
      ...statement(
        'iot:RetainPublish',
        retained.map((topic) => arn('topic', topic)),
      ),
      ...statement(
        'iot:Subscribe',
        of('read').map((topic) => arn('topicfilter', topic)),
      ),
      ...statement(
        'iot:Receive',
        of('read').map((topic) => arn('topic', topic)),
      ),
    ],
  };
  return JSON.stringify(policy, null, 2);
}

const policyName = (projectId: string, id: string): string => `signet-${projectId}-${id}`;

function script({ projectId, devices, aws }: AwsInput): string {
  const lines = devices.map(
    (id) => `
aws iot create-policy --policy-name ${policyName(projectId, id)} --policy-document file://policies/${id}.json
aws iot create-thing --thing-name ${id}
arn=$(aws iot register-certificate --certificate-pem file://devices/${id}.crt --ca-certificate-pem file://client-ca.crt --status ACTIVE --query certificateArn --output text)
aws iot attach-policy --policy-name ${policyName(projectId, id)} --target "$arn"
aws iot attach-thing-principal --thing-name ${id} --principal "$arn"
`,
  );
  return `#!/bin/sh
# ${notRun}
set -eu
cd -- "$(dirname -- "$0")"
export AWS_DEFAULT_REGION=${aws.region}

aws iot register-ca-certificate --ca-certificate file://client-ca.crt --verification-certificate file://verification.crt --set-as-active
${lines.join('')}
# Where devices connect to, port 8883:
aws iot describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress --output text
`;
}

const readme = ({ aws }: AwsInput): string => `AWS IoT Core with your own authority. ${notRun}

1. You have the registration code (aws iot get-registration-code); verification.crt was made from it and is of no
   other use.
2. ./register.sh registers the authority and, for each device, a thing of its name, its certificate and its policy.
   Region ${aws.region}, account ${aws.account}.
3. It prints the endpoint. Back in the page, under "A hosted broker": that host, port 8883, and as its authority
   "Amazon Root CA 1" (https://www.amazontrust.com/repository/AmazonRootCA1.pem); no user, no password. Then write
   every device.

What is different from Mosquitto
- A device may connect as its thing's name only, and only while its certificate is attached.
- Revoking: aws iot update-certificate --new-status REVOKED. This project's revocation list is not asked.
- This page cannot read along: AWS wants signed requests for WebSocket, not a password.
- A message that is not allowed ends the connection.
`;
