'use strict';
// An application on an instance: it has no key, no variable and no configuration. It finds its role
// as @alicloud/credentials finds it anywhere, and asks the token service at its public endpoint who
// it is. One JSON command a line, one JSON answer a line: see programs/reader.py.

const { default: Credentials } = require('@alicloud/credentials');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { default: Sts } = require('@alicloud/sts20150401');
const { speak } = require('./speak');

const REGION = 'cn-hangzhou';
const PLACE = { regionId: REGION, endpoint: `sts.${REGION}.aliyuncs.com` };

let credential;
let kept;

const program = {
  /// Takes credentials from the library, or keeps those that it has now.
  async use(library) {
    if (library === 'credentials') credential = new Credentials();
    if (library === 'kept') kept = await credential.getCredential();
    return this.key();
  },

  async key() {
    return (await credential.getCredential()).accessKeyId;
  },

  async identity() {
    const by = kept ? {
      accessKeyId: kept.accessKeyId,
      accessKeySecret: kept.accessKeySecret,
      securityToken: kept.securityToken,
    } : { credential };
    const client = new Sts(new $OpenApiUtil.Config({ ...PLACE, ...by }));
    return (await client.getCallerIdentity()).body.arn;
  },
};

speak(
  async (command) => ({ ok: await program[command.do](...(command.with || [])) }),
  (error) => error.statusCode && { code: error.code, status: error.statusCode },
);
