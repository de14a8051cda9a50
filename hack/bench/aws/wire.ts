/** Errors and successes as each protocol puts them on the wire (Smithy, "AWS protocols"). */

import { type Answer, type AwsError, type Call, isForm } from './overlay.ts';
import { sqsQueryCode, xmlCode } from './wire-codes.ts';
import { restJsonError, restJsonSuccess } from './wire-rest-json.ts';
import { escapeXml } from './xml.ts';

const NAMESPACES: Record<string, string> = {
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  sqs: 'http://queue.amazonaws.com/doc/2012-11-05/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  elasticloadbalancing: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  rds: 'http://rds.amazonaws.com/doc/2014-10-31/',
  elasticache: 'http://elasticache.amazonaws.com/doc/2015-02-02/',
  route53: 'https://route53.amazonaws.com/doc/2013-04-01/',
};

function elements(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join('');
}

function fault(status: number): 'Sender' | 'Receiver' {
  return status < 500 ? 'Sender' : 'Receiver';
}

/** The error in the call's own protocol; the SDK shows `error.code` as the exception's name. */
export function errorAnswer(call: Call, error: AwsError): Answer {
  if (call.protocol === 'restJson') return restJsonError(call, error);
  const { status, message, fields = {} } = error;
  // Route 53 wraps its errors as the query protocol does.
  if (call.protocol === 'restXml' && call.service !== 'route53') return s3Error(call, error);
  if (call.protocol === 'ec2Query') return ec2Error(call, error);
  if (call.protocol === 'query' || call.service === 'route53') {
    const code =
      call.service === 'sqs'
        ? (error.queryCode ?? sqsQueryCode(error.code))
        : xmlCode(call.service, error.code);
    const inner = elements({ Type: fault(status), Code: code, Message: message, ...fields });
    const space = NAMESPACES[call.service] ?? '';
    return {
      status,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': call.requestId },
      body: Buffer.from(
        `<?xml version="1.0"?>\n<ErrorResponse xmlns="${space}"><Error>${inner}</Error><RequestId>${call.requestId}</RequestId></ErrorResponse>`,
      ),
    };
  }
  const headers: Record<string, string> = {
    'content-type': `application/x-amz-json-${call.protocol === 'json10' ? '1.0' : '1.1'}`,
    'x-amzn-requestid': call.requestId,
  };
  if (call.service === 'sqs') {
    // "Amazon SQS Developer Guide", JSON protocol: the old query codes go along in a header.
    headers['x-amzn-query-error'] = `${error.queryCode ?? sqsQueryCode(error.code)};${fault(status)}`;
  } else {
    headers['x-amzn-errortype'] = error.code;
  }
  const type = call.service === 'sqs' ? `com.amazonaws.sqs#${error.code}` : error.code;
  return { status, headers, body: Buffer.from(JSON.stringify({ __type: type, message, ...fields })) };
}

/** "Amazon EC2 API Reference", Error response structure. */
function ec2Error(call: Call, error: AwsError): Answer {
  const inner = elements({ Code: error.code, Message: error.message });
  return xmlAnswer(
    call,
    error.status,
    `<Response><Errors><Error>${inner}</Error></Errors><RequestID>${call.requestId}</RequestID></Response>`,
  );
}

function xmlAnswer(call: Call, status: number, document: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': call.requestId },
    body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${document}`),
  };
}

function s3Error(call: Call, error: AwsError): Answer {
  const headers = {
    'x-amz-request-id': call.requestId,
    'x-amz-id-2': Buffer.from(call.requestId).toString('base64'),
  };
  // "Amazon S3 API Reference", Error responses: a HEAD has the status alone.
  if (call.method === 'HEAD') return { status: error.status, headers, body: Buffer.alloc(0) };
  const inner = elements({
    Code: error.code,
    Message: error.message,
    ...error.fields,
    Resource: call.path,
    RequestId: call.requestId,
  });
  return {
    status: error.status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`),
  };
}

/** A success. `output`: object for JSON services, inner XML of the result for query ones, whole document ('' for none) for S3. */
export function successAnswer(call: Call, output: Record<string, unknown> | string): Answer {
  if (call.protocol === 'restJson') return restJsonSuccess(call, typeof output === 'string' ? {} : output);
  if (call.protocol === 'restXml') {
    const headers: Record<string, string> = { 'x-amz-request-id': call.requestId };
    const document = typeof output === 'string' ? output : '';
    if (document !== '') headers['content-type'] = 'application/xml';
    return { status: call.method === 'DELETE' ? 204 : 200, headers, body: Buffer.from(document) };
  }
  if (isForm(call.protocol)) {
    const { operation } = call;
    const space = NAMESPACES[call.service] ?? '';
    if (call.protocol === 'ec2Query') {
      const inner = `<requestId>${call.requestId}</requestId>${typeof output === 'string' ? output : ''}`;
      return xmlAnswer(call, 200, `<${operation}Response xmlns="${space}">${inner}</${operation}Response>`);
    }
    const result = `<${operation}Result>${typeof output === 'string' ? output : ''}</${operation}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${call.requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': call.requestId },
      body: Buffer.from(`<${operation}Response xmlns="${space}">${result}${metadata}</${operation}Response>`),
    };
  }
  return {
    status: 200,
    headers: {
      'content-type': `application/x-amz-json-${call.protocol === 'json10' ? '1.0' : '1.1'}`,
      'x-amzn-requestid': call.requestId,
    },
    body: Buffer.from(JSON.stringify(typeof output === 'string' ? {} : output)),
  };
}

/** The code on the wire of an error (SNS: `NotFound`, without the suffix); undefined for a success or an empty body. */
export function errorCodeOf(call: Call, answer: Answer): string | undefined {
  if (answer.status < 300) return undefined;
  const text = answer.body.toString('utf8');
  if (call.protocol === 'restXml' || isForm(call.protocol)) {
    return /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  }
  const type = /"__type"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? answer.headers['x-amzn-errortype'];
  return type?.slice(type.lastIndexOf('#') + 1);
}
