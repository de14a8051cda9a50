/** The AWS emulator for EC2, IAM and ACM, as a child process. */

import { HTTP_SERVER, WSGI_AS_ASGI } from './http-server.ts';
import type { PythonProgram } from './python-process.ts';

/** Header of an answer that is moto's own failure and none of AWS's: an operation that it lacks, or a bug. */
export const MOTO_FAILURE_HEADER = 'x-moto-failure';

// Its own command closes each connection after one answer, and answers failures with a page of HTML. What moto finds out
// anew for each request and each account and is always the same it finds out once: its modules, the names of its methods,
// what its SDK knows of regions (read a dozen times before the first answer for EC2, 0.6 s), and AWS's own policies, of
// which an account has copies (60 ms otherwise, twice at each reset).
const PREPARE = `${HTTP_SERVER}${WSGI_AS_ASGI}
from copy import copy
from functools import cache
from botocore.loaders import JSONFileLoader
from moto import backends
from moto.core import responses
from moto.iam.models import IAMBackend
from werkzeug.exceptions import HTTPException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

def failure(error):
    cause = getattr(error, "original_exception", None) or error
    if isinstance(cause, HTTPException) and type(cause).__module__.startswith("moto."):
        return cause
    text = "%s: %s" % (type(cause).__name__, " ".join(str(cause).split()))
    headers = {"content-type": "text/plain", "${MOTO_FAILURE_HEADER}": "1"}
    return text, getattr(error, "code", None) or 500, headers

read_file = JSONFileLoader.load_file
read_once = cache(lambda path: read_file(JSONFileLoader(), path))
JSONFileLoader.load_file = lambda self, path: read_once(path)

modules = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: modules
responses.method_names_from_class = cache(responses.method_names_from_class)

make_policies = IAMBackend._init_aws_policies
policies = {}

def copies(backend):
    if backend.region_name not in policies:
        policies[backend.region_name] = make_policies(backend)
    return [copy(policy) for policy in policies[backend.region_name]]

IAMBackend._init_aws_policies = copies

def create(service):
    app = create_backend_app(service)
    app.debug = False
    app.register_error_handler(HTTPException, failure)
    return app

application = DomainDispatcherApplication(create)
`;

const SERVE = `
serve(listen(), asgi(application))
`;

// The first call of a service reads its models: seconds for those that an environment has. What it made is taken away
// again; each server makes its own ids.
const WARM_UP = `
from moto.moto_api._internal import mock_random
from werkzeug.test import Client

first_calls = [
    ("ec2", "DescribeVpcs", "2016-11-15"),
    ("iam", "ListRoles", "2010-05-08"),
    ("route53", None, None),
]
client = Client(application)
for service, action, version in first_calls:
    headers = {
        "host": service + ".eu-central-1.amazonaws.com",
        "authorization": "AWS4-HMAC-SHA256 Credential=WARMUP/20260101/eu-central-1/%s/aws4_request, "
        "SignedHeaders=host, Signature=none" % service,
    }
    if action is None:
        client.get("/2013-04-01/hostedzone", headers=headers)
    else:
        client.post("/", headers=headers, data={"Action": action, "Version": version})
client.post("/moto-api/reset")

def born():
    mock_random.seed()
`;

/** For EC2, IAM, ACM and their like. Its start and first answers take 1.4 s. */
export const MOTO: PythonProgram = {
  name: 'moto',
  prepare: PREPARE,
  warmUp: WARM_UP,
  serve: SERVE,
  environment: {
    MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
    // The gateway decides when a certificate is validated.
    MOTO_ACM_VALIDATION_WAIT: '0',
    // A thousand images in each account and region, of which nobody asks: 0.1 to 0.6 s at the first call.
    MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
  },
  healthPath: '/moto-api/data.json',
};
