/** S3's operations by method, path and sub-resource ("Amazon S3 API Reference", request syntax of each operation). */

export interface S3Operation {
  operation: string;
  bucket: string;
  key: string;
}

/** An S3 request that is no known operation; never to be forwarded, since emulators drop what they do not know. */
export const UNKNOWN = 'Unknown';

// sub-resource → method → operation; the second table holds those of objects.
const BUCKET: Record<string, Record<string, string>> = {
  '': { PUT: 'CreateBucket', DELETE: 'DeleteBucket', HEAD: 'HeadBucket', GET: 'ListObjects' },
  abac: { GET: 'GetBucketAbac', PUT: 'PutBucketAbac' },
  accelerate: { GET: 'GetBucketAccelerateConfiguration', PUT: 'PutBucketAccelerateConfiguration' },
  acl: { GET: 'GetBucketAcl', PUT: 'PutBucketAcl' },
  cors: { GET: 'GetBucketCors', PUT: 'PutBucketCors', DELETE: 'DeleteBucketCors' },
  delete: { POST: 'DeleteObjects' },
  encryption: { GET: 'GetBucketEncryption', PUT: 'PutBucketEncryption', DELETE: 'DeleteBucketEncryption' },
  lifecycle: {
    GET: 'GetBucketLifecycleConfiguration',
    PUT: 'PutBucketLifecycleConfiguration',
    DELETE: 'DeleteBucketLifecycle',
  },
  location: { GET: 'GetBucketLocation' },
  logging: { GET: 'GetBucketLogging', PUT: 'PutBucketLogging' },
  metadataAnnotationTable: { PUT: 'UpdateBucketMetadataAnnotationTableConfiguration' },
  metadataConfiguration: {
    GET: 'GetBucketMetadataConfiguration',
    POST: 'CreateBucketMetadataConfiguration',
    DELETE: 'DeleteBucketMetadataConfiguration',
  },
  metadataInventoryTable: { PUT: 'UpdateBucketMetadataInventoryTableConfiguration' },
  metadataJournalTable: { PUT: 'UpdateBucketMetadataJournalTableConfiguration' },
  metadataTable: {
    GET: 'GetBucketMetadataTableConfiguration',
    POST: 'CreateBucketMetadataTableConfiguration',
    DELETE: 'DeleteBucketMetadataTableConfiguration',
  },
  notification: { GET: 'GetBucketNotificationConfiguration', PUT: 'PutBucketNotificationConfiguration' },
  'object-lock': { GET: 'GetObjectLockConfiguration', PUT: 'PutObjectLockConfiguration' },
  ownershipControls: {
    GET: 'GetBucketOwnershipControls',
    PUT: 'PutBucketOwnershipControls',
    DELETE: 'DeleteBucketOwnershipControls',
  },
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  policyStatus: { GET: 'GetBucketPolicyStatus' },
  publicAccessBlock: {
    GET: 'GetPublicAccessBlock',
    PUT: 'PutPublicAccessBlock',
    DELETE: 'DeletePublicAccessBlock',
  },
  replication: {
    GET: 'GetBucketReplication',
    PUT: 'PutBucketReplication',
    DELETE: 'DeleteBucketReplication',
  },
  requestPayment: { GET: 'GetBucketRequestPayment', PUT: 'PutBucketRequestPayment' },
  session: { GET: 'CreateSession' },
  tagging: { GET: 'GetBucketTagging', PUT: 'PutBucketTagging', DELETE: 'DeleteBucketTagging' },
  uploads: { GET: 'ListMultipartUploads' },
  versioning: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' },
  versions: { GET: 'ListObjectVersions' },
  website: { GET: 'GetBucketWebsite', PUT: 'PutBucketWebsite', DELETE: 'DeleteBucketWebsite' },
};

const OBJECT: Record<string, Record<string, string>> = {
  '': { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' },
  acl: { GET: 'GetObjectAcl', PUT: 'PutObjectAcl' },
  annotation: {
    GET: 'ListObjectAnnotations',
    PUT: 'PutObjectAnnotation',
    DELETE: 'DeleteObjectAnnotation',
  },
  attributes: { GET: 'GetObjectAttributes' },
  encryption: { PUT: 'UpdateObjectEncryption' },
  'legal-hold': { GET: 'GetObjectLegalHold', PUT: 'PutObjectLegalHold' },
  renameObject: { PUT: 'RenameObject' },
  restore: { POST: 'RestoreObject' },
  retention: { GET: 'GetObjectRetention', PUT: 'PutObjectRetention' },
  select: { POST: 'SelectObjectContent' },
  tagging: { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' },
  torrent: { GET: 'GetObjectTorrent' },
  uploads: { POST: 'CreateMultipartUpload' },
};

/** Sub-resources of which a bucket holds many: with an id the one, without it the list. */
const MANY: Record<string, string> = {
  analytics: 'Analytics',
  'intelligent-tiering': 'IntelligentTiering',
  inventory: 'Inventory',
  metrics: 'Metrics',
};

/** Parameters that refine an operation and do not name one. */
const PARAMETERS = new Set(
  `x-id list-type prefix delimiter marker max-keys continuation-token start-after fetch-owner encoding-type key-marker
  version-id-marker upload-id-marker max-uploads max-buckets bucket-region id versionId partNumber uploadId
  part-number-marker max-parts select-type annotationName max-annotation-results max-directory-buckets
  response-cache-control response-content-disposition response-content-encoding response-content-language
  response-content-type response-expires AWSAccessKeyId Signature Expires`.split(/\s+/),
);

function isParameter(name: string): boolean {
  return PARAMETERS.has(name) || /^x-amz-/i.test(name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function objectOperation(method: string, subResource: string, query: URLSearchParams, copy: boolean): string {
  if (subResource === 'annotation' && method === 'GET' && query.has('annotationName'))
    return 'GetObjectAnnotation';
  if (subResource !== '') return OBJECT[subResource]?.[method] ?? UNKNOWN;
  if (!query.has('uploadId')) {
    return method === 'PUT' && copy ? 'CopyObject' : (OBJECT['']?.[method] ?? UNKNOWN);
  }
  if (method === 'PUT' && query.has('partNumber')) return copy ? 'UploadPartCopy' : 'UploadPart';
  return (
    { GET: 'ListParts', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method] ?? UNKNOWN
  );
}

const PLAIN_PARAMETER = /^(x-id|x-amz-.*|AWSAccessKeyId|Signature|Expires)$/i;

function bucketOperation(method: string, subResource: string, query: URLSearchParams): string {
  // A parameter without its sub-resource must not turn into the creation or deletion of the bucket.
  if (subResource === '' && (method === 'PUT' || method === 'DELETE')) {
    for (const name of query.keys()) if (!PLAIN_PARAMETER.test(name)) return UNKNOWN;
  }
  const many = MANY[subResource];
  if (many !== undefined) {
    if (method === 'GET' && !query.has('id')) return `ListBucket${many}Configurations`;
    const verb = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }[method];
    return verb === undefined ? UNKNOWN : `${verb}Bucket${many}Configuration`;
  }
  if (subResource === '' && method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
  return BUCKET[subResource]?.[method] ?? UNKNOWN;
}

/** @param path path-style, percent-encoded; @param copy whether `x-amz-copy-source` is there */
export function identifyS3(method: string, path: string, query: URLSearchParams, copy: boolean): S3Operation {
  const found = identifyByPath(method, path, query, copy);
  const named = query.get('x-id');
  return named === null || named === found.operation ? found : { ...found, operation: UNKNOWN };
}

function identifyByPath(method: string, path: string, query: URLSearchParams, copy: boolean): S3Operation {
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash < 0 ? path.slice(1) : path.slice(1, slash));
  const key = slash < 0 ? '' : decode(path.slice(slash + 1));
  const subResources: string[] = [];
  for (const name of query.keys()) if (!isParameter(name)) subResources.push(name);
  if (subResources.length > 1) return { operation: UNKNOWN, bucket, key };
  const subResource = subResources[0] ?? '';
  if (key !== '') return { operation: objectOperation(method, subResource, query, copy), bucket, key };
  if (bucket !== '') return { operation: bucketOperation(method, subResource, query), bucket, key };
  const root = method === 'GET' && subResource === '';
  if (!root) return { operation: UNKNOWN, bucket, key };
  const directory = query.get('x-id') === 'ListDirectoryBuckets';
  return { operation: directory ? 'ListDirectoryBuckets' : 'ListBuckets', bucket, key };
}
