import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as acm from '@aws-sdk/client-acm';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as eks from '@aws-sdk/client-eks';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import type { ErrorClass } from '../engine/error-class.ts';
import { CloudError } from '../engine/errors.ts';
import { onVisible } from './ec2/write.ts';
import { listedClass } from './error-classes.ts';
import { classify, orAbsent } from './errors.ts';

/**
 * Exceptions that no call of ours can be answered with, by what they are about. A new name in a client's model is in
 * neither list and fails the test: somebody decides then.
 */
const OTHER_CALLS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  KMS: {
    'key stores outside of KMS; our keys are in KMS itself': [
      'CloudHsmClusterInUseException',
      'CloudHsmClusterInvalidConfigurationException',
      'CloudHsmClusterNotActiveException',
      'CloudHsmClusterNotFoundException',
      'CloudHsmClusterNotRelatedException',
      'CustomKeyStoreHasCMKsException',
      'CustomKeyStoreInvalidStateException',
      'CustomKeyStoreNameInUseException',
      'CustomKeyStoreNotFoundException',
      'IncorrectTrustAnchorException',
      'XksKeyAlreadyInUseException',
      'XksKeyInvalidConfigurationException',
      'XksKeyNotFoundException',
      'XksProxyIncorrectAuthenticationCredentialException',
      'XksProxyInvalidConfigurationException',
      'XksProxyInvalidResponseException',
      'XksProxyUriEndpointInUseException',
      'XksProxyUriInUseException',
      'XksProxyUriUnreachableException',
      'XksProxyVpcEndpointServiceInUseException',
      'XksProxyVpcEndpointServiceInvalidConfigurationException',
      'XksProxyVpcEndpointServiceNotFoundException',
    ],
    'encryption, signatures and imported key material': [
      'ExpiredImportTokenException',
      'IncorrectKeyException',
      'IncorrectKeyMaterialException',
      'InvalidCiphertextException',
      'InvalidImportTokenException',
      'InvalidKeyUsageException',
      'KMSInvalidMacException',
      'KMSInvalidSignatureException',
      'KeyUnavailableException',
    ],
    'grants and dry runs': [
      'DryRunOperationException',
      'InvalidGrantIdException',
      'InvalidGrantTokenException',
    ],
  },
  S3: {
    'objects, which we only list and delete': [
      'AnnotationLimitExceeded',
      'AnnotationNameTooLong',
      'EncryptionTypeMismatch',
      'IdempotencyParameterMismatch',
      'InvalidAnnotationName',
      'InvalidObjectState',
      'InvalidPrefix',
      'InvalidWriteOffset',
      'NoSuchAnnotation',
      'ObjectAlreadyInActiveTierError',
      'ObjectNotInActiveTierError',
      'TooManyParts',
      'UnsupportedMediaType',
    ],
  },
  SNS: {
    'publishing, and the key that it needs': [
      'BatchEntryIdsNotDistinctException',
      'BatchRequestTooLongException',
      'EmptyBatchRequestException',
      'EndpointDisabledException',
      'InvalidBatchEntryIdException',
      'InvalidStateException',
      'KMSAccessDeniedException',
      'KMSDisabledException',
      'KMSInvalidStateException',
      'KMSNotFoundException',
      'KMSOptInRequired',
      'KMSThrottlingException',
      'PlatformApplicationDisabledException',
      'TooManyEntriesInBatchRequestException',
    ],
    'phones, and archives of messages': [
      'OptedOutException',
      'ReplayLimitExceededException',
      'UserErrorException',
      'VerificationException',
    ],
  },
  SQS: {
    'messages, and the key that they need': [
      'BatchEntryIdsNotDistinct',
      'BatchRequestTooLong',
      'EmptyBatchRequest',
      'InvalidBatchEntryId',
      'InvalidIdFormat',
      'InvalidMessageContents',
      'KmsAccessDenied',
      'KmsDisabled',
      'KmsInvalidKeyUsage',
      'KmsInvalidState',
      'KmsNotFound',
      'KmsOptInRequired',
      'KmsThrottled',
      'MessageNotInflight',
      'PurgeQueueInProgress',
      'ReceiptHandleIsInvalid',
      'TooManyEntriesInBatchRequest',
    ],
  },
  STS: {
    'ways to a session that the SDK does not go for us': [
      'ExpiredTradeInTokenException',
      'InsufficientSessionLifetimeException',
      'InvalidAuthorizationMessageException',
      'InvalidContextAssertionException',
      'InvalidSubjectCredentialsException',
      'JWTPayloadSizeExceededException',
      'OutboundWebIdentityFederationDisabledException',
      'PackedPolicyTooLargeException',
      'SessionDurationEscalationException',
    ],
  },
  IAM: {
    'the organization, and what it delegates': [
      'AccountNotManagementOrDelegatedAdministratorException',
      'CallerIsNotManagementAccountException',
      'FeatureDisabledException',
      'FeatureEnabledException',
      'OrganizationNotFoundException',
      'OrganizationNotInAllFeaturesModeException',
      'ServiceAccessNotEnabledException',
    ],
    'people: users, passwords, keys and certificates': [
      'DuplicateCertificateException',
      'DuplicateSSHPublicKeyException',
      'InvalidAuthenticationCodeException',
      'InvalidCertificateException',
      'InvalidPublicKeyException',
      'InvalidUserTypeException',
      'KeyPairMismatchException',
      'MalformedCertificateException',
      'PasswordPolicyViolationException',
      'UnrecognizedPublicKeyEncodingException',
    ],
    'role templates': ['NameConflictException', 'RoleModifiedException', 'RoleTemplateDisabledException'],
    'reports and simulations': [
      'CredentialReportExpiredException',
      'CredentialReportNotPresentException',
      'CredentialReportNotReadyException',
      'PolicyEvaluationException',
      'ReportGenerationLimitExceededException',
    ],
  },
  'CloudWatch Logs': {
    'events and queries; we make groups only': [
      'DataAlreadyAcceptedException',
      'InternalStreamingException',
      'InvalidSequenceTokenException',
      'MalformedQueryException',
      'SessionStreamingException',
      'SessionTimeoutException',
    ],
  },
  'Route 53': {
    'health checks': [
      'HealthCheckAlreadyExists',
      'HealthCheckInUse',
      'HealthCheckVersionMismatch',
      'NoSuchHealthCheck',
      'TooManyHealthChecks',
    ],
    'signed zones': [
      'DNSSECNotFound',
      'HostedZonePartiallyDelegated',
      'InvalidKMSArn',
      'InvalidKeySigningKeyName',
      'InvalidKeySigningKeyStatus',
      'InvalidSigningStatus',
      'KeySigningKeyAlreadyExists',
      'KeySigningKeyInParentDSRecord',
      'KeySigningKeyInUse',
      'KeySigningKeyWithActiveStatusNotFound',
      'NoSuchKeySigningKey',
      'TooManyKeySigningKeys',
    ],
    'private zones': [
      'HostedZoneNotPrivate',
      'InvalidVPCId',
      'LastVPCAssociation',
      'PublicZoneVPCAssociation',
      'TooManyVPCAssociationAuthorizations',
      'VPCAssociationAuthorizationNotFound',
      'VPCAssociationNotFound',
    ],
    'delegation sets that are used again': [
      'DelegationSetAlreadyCreated',
      'DelegationSetAlreadyReusable',
      'DelegationSetInUse',
      'DelegationSetNotReusable',
      'HostedZoneNotFound',
      'NoSuchDelegationSet',
    ],
    'traffic policies': [
      'ConflictingTypes',
      'InvalidTrafficPolicyDocument',
      'NoSuchTrafficPolicy',
      'NoSuchTrafficPolicyInstance',
      'TooManyTrafficPolicies',
      'TooManyTrafficPolicyInstances',
      'TooManyTrafficPolicyVersionsForCurrentPolicy',
      'TrafficPolicyAlreadyExists',
      'TrafficPolicyInUse',
      'TrafficPolicyInstanceAlreadyExists',
    ],
    'answers by place, query logs and protected records': [
      'CidrBlockInUseException',
      'CidrCollectionAlreadyExistsException',
      'CidrCollectionInUseException',
      'CidrCollectionVersionMismatchException',
      'IncompatibleVersion',
      'InsufficientCloudWatchLogsResourcePolicy',
      'InvalidPaginationToken',
      'InvalidResourceRecordSetProtectionBatch',
      'NoSuchCidrCollectionException',
      'NoSuchCidrLocationException',
      'NoSuchCloudWatchLogsLogGroup',
      'NoSuchGeoLocation',
      'NoSuchQueryLoggingConfig',
      'ProtectionAlreadyExists',
      'QueryLoggingConfigAlreadyExists',
    ],
  },
  'Resource Groups Tagging API': {
    'tag policies and their reports': ['ConcurrentModificationException', 'ConstraintViolationException'],
  },
};

const CLIENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ACM: acm,
  EKS: eks,
  'Route 53': route53,
  IAM: iam,
  'CloudWatch Logs': logs,
  KMS: kms,
  S3: s3,
  SNS: sns,
  SQS: sqs,
  STS: sts,
  'Resource Groups Tagging API': tagging,
};

/** The names of the exceptions that a client's model has, as the SDK throws them; the bases have none. */
function exceptionsOf(client: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(client).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof Error && !/ServiceException$/.test(base(name))
      ? [name]
      : [],
  );
}

/** `InternalServiceException` is an exception, `KMSServiceException` the base of all of KMS's. */
function base(name: string): string {
  return /^(ACM|EKS|Route53|IAM|CloudWatchLogs|KMS|S3|SNS|SQS|STS|ResourceGroupsTaggingAPI)ServiceException$/.test(
    name,
  )
    ? name
    : '';
}

function unlisted(service: string, names: readonly string[]): readonly string[] {
  const others = Object.values(OTHER_CALLS[service] ?? {}).flat();
  return names.filter(name => listedClass(service, name) === undefined && !others.includes(name));
}

describe('every exception in the model of a client has a class, or is named as one of calls that we never make', () => {
  test.each(Object.entries(CLIENTS))('%s', (service, client) => {
    const names = exceptionsOf(client);
    expect(names.length).toBeGreaterThan(5);
    expect(unlisted(service, names)).toEqual([]);
  });

  test('one that a new model brings is found', () => {
    expect(unlisted('SQS', ['QueueDoesNotExist', 'KmsDisabled', 'QueueIsPurple'])).toEqual(['QueueIsPurple']);
  });

  test.each(Object.keys(CLIENTS))('no exception of %s is called both', service => {
    const named = Object.values(OTHER_CALLS[service] ?? {}).flat();
    expect(named.filter(name => listedClass(service, name) !== undefined)).toEqual([]);
    const known = exceptionsOf(CLIENTS[service] ?? {});
    expect(named.filter(name => !known.includes(name))).toEqual([]);
  });
});

/**
 * Of these clients few operations are called, and most of their exceptions are about others: here it is the operations'
 * errors that count, as the SDK has them in its documentation of each command.
 */
const PARTLY_USED: Readonly<Record<string, string>> = {
  SSM: 'client-ssm',
  RDS: 'client-rds',
  ElastiCache: 'client-elasticache',
  'Elastic Load Balancing': 'client-elastic-load-balancing',
  'Elastic Load Balancing v2': 'client-elastic-load-balancing-v2',
};

/** Errors of operations that take many kinds of things, about those that we never name, and about parts that we never give. */
const OTHER_THINGS: Readonly<Record<string, readonly RegExp[]>> = {
  // GetParameter of a SecureString. What we read is public.
  SSM: [/^InvalidKeyId$/],
  // Tags of subnet groups alone.
  RDS: [
    /^(BlueGreenDeployment|DB(CapacityReservation|Cluster|Instance|Proxy|ShardGroup|Snapshot)|Integration|InvalidDB(Cluster|Instance)|TenantDatabase)/,
  ],
  ElastiCache: [
    /^(CacheCluster|CacheParameterGroup|CacheSecurityGroup|InvalidReplicationGroup|InvalidServerlessCache|ReplicationGroup|ReservedCacheNode|ServerlessCache|Snapshot|UserGroup|User)/,
  ],
  // Tags of load balancers and target groups alone.
  'Elastic Load Balancing v2': [/^(Listener|Rule|TrustStore)NotFoundException$/],
};

/** The commands of a client that the code beside this file imports. */
function commandsOf(client: string): readonly string[] {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !/test|conformance/.test(file))
    .flatMap(file => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8');
      const imports = text.matchAll(/\{([^{}]*)\} (?:from |= await import\()'@aws-sdk\/([^']+)'/g);
      return [...imports].filter(([, , from]) => from === client).flatMap(([, what = '']) => what.split(','));
    });
  return [...new Set(names.map(name => name.trim().replace(/ as .*$/, '')))].filter(name =>
    name.endsWith('Command'),
  );
}

function errorsOf(client: string, command: string): readonly string[] {
  const at = dirname(fileURLToPath(import.meta.resolve(`@aws-sdk/${client}/package.json`)));
  const text = readFileSync(join(at, 'dist-types/commands', `${command}.d.ts`), 'utf8');
  return [...text.matchAll(/@throws \{@link (\w+)\} \((client|server) fault\)/g)].map(
    ([, name = '']) => name,
  );
}

describe('every error of an operation that we call has a class, or is about something else', () => {
  test.each(Object.entries(PARTLY_USED))('%s', (service, client) => {
    const commands = commandsOf(client);
    expect(commands).not.toEqual([]);
    const names = commands.flatMap(command => errorsOf(client, command));
    expect(names).not.toEqual([]);
    const others = OTHER_THINGS[service] ?? [];
    const left = names.filter(name => !others.some(other => other.test(name)));
    expect([...new Set(unlisted(service, left))]).toEqual([]);
    // Nothing is called both.
    expect(names.filter(name => !left.includes(name) && listedClass(service, name) !== undefined)).toEqual(
      [],
    );
  });
});

interface Answered {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly Detail?: string;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { httpStatusCode?: number };
}

/** As AWS answered it: modelled, with a fault. */
function answered(name: string, httpStatusCode = 400, more: Answered = {}): Answered {
  return { name, message: 'said so', $fault: 'client', $metadata: { httpStatusCode }, ...more };
}

describe('the class of an error', () => {
  test.each<[string, string, Answered, ErrorClass]>([
    ['a code of the service', 'SQS', answered('QueueDoesNotExist'), 'NotFound'],
    [
      'a code of the query protocol beside the SDK’s name',
      'SQS',
      answered('Unheard', 400, { Code: 'OverLimit' }),
      'Quota',
    ],
    ['the same code in another service', 'KMS', answered('NotFoundException'), 'NotFound'],
    ['a common code', 'SNS', answered('ThrottlingException'), 'Throttled'],
    ['a refusal', 'KMS', answered('AccessDeniedException'), 'Denied'],
    ['an unknown code', 'SQS', answered('QueueIsPurple'), 'Unknown'],
    ['an unknown code with 403', 'SQS', answered('QueueIsPurple', 403), 'Denied'],
    ['an unknown code with 401', 'SQS', answered('QueueIsPurple', 401), 'Denied'],
    ['an unknown code with 429', 'SQS', answered('QueueIsPurple', 429), 'Throttled'],
    ['an unknown code with 500', 'SQS', answered('QueueIsPurple', 500), 'Transient'],
    ['an unknown code with 503', 'SQS', answered('QueueIsPurple', 503), 'Transient'],
    ['501: it will never be there', 'SQS', answered('NotImplemented', 501), 'Unknown'],
    ['HeadBucket without a body: 404', 'S3', answered('NotFound', 404), 'NotFound'],
    ['HeadBucket without a body: 403', 'S3', answered('UnknownError', 403), 'Denied'],
    ['404 of a service that has codes for it', 'SQS', answered('QueueIsPurple', 404), 'Unknown'],
    [
      'a connection that was cut',
      'SQS',
      { name: 'Error', code: 'ECONNRESET', message: 'read ECONNRESET' },
      'Transient',
    ],
    [
      'a parser that got half an answer',
      'SQS',
      { name: 'Error', code: 'HPE_INVALID_EOF_STATE' },
      'Transient',
    ],
    ['a mistake of ours', 'SQS', { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, 'Unknown'],
    ['no answer in time', 'SQS', { name: 'TimeoutError', message: 'no answer' }, 'Transient'],
    ['no credentials yet', 'SQS', { name: 'CredentialsProviderError' }, 'Transient'],
    [
      'a page of a proxy with 200',
      'SQS',
      { name: 'SyntaxError', $metadata: { httpStatusCode: 200 } },
      'Transient',
    ],
    [
      'a page of a proxy with 502',
      'SQS',
      { name: 'SyntaxError', $metadata: { httpStatusCode: 502 } },
      'Transient',
    ],
    [
      'a page of a proxy with 404',
      'S3',
      { name: 'SyntaxError', $metadata: { httpStatusCode: 404 } },
      'Unknown',
    ],
  ])('%s', (_, service, error, expected) => {
    expect(classify(service, 'Operation', error).class).toBe(expected);
  });

  test('a code is looked up as a word, not as a member of every object', () => {
    expect(classify('SQS', 'Operation', answered('constructor')).class).toBe('Unknown');
    expect(classify('toString', 'Operation', answered('valueOf')).class).toBe('Unknown');
  });

  test.each([undefined, null, 'a text', 5, {}])('%j is Unknown, and does not throw', thrown => {
    expect(classify('SQS', 'Operation', thrown).class).toBe('Unknown');
  });

  test('a CloudError passes through', () => {
    const error = new CloudError('Busy', 'later');
    expect(classify('SQS', 'Operation', error)).toBe(error);
  });
});

test.each<[string, string, string, ErrorClass]>([
  ['STS', 'SignatureDoesNotMatch', 'Signature expired: 20261128T000000Z is now earlier than', 'Transient'],
  ['IAM', 'SignatureDoesNotMatch', 'Signature not yet current: 20261128T010000Z is still later', 'Transient'],
  [
    'EKS',
    'InvalidSignatureException',
    'Signature expired: 20261128T000000Z is now earlier than',
    'Transient',
  ],
  ['S3', 'RequestInTheFuture', 'x', 'Transient'],
  ['STS', 'SignatureDoesNotMatch', 'The request signature we calculated does not match', 'Denied'],
])(
  '%s: %s "%s" by a clock that was set meanwhile, or by other keys: %s',
  (service, name, message, expected) => {
    const error = answered(name, 403, { message });
    expect(classify(service, 'Operation', error).class).toBe(expected);
  },
);

test.each(['InvalidClientTokenId', 'UnrecognizedClientException'])(
  'STS: %s may mean that the region is not enabled, which AWS leaves out',
  name => {
    const message = 'The security token included in the request is invalid';
    const error = classify('STS', 'AssumeRole', answered(name, 403, { message }));
    expect(error.message).toBe(
      `AWS refused STS:AssumeRole (${name}): ${message} (or the region is not enabled in the account that asks)`,
    );
  },
);

describe('EKS says InvalidRequestException of many things: the text tells which', () => {
  test.each<[string, ErrorClass]>([
    ['User not authorized to perform kms:CreateGrant operation', 'Denied'],
    [
      'You are not authorized to launch instances with this launch template. Encoded authorization failure message: kZ3x',
      'Denied',
    ],
    ['Cannot specify instance types in launch template and API Request', 'Invalid'],
    ['Version and ReleaseVersion updates cannot be combined with other updates', 'Invalid'],
    // A role that is not seen yet, which `eks/eks-errors.ts` waits for.
    [
      'Role with arn arn:aws:iam::111111111111:role/x could not be assumed because it does not exist or the trusted entity is not correct',
      'Unknown',
    ],
    [
      "'k8s.io/cluster-autoscaler/enabled' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')",
      'Invalid',
    ],
    ["Cluster 'shop' is not in ACTIVE status", 'Busy'],
    ['Addon vpc-cni cannot be updated as it is currently in CREATING state', 'Busy'],
    [
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      'Busy',
    ],
    ['Something new', 'Unknown'],
  ])('%s: %s', (message, expected) => {
    const error = classify('EKS', 'CreateNodegroup', answered('InvalidRequestException', 400, { message }));
    expect(error).toMatchObject({ class: expected, code: 'InvalidRequestException', refused: true });
  });

  test('where it comes from is told, which EKS leaves out', () => {
    const message =
      "'k8s.io/cluster-autoscaler/enabled' is not a valid tag key. Tag keys must match pattern x";
    const error = classify('EKS', 'CreateNodegroup', answered('InvalidRequestException', 400, { message }));
    expect(error.message).toBe(
      `EKS CreateNodegroup: InvalidRequestException: ${message} (instances show their tags in their metadata, by a default of the account or its organization, and those of EKS do not fit there: aws ec2 modify-instance-metadata-defaults --instance-metadata-tags no-preference)`,
    );
  });

  test('a service that does not know its role of a moment ago is waited for', () => {
    const message = 'Missing necessary credentials for AWSServiceRoleForRDS';
    const error = classify('RDS', 'CreateDBSubnetGroup', answered('InvalidParameterValue', 400, { message }));
    expect(error).toMatchObject({ class: 'NotYet', refused: true });
    const other = classify(
      'ElastiCache',
      'CreateCacheSubnetGroup',
      answered('ServiceLinkedRoleNotFoundFault', 400),
    );
    expect(other).toMatchObject({ class: 'NotYet', refused: true });
  });

  test('and another service means itself with that code', () => {
    const message = 'not authorized';
    const error = classify('SQS', 'CreateQueue', answered('InvalidRequestException', 400, { message }));
    expect(error.class).toBe('Unknown');
  });
});

describe('a thing of EC2 that is not there, in the words of each call', () => {
  test.each([
    'InvalidElasticIpID.NotFound',
    'InvalidRouteTableId.NotFound',
    'InvalidRouteTableID.NotFound',
    'InvalidSubnetId.NotFound',
    'InvalidSecurityGroupID.NotFound',
    'InvalidVpcId.NotFound',
  ])('%s: what names it waits', async code => {
    const error = classify('EC2', 'CreateNatGateway', answered(code));
    expect(error.class).toBe('NotFound');
    await expect(onVisible(Promise.reject(error))).rejects.toMatchObject({
      class: 'NotYet',
      code,
      retryAfterMs: 5_000,
    });
  });
});

describe('AWS said no, and nothing was done', () => {
  test.each<[string, string, Answered, boolean]>([
    ['a code that the table does not know', 'KMS', answered('MalformedPolicyDocumentException'), true],
    ['a code of nobody’s', 'SQS', answered('QueueIsPurple'), true],
    ['a code that passes by itself', 'SQS', answered('ExpiredToken', 403), true],
    ['a code with 500', 'SQS', answered('InternalError', 500), false],
    ['a request that was not heard to its end', 'S3', answered('RequestTimeout', 408), false],
    ['a status without a code', 'S3', answered('UnknownError', 400), false],
    ['a page of a proxy', 'S3', { name: 'SyntaxError', $metadata: { httpStatusCode: 400 } }, false],
    ['a connection that was cut', 'SQS', { name: 'Error', code: 'ECONNRESET' }, false],
    ['a mistake of ours', 'SQS', { name: 'TypeError' }, false],
  ])('%s', (_, service, error, refused) => {
    const it = classify(service, 'Operation', error);
    expect([it.refused, new CloudError('Unknown', 'in other words', { cause: it }).refused]).toEqual([
      refused,
      refused,
    ]);
  });
});

describe('the message of an error', () => {
  test('names service, operation and code', () => {
    expect(classify('SQS', 'CreateQueue', answered('OverLimit')).message).toBe(
      'SQS CreateQueue: OverLimit: said so',
    );
  });

  test('says of a refusal which action is missing', () => {
    const { message } = classify('KMS', 'PutKeyPolicy', answered('AccessDeniedException'));
    expect(message).toBe('AWS refused KMS:PutKeyPolicy (AccessDeniedException): said so');
  });

  test('says what of the request S3 means', () => {
    const Detail = '"AWS" : "arn:aws:iam::123456789012:role/gone"';
    const refused = answered('MalformedPolicy', 400, { message: 'Invalid principal in policy', Detail });
    expect(classify('S3', 'PutBucketPolicy', refused).message).toBe(
      `S3 PutBucketPolicy: MalformedPolicy: Invalid principal in policy: ${Detail}`,
    );
    expect(classify('S3', 'PutBucketPolicy', { ...refused, Detail: '' }).message).toMatch(/in policy$/);
  });

  test('is one line of bounded length', () => {
    const long = answered('OverLimit', 400, { message: `two\nlines\t${'x'.repeat(10_000)}` });
    const { message } = classify('SQS', 'CreateQueue', long);
    expect(message).not.toMatch(/[\n\t]/);
    expect(message.length).toBeLessThan(500);
  });

  test('does not quote what is not of the protocol, nor keep it as its cause', () => {
    const page = {
      name: 'SyntaxError',
      message: 'Unexpected token in <html>secret</html>',
      $metadata: { httpStatusCode: 502 },
    };
    const error = classify('SQS', 'CreateQueue', page);
    expect(error.message).toBe('SQS CreateQueue: HTTP 502: the answer could not be read');
    expect(error.cause).toBeUndefined();
  });
});

describe('what AWS says in other words at each call is no part of a message', () => {
  test.each<[string, string, string, string]>([
    [
      'UnauthorizedOperation',
      'You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ec2:CreateVpc. Encoded authorization failure message: %',
      'aZ09-_x',
      'bY18-_y',
    ],
    ['AccessDenied', 'no right (Service: Iam, Status Code: 403, Request ID: %, Proxy: null)', '1f-2', '3a-4'],
    ['InvalidArgument', 'no. RequestId: %; HostId: %', '8A/b+c=', '9D/e+f='],
    [
      'InvalidSignatureException',
      'Signature expired: % is now earlier than % (% - 5 min.)',
      '20310101T000000Z',
      '20310102T111111Z',
    ],
    [
      'InvalidIdentityToken',
      'Token expired: current date/time % must be before the expiration date/time %',
      '1924991999',
      '1924992000',
    ],
    [
      'AccessDenied',
      'User: arn:aws:sts::1:assumed-role/a/aws-sdk-js-session-% is not authorized to perform: iam:GetRole',
      '1924991999000',
      '1924992000000',
    ],
  ])('%s: %s', (code, text, one, other) => {
    const [first, second] = [one, other].map(part =>
      classify('EC2', 'CreateVpc', answered(code, 403, { message: text.replaceAll('%', part) })),
    );
    expect(first?.message).toBe(second?.message);
    expect(first?.message).not.toContain(one);
  });

  test('what stays is told whole', () => {
    const message = 'You may not. Encoded authorization failure message: aZ09-_x';
    expect(classify('EC2', 'CreateVpc', answered('UnauthorizedOperation', 403, { message })).message).toBe(
      'AWS refused EC2:CreateVpc (UnauthorizedOperation): You may not.',
    );
  });
});

test.each([
  ['EC2', 'IdempotentParameterMismatch', true],
  ['Route 53', 'HostedZoneAlreadyExists', true],
  ['EC2', 'HostedZoneAlreadyExists', false],
  ['Route 53', 'HostedZoneNotEmpty', false],
])('%s %s says that a token has served: %s', (service, code, is) => {
  const error = classify(service, 'Create', answered(code, 400));
  expect(error.tokenUsed).toBe(is);
  // Also in the words of who did not find it.
  expect(new CloudError('NotYet', 'not shown yet', { cause: error }).tokenUsed).toBe(is);
});

describe('orAbsent', () => {
  test('NotFound is absence', async () => {
    expect(await orAbsent(Promise.reject(new CloudError('NotFound', 'no')))).toBeUndefined();
  });
  test('what is there is given', async () => {
    expect(await orAbsent(Promise.resolve(5))).toBe(5);
  });
  test.each([new CloudError('Denied', 'no'), new Error('NotFound')])('%s passes', async error => {
    await expect(orAbsent(Promise.reject(error))).rejects.toBe(error);
  });
});

describe('load balancers: both APIs, as the SDK names an error and as it is on the wire', () => {
  test.each<readonly [string, string, ErrorClass]>([
    ['Elastic Load Balancing v2', 'LoadBalancerNotFoundException', 'NotFound'],
    ['Elastic Load Balancing v2', 'TargetGroupNotFound', 'NotFound'],
    ['Elastic Load Balancing v2', 'ResourceInUseException', 'Blocked'],
    ['Elastic Load Balancing v2', 'OperationNotPermitted', 'Blocked'],
    ['Elastic Load Balancing', 'AccessPointNotFoundException', 'NotFound'],
    ['Elastic Load Balancing', 'LoadBalancerNotFound', 'NotFound'],
    ['Elastic Load Balancing', 'DependencyThrottle', 'Throttled'],
  ])('%s %s: %s', (service, code, errorClass) => {
    expect(listedClass(service, code)).toBe(errorClass);
  });
});
